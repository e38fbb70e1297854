/**
 * Writes every broken pack of the tests into a folder: `npx tsx test/pack/brokenPacks.ts <folder>`. Prints their paths;
 * `npm run pack -- check $(npx tsx …)` shows what is told of each.
 */
import { allMistakes } from "./cases/all";
import { Scratch } from "./packFolder";

async function main(folder: string | undefined): Promise<void> {
    if (folder === undefined) throw new Error("Name a folder to write to.");
    for (const { write } of allMistakes(new Scratch(folder))) {
        if (write) process.stdout.write(`${await write()}\n`);
    }
}

main(process.argv[2]).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
