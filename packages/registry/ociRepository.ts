import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeArchive } from "../pack/format/archive";
import { diffPacks } from "../pack/format/diffPacks";
import { manifestViolations } from "../pack/format/manifestShape";
import type { Login } from "./access";
import type { EcrRepository } from "./ecrRepository";
import { orasClient, type OrasClient } from "./orasClient";
import { withPack, withPublishedPack } from "./publishedPack";
import { explainRefusal, type RefusalAdvice } from "./refusal";
import { registryApi } from "./registryApi";
import { RegistryError } from "./registryError";
import type { RepositoryAddress, RepositoryClient } from "./repository";
import { UserError } from "../pack/userError";

/** What a kind of OCI registry has of its own. */
export interface OciDialect {
    advice: RefusalAdvice;
    /** Completes a login with what only the registry's own protocol needs. */
    authenticate?(login: Login): Promise<Login>;
    /** The API beside the registry's own protocol: it is asked in place of that one where it can tell. */
    api?: EcrRepository;
}

/** A repository in an OCI registry: one tag for each version of the pack. */
export function ociRepository(
    address: RepositoryAddress,
    login: Login,
    { advice, authenticate = async (known) => known, api: ecr }: OciDialect,
): RepositoryClient {
    const repository = `${login.host}/${address.repository}`;
    const wire = registryApi(login, address.repository);

    /** Does something with oras, which is looked for when it is first needed: only contents pass through it. */
    async function withOras<T>(work: (oras: OrasClient) => Promise<T>): Promise<T> {
        return explained(async () => work(await orasOf(login, authenticate)));
    }

    async function explained<T>(work: () => Promise<T>): Promise<T> {
        try {
            return await work();
        } catch (error) {
            throw error instanceof RegistryError
                ? await explainRefusal(error, address, login, advice)
                : error;
        }
    }

    async function digestOf(version: string): Promise<string | undefined> {
        return ecr
            ? (await ecr.digestsOf([version]))?.[version]
            : explained(() => wire.digestOf(version));
    }

    return {
        address: repository,
        ecr,
        async lookUp(versions) {
            if (ecr) {
                return ecr.digestsOf(versions);
            }
            const found: Record<string, string> = {};
            for (const version of versions) {
                const digest = await digestOf(version);
                if (digest !== undefined) {
                    found[version] = digest;
                }
            }
            return found;
        },
        changesOf: (version, path) =>
            withOras((oras) =>
                withPublishedPack(oras, repository, version, (published) =>
                    withPack(path, (pack) => diffPacks(published, pack)),
                ),
            ),
        withPublished: (version, use) =>
            withOras((oras) => withPublishedPack(oras, repository, version, use)),
        async problemOf(version, digest) {
            const reference = `${repository}:${version}`;
            const manifest = await withOras((oras) => oras.manifestOf(reference));
            if (manifest === undefined) {
                return `${reference} is not in the registry`;
            }
            const found = await digestOf(version);
            if (found !== digest) {
                return `${reference} has the digest ${found}, not ${digest} as it was pushed: somebody else pushed over it`;
            }
            const shape = manifestViolations(manifest, `${address.pack}-${version}.tar.gz`);
            if (shape.length > 0) {
                return `the manifest of ${reference} has not the shape of image-spec v1.0: ${shape.join(", ")}`;
            }
            return withOras((oras) =>
                withPublishedPack(oras, repository, version, async (pack) =>
                    pack.name === address.pack && pack.version === version
                        ? undefined
                        : `${reference} holds the pack ${pack.name} ${pack.version}: repository and tag have to be its name and version`,
                ),
            );
        },
        async upload(version, { path, digest }) {
            const folder = await mkdtemp(join(tmpdir(), "pack-"));
            try {
                const { title, manifestDigest } = await withPack(path, (pack) =>
                    writeArchive(pack, join(folder, `${pack.name}-${pack.version}.tar.gz`)),
                );
                if (manifestDigest !== digest) {
                    throw new UserError(
                        `${path} changed while the update was running (${manifestDigest} instead of ${digest}); run pulumi up again`,
                    );
                }
                await withOras((oras) => oras.push(`${repository}:${version}`, { folder, title }));
            } finally {
                await rm(folder, { recursive: true, force: true });
            }
            const pushed = await digestOf(version);
            if (pushed !== digest) {
                throw new UserError(
                    `${repository}:${version} has the digest ${pushed} after the push of ${digest}: somebody else pushed at the same time, ` +
                        "or something between here and the registry changes what passes; find out which, then run pulumi up again",
                );
            }
        },
        async remove(digests) {
            if (ecr) {
                await ecr.remove(digests);
                return;
            }
            for (const digest of digests) {
                await explained(() => wire.remove(digest));
            }
        },
        close: () => wire.close(),
    };
}

const clients = new WeakMap<Login, Promise<OrasClient>>();

/** One for all repositories of a login, so that oras's version is asked for once. */
function orasOf(
    login: Login,
    authenticate: NonNullable<OciDialect["authenticate"]>,
): Promise<OrasClient> {
    const client = clients.get(login) ?? authenticate(login).then(orasClient);
    clients.set(login, client);
    return client;
}
