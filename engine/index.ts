import { execFile } from "node:child_process";
import { constants } from "node:fs";
import * as fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import semver from "semver";
import { buildBinary } from "./build";
import { DownloadError, downloadRelease } from "./download";
import { withLock } from "./lock";
import { recipes, type Recipe, type Tool } from "./tools";

export type { Tool } from "./tools";

/** How a tool was had; "stand-in" is the sandbox's own replacement for the aws plugin. */
export type Source = "installed" | "cached" | "downloaded" | "built" | "stand-in";

/** The path of each tool's executable by its name, and what it takes to run them. */
export type Engine<T extends Tool = Tool> = Record<T, string> & {
    /** Folders to put in front of PATH, in the form of PATH: Pulumi finds its plugins there. */
    path: string;
    /** For Automation API's `PulumiCommand.get({ root })`: bin/pulumi is below it. */
    pulumiRoot: string;
    sources: Record<T, Source>;
};

type Found = { folder: string; source: Source };

const project = path.dirname(__dirname);
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The project's cache of tools: PALETTE_ENGINE_DIR, by which several clones can share one, else
 * `.engine`. It is laid out as a PULUMI_HOME, so that `npx pulumi` finds the CLI in it too.
 */
export function engineDirectory(): string {
    return path.resolve(project, process.env.PALETTE_ENGINE_DIR ?? ".engine");
}

/**
 * Gets the tools that are needed (all of them by default). Each is looked for, in this order, among
 * the installed ones, in the project's cache, at its official download, and is built from pinned Go
 * modules when all that fails. Runs at the same time share the work and do not disturb each other.
 *
 * @param log gets one line per step, and one every few seconds during a long one.
 * @throws Error that says what to install, when a tool can be neither downloaded nor built.
 */
export async function ensureEngine<T extends Tool = Tool>(
    options: { log?: (line: string) => void; need?: readonly T[] } = {},
): Promise<Engine<T>> {
    const need = options.need ?? (Object.keys(recipes) as T[]);
    const log = options.log ?? (() => {});
    const cache = engineDirectory();
    const found = new Map<T, Found>();
    for (const tool of need) {
        const at = (await installed(recipes[tool])) ?? (await cached(recipes[tool], cache));
        if (at) {
            found.set(tool, at);
        }
    }
    const missing = need.filter((tool) => !found.has(tool));
    if (missing.length > 0) {
        await withLock(cache, log, async () => {
            await removeLeftovers(cache);
            const unreachable = new Map<string, string>();
            for (const tool of missing) {
                const at = await cached(recipes[tool], cache);
                found.set(tool, at ?? (await obtain(tool, cache, log, unreachable)));
            }
        });
    }

    const engine: Record<string, unknown> = { sources: {} };
    const folders = new Set<string>();
    for (const [tool, { folder, source }] of found) {
        engine[tool] = path.join(folder, recipes[tool].executable);
        (engine.sources as Record<string, Source>)[tool] = source;
        folders.add(folder);
    }
    engine.path = [...folders].join(path.delimiter);
    engine.pulumiRoot = path.dirname(found.get("pulumi" as T)?.folder ?? "");
    return engine as Engine<T>;
}

/** An installation of the right version: on PATH, or where Pulumi itself keeps what it installs. */
async function installed(recipe: Recipe): Promise<Found | undefined> {
    if (recipe.probe) {
        for (const folder of (process.env.PATH ?? "").split(path.delimiter)) {
            if (folder && (await complete(recipe, folder))) {
                const version = await probe(path.join(folder, recipe.executable), recipe.probe);
                if (version && semver.satisfies(version, recipe.probe.accepts)) {
                    return { folder, source: "installed" };
                }
            }
        }
    }
    if (recipe.installedIn) {
        const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
        const folder = path.join(home, recipe.installedIn);
        if (await complete(recipe, folder)) {
            return { folder, source: "installed" };
        }
    }
    return undefined;
}

/** The version that an executable reports; undefined when it is something else by the same name. */
async function probe(
    executable: string,
    { args, pattern }: NonNullable<Recipe["probe"]>,
): Promise<string | undefined> {
    try {
        const { stdout } = await promisify(execFile)(executable, args, { timeout: 10_000 });
        const version = pattern.exec(stdout)?.[1];
        // Helm reports "v3.20+g0123456" when it is built without a patch version.
        return semver.valid(version) ?? semver.coerce(version)?.version;
    } catch {
        return undefined;
    }
}

async function cached(recipe: Recipe, cache: string): Promise<Found | undefined> {
    for (const relative of [recipe.folder, recipe.build?.folder]) {
        if (relative && (await complete(recipe, path.join(cache, relative)))) {
            return { folder: path.join(cache, relative), source: "cached" };
        }
    }
    if (recipe.standIn) {
        const refused = await fs.stat(refusal(recipe, cache)).catch(() => undefined);
        if (refused && Date.now() - refused.mtimeMs < DAY_MS) {
            return { folder: path.join(project, recipe.standIn), source: "stand-in" };
        }
    }
    return undefined;
}

