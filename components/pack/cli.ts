import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { writeArchive } from "./archive";
import { checkPack } from "./checkPack";
import { diffPacks } from "./diffPacks";
import { formatSummary, inspectPack } from "./inspectPack";
import { newPack } from "./newPack";
import { packageChart } from "./packageChart";
import { readPack } from "./readPack";
import { countFindings, formatReport, type PackReport } from "./report";
import { isPackName } from "./schema";

/**
 * The pack author's tool: checks, builds, inspects, compares and starts packs, without any cloud.
 *
 * Exit status: 0 fine (warnings included), 1 errors found or something failed, 2 wrong usage.
 */
async function main(args: readonly string[]): Promise<number> {
    let status = 0;
    const program = new Command("pack")
        .description("Check, build, inspect, compare and start Palette packs.")
        .exitOverride()
        .configureHelp({ showGlobalOptions: true })
        .addHelpText("after", "\nExit status: 0 fine, 1 errors, 2 wrong usage.");

    program
        .command("check")
        .description("report what is wrong with packs, as a compiler does")
        .argument("<pack...>", "pack folders or pack archives")
        .option("--json", "print JSON for machines")
        .option("--strict", "turn warnings into errors")
        .action(async (paths: string[], options: { json?: boolean; strict?: boolean }) => {
            const reports: PackReport[] = [];
            for (const path of paths) {
                reports.push({
                    path,
                    findings: await checkPack(path, { strict: options.strict ?? false }),
                });
            }
            const counts = countFindings(reports);
            if (options.json) printJson({ packs: reports, ...counts });
            else process.stdout.write(formatReport(reports, coloursOn()));
            status = counts.error > 0 ? 1 : 0;
        });

    program
        .command("build")
        .description("write the archive of a pack and print its digests")
        .argument("<pack>", "pack folder or pack archive")
        .option("-o, --output <folder>", "folder to write to", ".")
        .option("--json", "print JSON for machines")
        .action(async (path: string, options: { output: string; json?: boolean }) => {
            status = await build(path, options.output, options.json ?? false);
        });

    program
        .command("inspect")
        .description("show what is inside a pack and what it becomes in a registry")
        .argument("<pack>", "pack archive or pack folder")
        .option("--json", "print JSON for machines")
        .action(async (path: string, options: { json?: boolean }) => {
            const pack = await readPack(path);
            try {
                const summary = await inspectPack(pack);
                if (options.json) printJson(summary);
                else process.stdout.write(formatSummary(summary));
            } finally {
                pack.close();
            }
        });

    program
        .command("diff")
        .description("show which files differ between two packs")
        .argument("<before>", "pack folder or pack archive")
        .argument("<after>", "pack folder or pack archive")
        .option("--json", "print JSON for machines")
        .action(async (before: string, after: string, options: { json?: boolean }) => {
            await diff(before, after, options.json ?? false);
        });

    program
        .command("new")
        .description("write a valid pack to start from")
        .argument("<name>", "name of the pack", packName)
        .option("--helm", "a Helm-based pack instead of a manifest-based one")
        .option("-o, --output <folder>", "folder to make (default: packs/<name>)")
        .action(async (name: string, options: { helm?: boolean; output?: string }) => {
            const folder = options.output ?? `packs/${name}`;
            await newPack(folder, name, { helm: options.helm ?? false });
            process.stdout.write(`Wrote ${folder}. Next: npm run pack -- check ${folder}\n`);
        });

    program
        .command("chart")
        .description("package a Helm chart folder reproducibly, for the charts of a pack")
        .argument("<folder...>", "folders with Chart.yaml")
        .option("-o, --output <folder>", "folder to write to (default: beside the chart)")
        .action(async (folders: string[], options: { output?: string }) => {
            for (const folder of folders) {
                const archive = await packageChart(
                    folder,
                    options.output ?? dirname(resolve(folder)),
                );
                process.stdout.write(`${archive}\n`);
            }
        });

    try {
        await program.parseAsync(args, { from: "user" });
        return status;
    } catch (error) {
        if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
        process.stderr.write(`${(error as Error).message}\n`);
        return 1;
    }
}

async function build(path: string, folder: string, json: boolean): Promise<number> {
    const findings = await checkPack(path);
    if (findings.some(({ severity }) => severity === "error")) {
        process.stderr.write(formatReport([{ path, findings }], false));
        return 1;
    }
    const pack = await readPack(path);
    try {
        await mkdir(folder, { recursive: true });
        const archive = join(folder, `${pack.name}-${pack.version}.tar.gz`);
        const { layerDigest, layerSize, manifestDigest } = await writeArchive(pack, archive);
        if (json) {
            printJson({ archive, layerDigest, layerSize, manifestDigest });
        } else {
            process.stdout.write(
                `${archive}, ${layerSize} bytes\narchive  ${layerDigest}\nmanifest ${manifestDigest}\n`,
            );
        }
        return 0;
    } finally {
        pack.close();
    }
}

async function diff(before: string, after: string, json: boolean): Promise<void> {
    const [a, b] = await Promise.all([readPack(before), readPack(after)]);
    try {
        const changes = await diffPacks(a, b);
        if (json) {
            const identity = ({ name, version }: typeof a) => ({ name, version });
            printJson({ before: identity(a), after: identity(b), changes });
            return;
        }
        const sign = { added: "A", removed: "D", changed: "M" };
        const lines = changes.map(({ path, change }) => `${sign[change]} ${path}`);
        const title = `${a.name} ${a.version} → ${b.name} ${b.version}`;
        process.stdout.write([title, ...(lines.length ? lines : ["no difference"]), ""].join("\n"));
    } finally {
        a.close();
        b.close();
    }
}

function packName(name: string): string {
    if (isPackName(name)) return name;
    throw new InvalidArgumentError("Use lower-case letters, digits and single separators.");
}

function coloursOn(): boolean {
    return process.stdout.isTTY === true && !process.env.NO_COLOR;
}

function printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

void main(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
});
