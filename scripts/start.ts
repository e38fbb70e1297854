import { setTimeout as sleep } from "node:timers/promises";
import { Command, InvalidArgumentError } from "commander";
import { fetch } from "undici";
import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { startSandbox } from "./sandbox";
import { configureStack, pulumi, sandboxStack, stackOutputs } from "./stack";
import { formatSummary, summaryOf } from "./summary";

/**
 * `npm start`: the engine, the sandbox, the real `pulumi up`, a look at the application.
 * Running it again changes nothing.
 */
async function start(): Promise<void> {
    const command = new Command("npm start --")
        .description("Start the sandbox and run pulumi up in it.")
        .option("--speed <factor>", "seconds of the sandbox's time per second", positiveNumber);
    const { speed } = command.parse().opts<{ speed?: number }>();
    const log = (line: string) => console.log(line);

    const engine = await ensureEngine({ log });
    const sandbox = await startSandbox(engine, sandboxDirectory, { speed, log });
    const stack = sandboxStack(engine, sandboxDirectory);
    await configureStack(stack, sandbox, "collection");

    const code = await pulumi(stack, ["up", "--yes"]);
    if (code !== 0) {
        console.error(
            "pulumi up failed. The sandbox is still running: correct the cause and run `npm start` " +
                "again, or take everything back with `npm stop`.",
        );
        process.exitCode = code;
        return;
    }

    const outputs = await stackOutputs(stack);
    console.log(`\n${formatSummary(summaryOf(outputs))}\n`);
    const urls = Object.entries((outputs.applicationUrls ?? {}) as Record<string, string>);
    for (const [pack, url] of urls) {
        const status = await answer(url);
        console.log(`${pack}: ${url} answers ${status}`);
        if (status !== 200) {
            process.exitCode = 1;
        }
    }
    console.log(
        [
            "",
            "What to try next:",
            ...urls.slice(0, 1).map(([, url]) => `  curl ${url}`),
            "  npm start                              again: nothing changes",
            "  npm run -s pulumi -- preview --diff    after an edit of packs/ or Pulumi.sandbox.yaml",
            "  npm run -s outputs                     the outputs as JSON",
            "  npm stop                               take everything back",
        ].join("\n"),
    );
}

/** The status of a GET, or why there is none; a connection failure is tried again. */
async function answer(url: string): Promise<number | string> {
    for (let attempt = 1; ; attempt++) {
        try {
            const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
            await response.text();
            return response.status;
        } catch (error) {
            if (attempt === 3) {
                return `nothing (${((error as Error).cause as Error)?.message ?? error})`;
            }
            await sleep(1_000);
        }
    }
}

function positiveNumber(value: string): number {
    if (!(Number(value) > 0)) {
        throw new InvalidArgumentError("It is a number above 0.");
    }
    return Number(value);
}

start().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
