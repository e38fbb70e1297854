import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { configurationText } from "./configurationTable";
import { projectDirectory } from "./environment";

/** Document → what stands in it between `<!-- generated -->` and `<!-- /generated -->`. */
export const generated: Record<string, () => string> = {
    "docs/configuration.md": configurationText,
};

const MARKS = /(<!-- generated -->\n)[\s\S]*(<!-- \/generated -->)/;

/** A document with its generated part as it has to be. */
export function upToDate(file: string): string {
    const text = readFileSync(path.join(projectDirectory, file), "utf8");
    return text.replace(MARKS, (_, begin, end) => `${begin}\n${generated[file]!()}\n\n${end}`);
}

/** `node --import tsx scripts/documents.ts`: writes the generated parts of the documents. */
if (require.main === module) {
    for (const file of Object.keys(generated)) {
        writeFileSync(path.join(projectDirectory, file), upToDate(file));
    }
}
