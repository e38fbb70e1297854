import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Command } from "commander";
import { ensureEngine } from "../engine";
import { projectDirectory, sandboxDirectory } from "./environment";
import { withCli } from "./recover";
import { sandboxStack } from "./stack";

/** What a stack has published and runs, for the end of a log (`--json`: for machines). */
export interface Summary {
    /** `name:version` → reference with digest, of every custom pack. */
    packs: Record<string, string>;
    /** Name → the version of each profile. */
    profiles: Record<string, string>;
    clusters: SummarizedCluster[];
}

interface SummarizedCluster {
    /** Empty where the stack has one cluster, whose outputs bear no name. */
    name: string;
    state?: string;
    health?: string;
    /** US dollars, as Palette estimates. */
    hourlyPrice?: number;
    console?: string;
    /** Pack → URL. */
    applications: Record<string, string>;
}

interface ClusterOutputs {
    clusterState?: string;
    clusterHealth?: string;
    hourlyPrice?: number;
    clusterConsoleUrl?: string;
    applicationUrls?: Record<string, string>;
}

/** @param outputs The outputs of a stack of this program; those of one that was never brought up are empty. */
export function summaryOf(outputs: Record<string, unknown>): Summary {
    const several = outputs.clusters as Record<string, ClusterOutputs> | undefined;
    const clusters = several ?? (outputs.clusterUid ? { "": outputs as ClusterOutputs } : {});
    const profiles = (outputs.profiles ?? {}) as Record<string, { version: string }>;
    return {
        packs: (outputs.packReferences ?? {}) as Record<string, string>,
        profiles: Object.fromEntries(
            Object.entries(profiles).map(([name, { version }]) => [name, version]),
        ),
        clusters: Object.entries(clusters).map(([name, cluster]) => ({
            name,
            state: cluster.clusterState,
            health: cluster.clusterHealth,
            hourlyPrice: cluster.hourlyPrice,
            console: cluster.clusterConsoleUrl,
            applications: cluster.applicationUrls ?? {},
        })),
    };
}

/** A summary as a Markdown list, which reads well in a log and in a CI service's own summary. */
export function formatSummary({ packs, profiles, clusters }: Summary): string {
    const lines = [
        ...Object.entries(packs).map(([pack, reference]) => `- pack ${pack}: ${reference}`),
        ...Object.entries(profiles).map(([name, version]) => `- profile ${name}: ${version}`),
        ...clusters.flatMap((cluster) => [
            [
                `- cluster${cluster.name && ` ${cluster.name}`}: ${cluster.state}, ${cluster.health}`,
                ...(cluster.hourlyPrice === undefined
                    ? []
                    : [`${cluster.hourlyPrice.toFixed(2)} USD an hour`]),
                ...(cluster.console ? [cluster.console] : []),
            ].join(", "),
            ...Object.entries(cluster.applications).map(([pack, url]) => `- ${pack}: ${url}`),
        ]),
    ];
    return (lines.length > 0 ? lines : ["- nothing is there"]).join("\n");
}

/** `npm run -s summary -- [--stack <name>] [--json]`. */
async function main(): Promise<void> {
    const options = new Command("npm run -s summary --")
        .description("Tell what a stack has published and runs.")
        .option("--stack <name>", "its name; the selected one if not given")
        .option("--sandbox", "the stack of npm start")
        .option("--json", "print JSON for machines")
        .parse()
        .opts<{ stack?: string; sandbox?: boolean; json?: boolean }>();
    const log = (line: string) => console.error(line);
    const environment = options.sandbox
        ? sandboxStack(await ensureEngine({ log }), sandboxDirectory).environment
        : await withCli(process.env);
    const args = ["stack", "output", "--json", "--non-interactive"];
    const { stdout } = await promisify(execFile)(
        "pulumi",
        [...args, ...(options.stack === undefined ? [] : ["--stack", options.stack])],
        { cwd: projectDirectory, env: environment, maxBuffer: 64 * 1024 * 1024 },
    );
    const summary = summaryOf(JSON.parse(stdout));
    console.log(options.json ? JSON.stringify(summary, null, 4) : formatSummary(summary));
}

if (process.env.npm_lifecycle_event === "summary") {
    main().catch((error: Error & { stderr?: string }) => {
        console.error(error.stderr?.trim() || error.message);
        process.exitCode = 1;
    });
}
