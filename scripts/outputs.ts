import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { sandboxStack, stackOutputs } from "./stack";

/** `npm run -s outputs`: the outputs of the sandbox's stack as JSON, secrets masked. */
async function main(): Promise<void> {
    const engine = await ensureEngine({ log: (line) => console.error(line) });
    const outputs = await stackOutputs(sandboxStack(engine, sandboxDirectory));
    console.log(JSON.stringify(outputs, null, 4));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
