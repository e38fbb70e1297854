import { ensureEngine } from "../engine";

/**
 * `eval "$(npm run -s engine)"`: gets what real use needs where `npx pulumi` cannot download it, and
 * prints the PATH under which the CLI, its plugins and oras are found. `--all` gets the sandbox's and the tests' tools too.
 */
async function main(): Promise<void> {
    const forRealUse = ["pulumi", "command", "oras"] as const;
    const engine = await ensureEngine({
        ...(!process.argv.includes("--all") && { need: forRealUse }),
        log: (line) => console.error(line),
    });
    console.log(`export PATH=${quote(engine.path)}:"$PATH"`);
}

function quote(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
