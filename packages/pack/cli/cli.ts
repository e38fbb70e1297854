import { dirname, resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { CheckCommandOptions } from "./commands/check";
import { isEcrName, isPackName } from "../format/schema";
import { systemReason } from "../userError";

/**
 * The pack author's tool: checks, builds, inspects, compares and starts packs, without any cloud.
 * What a command needs is loaded when it runs, so that none waits for the others.
 *
 * @returns The exit status: 0 fine (warnings included), 1 errors found or something failed, 2 wrong usage.
 */
export async function runPackCommand(args: readonly string[]): Promise<number> {
    let status = 0;
    const program = new Command("palette-pack")
        .description("Check, build, inspect, compare and start Palette packs.")
        .usage("<command> [options]")
        .version(packVersion())
        .exitOverride()
        .addHelpText(
            "after",
            "\nExit status: 0 fine, warnings included; 1 errors; 2 wrong usage." +
                "\npalette-pack help <command> tells more.",
        );

    program
        .command("check")
        .description("report what is wrong with packs, as a compiler does")
        .argument("<pack...>", "pack folders or pack archives")
        .addOption(
            new Option("--format <format>", "how findings are printed")
                .choices(["text", "json", "github", "sarif", "junit"])
                .default("text"),
        )
        .option("--json", "the same as --format json")
        .option("--strict", "turn warnings into errors")
        .option("--max-warnings <number>", "fail if there are more warnings", wholeNumber)
        .option("--quiet", "print errors only")
        .option("--fix", "correct what has one right answer")
        .option("--dry-run", "show what --fix would correct")
        .option("--render", "render charts and manifests with Helm (default where it is installed)")
        .option("--no-render", "render nothing")
        .option("--kube-version <version>", "Kubernetes to render and check for", kubernetesVersion)
        .addHelpText(
            "after",
            "\nOne line for each finding: file:line:column: severity: what is wrong [rule], and what to" +
                "\nwrite instead. Exit status: 1 if there is an error.",
        )
        .action(async (paths: string[], options: CheckCommandOptions) => {
            const { check } = require("./commands/check") as typeof import("./commands/check");
            status = await check(paths, { ...options, version: packVersion() });
        });

    program
        .command("explain")
        .description("tell what a rule of the check means, with a bad and a good example")
        .argument("[rule]", "id of a rule; all are listed without")
        .option("--json", "print JSON for machines")
        .action((rule: string | undefined, options: { json?: boolean }) => {
            const { explain } =
                require("./commands/explain") as typeof import("./commands/explain");
            status = explain(rule, options);
        });

    program
        .command("new")
        .description("write a valid pack to start from")
        .argument("<name>", "name of the pack", packName)
        .option("--helm", "a Helm-based pack instead of a manifest-based one")
        .addOption(
            new Option(
                "--from-chart <chart>",
                "a pack of a Helm chart: folder, .tgz, oci://host/path, or repository/name",
            ).conflicts(["helm", "fromManifests"]),
        )
        .addOption(
            new Option(
                "--from-manifests <files...>",
                "a pack of Kubernetes manifests: files, or folders with .yaml files",
            ).conflicts("helm"),
        )
        .option("--chart-version <version>", "version of the chart (default: the newest)")
        .option("--pack-version <version>", "version of the pack (default: the chart's, or 0.1.0)")
        .option("--plain-http", "reach oci:// by HTTP")
        .option("-o, --output <folder>", "folder to make (default: packs/<name>)")
        .addHelpText(
            "after",
            "\nWith Helm on PATH, charts are fetched from registries and repositories with its logins, and" +
                "\nrendered to list their images.",
        )
        .action(async (name: string, options) => {
            const { makeNew } = require("./commands/new") as typeof import("./commands/new");
            status = await makeNew(name, options, commandName());
        });

    program
        .command("build")
        .description("write the archive of a pack and print its digests")
        .argument("<pack>", "pack folder or pack archive")
        .option("-o, --output <folder>", "folder to write to", ".")
        .option("--json", "print JSON for machines")
        .addHelpText(
            "after",
            "\nThe archive is <name>-<version>.tar.gz. The same content gives the same bytes and digests on" +
                "\nevery machine. A pack with errors is not built.",
        )
        .action(async (path: string, options: { output: string; json?: boolean }) => {
            const { build } = require("./commands/build") as typeof import("./commands/build");
            status = await build(path, options);
        });

    registryOptions(
        program
            .command("inspect")
            .description("show what is inside a pack and what it becomes in a registry")
            .argument("<pack>", "pack archive, pack folder, or reference to a pushed pack")
            .option("--files", "list every file")
            .option("--json", "print JSON for machines"),
    ).action(async (target: string, options) => {
        const { inspect } = require("./commands/inspect") as typeof import("./commands/inspect");
        status = await inspect(target, options);
    });

    registryOptions(
        program
            .command("diff")
            .description("show what changed between two packs: files, values, charts")
            .argument("<before>", "pack folder, pack archive, or reference to a pushed pack")
            .argument("<after>", "the same")
            .option("--render", "also show what changes in the cluster, rendered with Helm")
            .option("--kube-version <version>", "Kubernetes to render for", kubernetesVersion)
            .option("--json", "print JSON for machines")
            .option("--exit-code", "exit with 1 if something changed"),
    ).action(async (before: string, after: string, options) => {
        const { diff } = require("./commands/diff") as typeof import("./commands/diff");
        status = await diff(before, after, options);
    });

    registryOptions(
        program
            .command("push")
            .description("check, build and push a pack to a registry")
            .argument("<pack>", "pack folder or pack archive")
            .argument(
                "<reference>",
                "host/<base path>/spectro-packs/archive, with or without /<name>:<version> of the pack",
            )
            .option("--overwrite", "replace a version that is there with other content")
            .option("--json", "print JSON for machines"),
    ).action(async (path: string, reference: string, options) => {
        const { push } = require("./commands/push") as typeof import("./commands/push");
        status = await push(path, reference, options);
    });

    program
        .command("chart")
        .description("package a Helm chart folder reproducibly, for the charts of a pack")
        .argument("<folder...>", "folders with Chart.yaml")
        .option("-o, --output <folder>", "folder to write to (default: beside the chart)")
        .action(async (folders: string[], options: { output?: string }) => {
            const { packageChart } =
                require("../format/packageChart") as typeof import("../format/packageChart");
            for (const folder of folders) {
                const output = options.output ?? dirname(resolve(folder));
                process.stdout.write(`${await packageChart(folder, output)}\n`);
            }
        });

    try {
        await program.parseAsync(args, { from: "user" });
        return status;
    } catch (error) {
        if (error instanceof CommanderError) {
            return error.exitCode === 0 ? 0 : 2;
        }
        const { path } = error as NodeJS.ErrnoException;
        const message = systemReason(error);
        process.stderr.write(`${path === undefined ? message : `${path}: ${message}`}\n`);
        return 1;
    }
}

/** Set where the command is bundled. */
declare const PACK_VERSION: string | undefined;

function packVersion(): string {
    if (typeof PACK_VERSION !== "undefined") {
        return PACK_VERSION;
    }
    return (require("../package.json") as { version: string }).version;
}

/** How the user calls the command: by npm from this repository, by its name elsewhere. */
function commandName(): string {
    return typeof PACK_VERSION === "undefined" ? "npm run pack --" : "palette-pack";
}

function registryOptions(command: Command): Command {
    return command
        .option("--plain-http", "reach the registry by HTTP")
        .option("--insecure", "do not check the registry's certificate")
        .option("--ca-file <file>", "certificates to trust for the registry (PEM)")
        .addHelpText(
            "after",
            "\nA reference is host/repository:version or host/repository@sha256:…; oras reaches the registry," +
                "\nwith the credentials of your Docker configuration (oras login, docker login, helpers).",
        );
}

function packName(name: string): string {
    if (isPackName(name) && isEcrName(name)) {
        return name;
    }
    throw new InvalidArgumentError("Use lower-case letters, digits and single separators.");
}

function wholeNumber(text: string): number {
    if (/^\d+$/.test(text)) {
        return Number(text);
    }
    throw new InvalidArgumentError("Write a whole number.");
}

function kubernetesVersion(text: string): string {
    const [, minor, patch = ".0"] = /^v?(1\.\d+)(\.\d+)?$/.exec(text) ?? [];
    if (minor !== undefined) {
        return `${minor}${patch}`;
    }
    throw new InvalidArgumentError("Write a version such as 1.33.");
}
