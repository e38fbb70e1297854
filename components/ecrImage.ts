/**
 * What the pack commands of a stack run: `push` and `delete` an image, `assert-empty` before a repository goes. Their
 * parameters come by environment, as the state keeps the command lines. Credentials are never among them: they are those
 * of the stack's AWS provider at the moment of use.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    BatchDeleteImageCommand,
    GetAuthorizationTokenCommand,
    paginateListImages,
    RepositoryNotFoundException,
    type ECRClient,
} from "@aws-sdk/client-ecr";
import { ecrClient, readAwsSettings, type AwsSettings } from "./awsSettings";
import { findOras, orasVersion } from "./oras";
import { writeArchive } from "./pack/archive";
import { createdAnnotation } from "./pack/ociManifest";
import { readPack } from "./pack/readPack";

function parameter(name: string): string {
    const value = process.env[name];
    if (!value) {
        throw new Error(`${name} is not set; this file is run by the stack's commands`);
    }
    return value;
}

/** Splits `host/repository:version`. */
function parseReference(reference: string): { host: string; repository: string; tag: string } {
    const [, host, repository, tag] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
    return { host: host!, repository: repository!, tag: tag! };
}

/**
 * Pushes the pack, unless the registry has the very same manifest under its version, and returns the digest that the
 * registry has then.
 *
 * @throws Error when the version is taken by other content, or the folder is not what the preview saw.
 */
async function push(client: ECRClient, settings: AwsSettings): Promise<string> {
    const reference = parameter("PACK_REFERENCE");
    const expected = parameter("PACK_DIGEST");
    const oras = await orasFor(client, settings);
    const published = await oras.resolve(reference);
    if (published === expected) {
        return published;
    }
    if (published !== undefined) {
        throw new Error(
            `${reference} is published already with the digest ${published}, and this pack has ${expected}: ` +
                "a published version never changes; give the pack a new version in pack.json",
        );
    }
    const folder = await mkdtemp(join(tmpdir(), "pack-"));
    try {
        const pack = await readPack(parameter("PACK_FOLDER"));
        const { title, manifestDigest } = await writeArchive(
            pack,
            join(folder, `${pack.name}-${pack.version}.tar.gz`),
        );
        if (manifestDigest !== expected) {
            throw new Error(
                `${pack.source.path} changed while the update was running (${manifestDigest} instead of ${expected}); run pulumi up again`,
            );
        }
        await oras.push(reference, title, folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
    const pushed = await oras.resolve(reference);
    if (pushed !== expected) {
        throw new Error(`${reference} has the digest ${pushed} after the push of ${expected}`);
    }
    return pushed;
}

/** oras with a token that was fetched just now and reaches it by standard input only. */
async function orasFor(client: ECRClient, settings: AwsSettings) {
    const oras = findOras();
    const [major, minor] = await orasVersion(oras);
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
    const password = token.slice(token.indexOf(":") + 1);
    const run = (args: string[], cwd: string) =>
        new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
            const ca = settings.customCaBundle ? ["--ca-file", settings.customCaBundle] : [];
            const child = execFile(
                oras,
                [...args, "--username", "AWS", "--password-stdin", ...ca],
                // No look into the user's Docker configuration: the token is all it needs.
                { cwd, env: { ...process.env, DOCKER_CONFIG: cwd } },
                (error, stdout, stderr) => {
                    if (error && typeof error.code !== "number") {
                        reject(error);
                    } else {
                        resolve({ code: (error?.code as number) ?? 0, stdout, stderr });
                    }
                },
            );
            child.stdin!.end(password);
        });
    return {
        /** The digest of a tag; undefined when there is none. */
        async resolve(reference: string): Promise<string | undefined> {
            const { code, stdout, stderr } = await run(["resolve", reference], tmpdir());
            if (code === 0) {
                return stdout.trim();
            }
            if (/not found|name unknown/i.test(stderr)) {
                return undefined;
            }
            throw new Error(`oras resolve ${reference} failed: ${stderr.trim()}`);
        },
        /** Pushes one archive in the manifest shape that Palette reads: OCI image-spec v1.0. */
        async push(reference: string, title: string, folder: string): Promise<void> {
            // oras 1.0 makes that shape by itself and does not know the flag's value.
            const shape = major === 1 && minor === 0 ? [] : ["--image-spec", "v1.0"];
            const created = [
                "--annotation",
                `org.opencontainers.image.created=${createdAnnotation}`,
            ];
            const { code, stderr } = await run(
                ["push", ...shape, ...created, reference, title],
                folder,
            );
            if (code !== 0) {
                throw new Error(`oras push ${reference} failed: ${stderr.trim()}`);
            }
        },
    };
}

/** Deletes the image that was pushed, by its digest. What is gone already counts as deleted. */
async function deleteImage(client: ECRClient): Promise<void> {
    const { repository } = parseReference(parameter("PACK_REFERENCE"));
    const answer = await ifRepositoryExists(
        client.send(
            new BatchDeleteImageCommand({
                repositoryName: repository,
                imageIds: [{ imageDigest: parameter("PACK_DIGEST") }],
            }),
        ),
        undefined,
    );
    const serious = (answer?.failures ?? []).filter(
        ({ failureCode }) => failureCode !== "ImageNotFound",
    );
    if (serious.length > 0) {
        throw new Error(
            `the image of ${parameter("PACK_REFERENCE")} cannot be deleted: ` +
                serious.map(({ failureReason }) => failureReason).join("; "),
        );
    }
}

/** @throws Error with the names of the images that a repository still holds. */
async function assertEmpty(client: ECRClient): Promise<void> {
    const repositoryName = parameter("ECR_REPOSITORY");
    if (process.env.ECR_FORCE_DELETE === "true") {
        return;
    }
    const collect = async () => {
        const images = [];
        for await (const page of paginateListImages({ client }, { repositoryName })) {
            images.push(...(page.imageIds ?? []));
        }
        return images;
    };
    const images = await ifRepositoryExists(collect(), []);
    if (images.length > 0) {
        const names = images.map(({ imageTag, imageDigest }) => imageTag ?? imageDigest).join(", ");
        throw new Error(
            `the repository ${repositoryName} holds images that this stack did not push: ${names}. ` +
                "Delete them, or set registries[0].forceDelete: true and run pulumi up before pulumi destroy",
        );
    }
}

async function ifRepositoryExists<T, U>(answer: Promise<T>, otherwise: U): Promise<T | U> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof RepositoryNotFoundException) {
            return otherwise;
        }
        throw error;
    }
}

async function main([action]: string[]): Promise<void> {
    // A notice to the SDK's users that would end up in the display of every run.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    const settings = await readAwsSettings(parameter("PULUMI_STACK_NAME"));
    const client = ecrClient(settings);
    switch (action) {
        case "push":
            process.stdout.write(await push(client, settings));
            break;
        case "delete":
            await deleteImage(client);
            break;
        case "assert-empty":
            await assertEmpty(client);
            break;
        default:
            throw new Error(`unknown action ${action}; expected push, delete or assert-empty`);
    }
}

main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
