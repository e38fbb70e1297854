import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { prepareBackend, pulumi, sandboxStack, stackOutputs } from "./stack";
import { formatSummary, summaryOf } from "./summary";

/** `npm run -s pulumi -- <arguments>`: the real CLI in the sandbox, on the stack of `npm start` unless `--stack` names another. */
async function main(): Promise<void> {
    const engine = await ensureEngine({ log: (line) => console.error(line) });
    const stack = sandboxStack(engine, sandboxDirectory);
    await prepareBackend(stack);
    const args = process.argv.slice(2);
    process.exitCode = await pulumi(stack, args);
    const isOther = args.some((arg) => /^(-s|--stack)(=|$)/.test(arg));
    if (args[0] === "up" && process.exitCode === 0 && !isOther) {
        console.log(`\n${formatSummary(summaryOf(await stackOutputs(stack)))}`);
    }
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
