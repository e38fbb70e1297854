import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { leftovers } from "./leftovers";
import { startSandbox, stopSandbox } from "./sandbox";
import { configureStack, pulumi, sandboxStack, stackExists } from "./stack";

/**
 * `npm stop`: destroys the stack, looks that nothing is left in the sandbox's Palette and ECR, and
 * stops the sandbox. It fails when the destroy fails (the sandbox then stays) or anything is left.
 */
async function stop(): Promise<void> {
    const log = (line: string) => console.log(line);
    const engine = await ensureEngine({ log });
    const stack = sandboxStack(engine, sandboxDirectory);
    if (!(await stackExists(stack))) {
        const stopped = await stopSandbox(sandboxDirectory);
        log(stopped ? "there was no stack; the sandbox has stopped" : "nothing is running");
        return;
    }

    const sandbox = await startSandbox(engine, sandboxDirectory, { log });
    await configureStack(stack, sandbox, "collection");
    const code = await pulumi(stack, ["destroy", "--yes", "--remove"]);
    if (code !== 0) {
        console.error(
            "pulumi destroy failed. The sandbox is still running: correct the cause and run " +
                "`npm stop` again.",
        );
        process.exitCode = code;
        return;
    }
    const left = await leftovers(sandbox);
    await stopSandbox(sandboxDirectory);
    if (left.length > 0) {
        console.error(`still there, made by another stack or by hand:\n  ${left.join("\n  ")}`);
        process.exitCode = 1;
    }
    log("the sandbox has stopped");
}

stop().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
