import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { diffPacks, type FileChange } from "../pack/format/diffPacks";
import { readFileOf } from "../pack/format/packFile";
import type { Pack } from "../pack/format/pack";
import { caOf, type Login } from "./access";
import { checkHealth } from "./health";
import { withPack } from "./publishedPack";
import type { RepositoryAddress, RepositoryClient } from "./repository";
import { UNKNOWN_DIGEST } from "./unknownDigest";
import { findSpectro, spectroCli } from "./spectroCli";
import { UserError } from "../pack/userError";

/**
 * A pack in a legacy Spectro registry. What the server speaks is not public, so everything is done with the `spectro`
 * CLI ("Spectro CLI reference", Palette documentation), and a version is compared by pulling it.
 */
export async function spectroRepository(
    { pack: name, registry }: RepositoryAddress,
    login: Login,
): Promise<RepositoryClient> {
    findSpectro();
    await checkHealth({
        name: registry.name,
        endpoint: `https://${login.host}`,
        ca: await caOf(login),
        insecureSkipVerify: login.insecureSkipVerify,
    });
    const cli = await spectroCli(login);
    const server = ["-r", login.host];

    /** The versions for which `pack ls` has a line with the pack's name and the version. */
    async function listed(versions: string[]): Promise<string[]> {
        const listing = await cli.run(["pack", "ls", "-n", name, ...server]);
        const lines = listing.split("\n").map((line) => line.split(/[\s|,:]+/));
        return versions.filter((version) =>
            lines.some((words) => words.includes(name) && words.includes(version)),
        );
    }

    const isListed = async (version: string) => (await listed([version])).length > 0;

    async function changesOf(version: string, path: string): Promise<FileChange[]> {
        const folder = await mkdtemp(join(tmpdir(), "published-pack-"));
        try {
            await cli.run(["pack", "pull", `${name}:${version}`, folder, ...server]);
            return await withPack(await pulledPack(folder), (published) =>
                withPack(path, (pack) => diffPacks(published, pack)),
            );
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    }

    return {
        address: `${login.host}/${name}`,
        changesOf,
        async lookUp(versions) {
            const found = versions.length > 0 ? await listed(versions) : [];
            return Object.fromEntries(found.map((version) => [version, UNKNOWN_DIGEST]));
        },
        async problemOf(version) {
            return (await isListed(version))
                ? undefined
                : `spectro pack ls does not list ${name} ${version} in ${login.host}`;
        },
        async upload(version, { path }) {
            const folder = await mkdtemp(join(tmpdir(), "pack-"));
            try {
                // Just the files that were checked: a pack folder may hold junk, and a ready archive is none.
                await withPack(path, (pack) => writeFiles(pack, folder));
                const force = (await isListed(version))
                    ? ["--force", "--message", `${name} ${version} of a development stack`]
                    : [];
                await cli.run(["pack", "push", folder, ...server, ...force]);
            } finally {
                await rm(folder, { recursive: true, force: true });
            }
            if (!(await isListed(version))) {
                throw new UserError(
                    `spectro pack push ${name} succeeded, and spectro pack ls does not list version ${version} in ${login.host}`,
                );
            }
        },
        close: () => cli.close(),
    };
}

async function writeFiles({ files }: Pack, folder: string): Promise<void> {
    for (const file of files) {
        const target = join(folder, file.path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, await readFileOf(file));
    }
}

/** The folder with pack.json in what the CLI has pulled, or the archive that it has put there. */
async function pulledPack(folder: string): Promise<string> {
    const found = (await readdir(folder, { recursive: true }))
        .sort((left, right) => left.length - right.length)
        .find((path) => /(^|\/)pack\.json$|\.tar\.gz$|\.tgz$/.test(path));
    if (found === undefined) {
        throw new UserError("what spectro pack pull has brought holds no pack.json");
    }
    return found.endsWith("pack.json") ? join(folder, dirname(found)) : join(folder, found);
}
