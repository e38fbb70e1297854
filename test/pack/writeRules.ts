/** Writes docs/rules.md and the examples of `palette-pack explain`: `npx tsx test/pack/writeRules.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ruleExamples } from "./ruleExamples";
import { rulesDocument } from "./rulesDocument";

const root = join(__dirname, "../..");

async function main(): Promise<void> {
    const examples = await ruleExamples();
    const file = join(root, "packages/pack/findings/ruleExamples.json");
    writeFileSync(file, `${JSON.stringify(examples, undefined, 1)}\n`);
    writeFileSync(join(root, "docs/rules.md"), rulesDocument(examples));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
