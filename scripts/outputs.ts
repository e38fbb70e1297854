import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { sandboxStack, stackExists, stackOutputs } from "./stack";

/** `npm run -s outputs`: the outputs of the sandbox's stack as JSON, secrets masked. */
async function main(): Promise<void> {
    const engine = await ensureEngine({ log: (line) => console.error(line) });
    const stack = sandboxStack(engine, sandboxDirectory);
    if (!(await stackExists(stack))) {
        throw new Error("There is no stack yet: run `npm start`.");
    }
    console.log(JSON.stringify(await stackOutputs(stack), null, 4));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
