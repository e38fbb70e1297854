import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { prepareBackend, pulumi, sandboxStack } from "./stack";

/** `npm run -s pulumi -- <arguments>`: the real CLI in the sandbox, on the stack of `npm start` unless `--stack` names another. */
async function main(): Promise<void> {
    const engine = await ensureEngine({ log: (line) => console.error(line) });
    const stack = sandboxStack(engine, sandboxDirectory);
    await prepareBackend(stack);
    process.exitCode = await pulumi(stack, process.argv.slice(2));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
