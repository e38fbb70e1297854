import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPack } from "../check/readPack";
import { writeArchive, type Artifact } from "../format/archive";
import { diffPacks } from "../format/diffPacks";
import { nextVersion } from "../format/nextVersion";
import type { Pack } from "../format/pack";
import { orasFor, OrasError, type Oras } from "./oras";
import { pullPack } from "./pullPack";
import { parseDestination, type RegistryOptions } from "./reference";
import { UserError } from "../userError";

/** How a pack is pushed. */
export interface PushOptions extends RegistryOptions {
    /** Replace a version that is there with other content. */
    overwrite?: boolean;
}

/** What a push did. */
export interface PushResult {
    /** `host/repository:version`. */
    reference: string;
    /** Digest of the manifest that the registry has now. */
    digest: string;
    /** Whether anything was pushed: not where the version is there already with the same files. */
    pushed: boolean;
}

const ARCHIVE_FOLDER = "/spectro-packs/archive";

/**
 * The reference that a pack is pushed to. Palette reads name and version from it, so they are the
 * pack's own; a destination that ends with `spectro-packs/archive` is completed.
 *
 * @throws Error for what is no destination, or one with another name or version.
 */
export function pushReference(pack: Pick<Pack, "name" | "version">, destination: string): string {
    const { name, version } = pack;
    const parsed = parseDestination(destination);
    if (!parsed) {
        throw new UserError(
            `${destination} is no reference: write host/<base path>${ARCHIVE_FOLDER}/${name}:${version}.`,
        );
    }
    const { tag } = parsed;
    const repository =
        tag === undefined && parsed.repository.endsWith(ARCHIVE_FOLDER)
            ? `${parsed.repository}/${name}`
            : parsed.repository;
    if (!repository.endsWith(`/${name}`) || (tag !== undefined && tag !== version)) {
        throw new UserError(
            `${destination} is not where ${name} ${version} belongs: Palette reads name and version from the reference. ` +
                `Write ${repository.slice(0, repository.lastIndexOf("/"))}/${name}:${version}.`,
        );
    }
    return `${repository}:${version}`;
}

/** Whether Palette finds what is in the repository of a reference: only below this folder. */
export function isWherePaletteLooks(reference: string): boolean {
    return reference.slice(0, reference.lastIndexOf("/")).endsWith(ARCHIVE_FOLDER);
}

/**
 * Pushes a pack in the shape that Palette reads, the same bytes and digest as everywhere. Blobs and
 * manifest are pushed one by one, because every version of oras makes another manifest.
 *
 * @param reference See `pushReference`.
 * @throws Error when oras is missing or fails, or when the version is there with other content.
 */
export async function pushPack(
    pack: Pack,
    reference: string,
    options: PushOptions = {},
): Promise<PushResult> {
    const oras = orasFor(reference, options);
    const folder = await mkdtemp(join(tmpdir(), "pack-push-"));
    try {
        const archive = join(folder, `${pack.name}-${pack.version}.tar.gz`);
        const artifact = await writeArchive(pack, archive);
        const present = await digestOf(oras, reference);
        if (present === artifact.manifestDigest) {
            return { reference, digest: present, pushed: false };
        }
        if (present !== undefined && !options.overwrite) {
            await refuseOtherContent(pack, reference, options);
            return { reference, digest: present, pushed: false };
        }
        await pushArtifact(oras, reference, artifact, { archive, folder });
        return { reference, digest: artifact.manifestDigest, pushed: true };
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

async function digestOf(oras: Oras, reference: string): Promise<string | undefined> {
    try {
        const descriptor = await oras("manifest", "fetch", "--descriptor", reference);
        return (JSON.parse(descriptor) as { digest: string }).digest;
    } catch (error) {
        if (error instanceof OrasError && error.notFound) {
            return undefined;
        }
        throw error;
    }
}

async function pushArtifact(
    oras: Oras,
    reference: string,
    artifact: Artifact,
    { archive, folder }: { archive: string; folder: string },
): Promise<void> {
    const repository = reference.slice(0, reference.lastIndexOf(":"));
    const { config } = JSON.parse(artifact.manifest) as { config: { digest: string } };
    const configFile = join(folder, "config.json");
    const manifestFile = join(folder, "manifest.json");
    await writeFile(configFile, "{}");
    await writeFile(manifestFile, artifact.manifest);
    await oras("blob", "push", `${repository}@${artifact.layerDigest}`, archive);
    await oras("blob", "push", `${repository}@${config.digest}`, configFile);
    await oras("manifest", "push", reference, manifestFile);
    const digest = await digestOf(oras, reference);
    if (digest !== artifact.manifestDigest) {
        throw new Error(
            `${reference} has the digest ${digest ?? "of nothing"} after the push instead of ${artifact.manifestDigest}.`,
        );
    }
}

/** @throws Error that names the files, where the pack in the registry has others. */
async function refuseOtherContent(
    pack: Pack,
    reference: string,
    options: RegistryOptions,
): Promise<void> {
    const pulled = await pullPack(reference, options);
    try {
        const published = await readPack(pulled.archive);
        try {
            const changes = await diffPacks(published, pack);
            if (changes.length === 0) {
                return;
            }
            const files = changes.map(({ change, path }) => `  ${path} (${change})`).join("\n");
            const next = nextVersion(pack.version);
            throw new UserError(
                `${reference} is already there with other content:\n${files}\n` +
                    "A published version never changes, because clusters may use it: " +
                    `${next === undefined ? "raise the version" : `set the version to ${next}`} in pack.json` +
                    ", or push with --overwrite.",
            );
        } finally {
            published.close();
        }
    } finally {
        await pulled.remove();
    }
}
