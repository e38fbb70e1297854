import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { writeArchive } from "../../packages/pack/format/archive";
import { diffPacks } from "../../packages/pack/format/diffPacks";
import type { Login } from "./access";
import { shapeProblems } from "../../packages/pack/format/manifestShape";
import { orasClient, OrasError } from "./orasClient";
import { withPack, withPublishedPack } from "./publishedPack";
import { explainRefusal } from "./refusal";
import type { PackRepository, RepositoryAddress } from "./repository";

/** A repository in an OCI registry: one tag for each version of the pack. */
export async function ociRepository(
    address: RepositoryAddress,
    login: Login,
): Promise<PackRepository> {
    const oras = await orasClient(login);
    const repository = `${login.host}/${address.repository}`;

    async function explained<T>(work: Promise<T>): Promise<T> {
        try {
            return await work;
        } catch (error) {
            throw error instanceof OrasError ? await explainRefusal(error, address, login) : error;
        }
    }

    return {
        address: repository,
        async standingOf(version, { digest }) {
            const published = await explained(oras.digestOf(`${repository}:${version}`));
            return published === undefined ? "absent" : published === digest ? "same" : "other";
        },
        changesOf: (version, path) =>
            explained(
                withPublishedPack(oras, repository, version, (published) =>
                    withPack(path, (pack) => diffPacks(published, pack)),
                ),
            ),
        async problemOf(version, digest) {
            const reference = `${repository}:${version}`;
            const manifest = await explained(oras.manifestOf(reference));
            if (manifest === undefined) {
                return `${reference} is not in the registry`;
            }
            const found = await explained(oras.digestOf(reference));
            if (found !== digest) {
                return `${reference} has the digest ${found}, not ${digest} as it was pushed: somebody else pushed over it`;
            }
            const shape = shapeProblems(manifest, `${address.pack}-${version}.tar.gz`);
            if (shape.length > 0) {
                return `the manifest of ${reference} has not the shape of image-spec v1.0: ${shape.join(", ")}`;
            }
            return withPublishedPack(oras, repository, version, async (pack) =>
                pack.name === address.pack && pack.version === version
                    ? undefined
                    : `${reference} holds the pack ${pack.name} ${pack.version}: repository and tag have to be its name and version`,
            );
        },
        async upload(version, { path, digest }) {
            const folder = await mkdtemp(join(tmpdir(), "pack-"));
            try {
                const { title, manifestDigest } = await withPack(path, (pack) =>
                    writeArchive(pack, join(folder, `${pack.name}-${pack.version}.tar.gz`)),
                );
                if (manifestDigest !== digest) {
                    throw new Error(
                        `${path} changed while the update was running (${manifestDigest} instead of ${digest}); run pulumi up again`,
                    );
                }
                await explained(oras.push(`${repository}:${version}`, { folder, title }));
            } finally {
                await rm(folder, { recursive: true, force: true });
            }
            const pushed = await explained(oras.digestOf(`${repository}:${version}`));
            if (pushed !== digest) {
                throw new Error(
                    `${repository}:${version} has the digest ${pushed} after the push of ${digest}: somebody else pushed at the same time, ` +
                        "or something between here and the registry changes what passes; find out which, then run pulumi up again",
                );
            }
        },
        async remove(digests) {
            if (login.ecr) {
                await removeFromEcr(login.ecr, address.repository, digests);
                return;
            }
            for (const digest of digests) {
                await explained(oras.remove(repository, digest));
            }
        },
        close: async () => login.ecr?.destroy(),
    };
}

/** Longest list that `BatchDeleteImage` takes (ECR API reference). */
const IMAGES_PER_CALL = 100;

async function removeFromEcr(
    ecr: ECRClient,
    repositoryName: string,
    digests: string[],
): Promise<void> {
    const { BatchDeleteImageCommand, RepositoryNotFoundException } =
        await import("@aws-sdk/client-ecr");
    for (let start = 0; start < digests.length; start += IMAGES_PER_CALL) {
        const imageIds = digests
            .slice(start, start + IMAGES_PER_CALL)
            .map((imageDigest) => ({ imageDigest }));
        const command = new BatchDeleteImageCommand({ repositoryName, imageIds });
        const { failures = [] } = await ecr.send(command).catch((error: Error) => {
            if (error instanceof RepositoryNotFoundException) {
                return { failures: [] };
            }
            throw error;
        });
        const serious = failures.filter(({ failureCode }) => failureCode !== "ImageNotFound");
        if (serious.length > 0) {
            const reasons = serious.map(
                ({ imageId, failureReason }) => `${imageId?.imageDigest}: ${failureReason}`,
            );
            throw new Error(`images of ${repositoryName} cannot be deleted: ${reasons.join("; ")}`);
        }
    }
}