/** Whether a folder holds a tool's executable and all that belongs beside it. */
async function complete(recipe: Recipe, folder: string): Promise<boolean> {
    const files = [recipe.executable, ...(recipe.companions ?? [])];
    const checks = files.map((file) => fs.access(path.join(folder, file), constants.X_OK));
    return Promise.all(checks).then(
        () => true,
        () => false,
    );
}

/** Removes what a killed run has left. The caller holds the lock, so nobody is working there. */
async function removeLeftovers(cache: string): Promise<void> {
    for (const name of await fs.readdir(cache)) {
        if (name.startsWith("tmp-")) {
            await fs.rm(path.join(cache, name), { recursive: true, force: true });
        }
    }
}

/** Marks that a release could not be had; believed for a day, so that runs do not wait for it. */
function refusal(recipe: Recipe, cache: string): string {
    return path.join(cache, `${recipe.executable}-${recipe.version}.unavailable`);
}

/** Downloads a tool into the cache, else builds it there, else takes the stand-in. */
async function obtain(
    tool: Tool,
    cache: string,
    log: (line: string) => void,
    unreachable: Map<string, string>,
): Promise<Found> {
    const recipe = recipes[tool];
    const title = `${recipe.executable} ${recipe.version}`;
    const temporary = await fs.mkdtemp(path.join(cache, "tmp-"));
    try {
        const why = await download(recipe, temporary, log, unreachable);
        if (!why) {
            return await publish(temporary, path.join(cache, recipe.folder), "downloaded");
        }
        if (recipe.standIn) {
            log(`${title}: ${why}; the sandbox's own stand-in is used`);
            await fs.writeFile(refusal(recipe, cache), `${why}\n`);
            return { folder: path.join(project, recipe.standIn), source: "stand-in" };
        }
        if (!recipe.build) {
            throw new Error(`${title}: ${why}`);
        }
        const { binaries, scripts, minutes, folder } = recipe.build;
        log(`${title}: ${why}; building it from source (about ${minutes} min on two cores)`);
        const built = path.join(temporary, "built");
        for (const binary of binaries) {
            await build(binary, built, `${title}: ${why}`, log);
        }
        for (const script of scripts ?? []) {
            await fs.copyFile(path.join(__dirname, script), path.join(built, script));
            await fs.chmod(path.join(built, script), 0o755);
        }
        return await publish(built, path.join(cache, folder), "built");
    } finally {
        await fs.rm(temporary, { recursive: true, force: true });
    }
}

/** Returns why the release cannot be had, undefined when it is in the folder. */
async function download(
    recipe: Recipe,
    folder: string,
    log: (line: string) => void,
    unreachable: Map<string, string>,
): Promise<string | undefined> {
    const release = recipe.release({ os: process.platform, arch: process.arch });
    const hosts = [release.url, release.checksums].map((url) => new URL(url).host);
    const known = hosts.map((host) => unreachable.get(host)).find((why) => why);
    if (known) {
        return known;
    }
    const title = `${recipe.executable} ${recipe.version}`;
    log(`${title}: downloading ${release.url}`);
    let reported = Date.now();
    try {
        await downloadRelease(release, folder, (bytes) => {
            if (Date.now() - reported > 10_000) {
                reported = Date.now();
                log(`${title}: ${Math.round(bytes / 1e6)} MB received`);
            }
        });
    } catch (error) {
        if (!(error instanceof DownloadError)) {
            throw error;
        }
        for (const host of hosts) {
            if (error.message.startsWith(`${host} cannot be reached`)) {
                unreachable.set(host, error.message);
            }
        }
        return error.message;
    }
    return (await complete(recipe, folder)) ? undefined : `${release.url} lacks an executable`;
}

async function build(
    binary: Parameters<typeof buildBinary>[0],
    folder: string,
    why: string,
    log: (line: string) => void,
): Promise<void> {
    try {
        await buildBinary(binary, folder, log);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
            throw error;
        }
        throw new Error(
            `${why}, and building ${binary.output} from source needs Go 1.25 or newer, which is ` +
                `not on PATH. Install Go (https://go.dev/dl), or install ${binary.output} itself.`,
            { cause: error },
        );
    }
}

/** Moves a finished folder to its place in one step; whoever came first wins. */
async function publish(from: string, to: string, source: Source): Promise<Found> {
    await fs.mkdir(path.dirname(to), { recursive: true });
    try {
        await fs.rename(from, to);
    } catch (error) {
        if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) {
            throw error;
        }
    }
    return { folder: to, source };
}
