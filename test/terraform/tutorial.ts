import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
    BatchDeleteImageCommand,
    CreateRepositoryCommand,
    DeleteRepositoryCommand,
    DescribeImagesCommand,
    GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { projectDirectory, sandboxEnvironment } from "../../scripts/environment";
import { withEcr } from "../../scripts/ecr";
import { callPalette, type Sandbox } from "../../scripts/sandbox";

// What the tutorial does beside Terraform, and what is looked up in Palette between its steps.

export const registryName = "ecr-registry";
export const baseContentPath = "spectro-oci-registry";
const pack = { name: "hellouniverse", version: "1.0.0", folder: "hello-universe-pack" };
const archivePath = `${baseContentPath}/spectro-packs/archive`;
const packPath = `${archivePath}/${pack.name}`;

const syncSeconds = 60;

/**
 * The ECR chapter: repositories, an archive made with tar, login and push with oras.
 *
 * @param directory for the archive and the login, which is a secret.
 */
export async function pushPack(
    engine: { path: string },
    sandbox: Sandbox,
    directory: string,
): Promise<void> {
    const password = await withEcr(sandbox, async (ecr) => {
        for (const repositoryName of [archivePath, packPath]) {
            await ecr.send(new CreateRepositoryCommand({ repositoryName }));
        }
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
        const token = authorizationData?.[0]?.authorizationToken ?? "";
        return Buffer.from(token, "base64").toString().replace(/^AWS:/, "");
    });
    const env = sandboxEnvironment(engine, directory);
    const execute = async (file: string, args: string[], input = "") => {
        const started = promisify(execFile)(file, args, { cwd: directory, env });
        started.child.stdin?.end(input);
        await started;
    };
    const { registryHost } = sandbox.aws;
    const archive = `${pack.name}-${pack.version}.tar.gz`;
    const trust = ["--ca-file", sandbox.caFile, "--registry-config", "oras.json"];
    const packs = path.join(projectDirectory, "packs");
    await execute("tar", ["-czf", archive, "-C", packs, pack.folder]);
    const login = ["login", registryHost, "--username", "AWS", "--password-stdin"];
    await execute("oras", [...login, ...trust], password);
    const reference = `${registryHost}/${packPath}:${pack.version}`;
    // The oras of the tutorial made manifests of this shape without being told.
    await execute("oras", ["push", reference, archive, "--image-spec", "v1.0", ...trust]);
}

/** The tutorial's clean-up of ECR: the image by its digest, then the repositories. */
export async function cleanRegistry(sandbox: Sandbox): Promise<void> {
    await withEcr(sandbox, async (ecr) => {
        const { imageDetails = [] } = await ecr.send(
            new DescribeImagesCommand({ repositoryName: packPath }),
        );
        const imageIds = imageDetails.map(({ imageDigest }) => ({ imageDigest }));
        await ecr.send(new BatchDeleteImageCommand({ repositoryName: packPath, imageIds }));
        for (const repositoryName of [packPath, archivePath]) {
            await ecr.send(new DeleteRepositoryCommand({ repositoryName }));
        }
    });
}

/** Waits for the sync; the provider does not for a registry of packs. */
export async function packVisible(sandbox: Sandbox, interrupted: AbortSignal): Promise<void> {
    const url = `/v1/packs?filters=spec.name=${pack.name}ANDspec.version=${pack.version}`;
    for (const start = performance.now(); ; await sleep(250, undefined, { signal: interrupted })) {
        const { items } = await callPalette<{ items?: unknown[] }>(sandbox, url, { project: true });
        if (items && items.length > 0) {
            return;
        }
        if (performance.now() - start > syncSeconds * 1000) {
            const log = path.join(path.dirname(sandbox.caFile), "log", "sandbox.log");
            throw new Error(
                `${(await readFile(log, "utf8")).slice(-2000)}\n` +
                    `no pack ${pack.name} ${pack.version} after ${syncSeconds} s`,
            );
        }
    }
}

/** When its wait runs out of time the provider only warns, and the apply succeeds. */
export async function clusterHealthy(sandbox: Sandbox): Promise<void> {
    const { metadata, status } = await cluster(sandbox);
    const overview = await callPalette<{ status?: { health?: { state?: string } } }>(
        sandbox,
        `/v1/dashboard/spectroclusters/${metadata.uid}/overview`,
        { project: true },
    );
    const seen = `${status?.state} ${overview.status?.health?.state}`;
    if (seen !== "Running Healthy") {
        throw new Error(`the cluster is ${seen}`);
    }
}

export async function workerPoolSize(sandbox: Sandbox, expected: number): Promise<void> {
    const { spec } = await cluster(sandbox);
    const config = await callPalette<{
        spec: { machinePoolConfig: { name: string; size: number }[] };
    }>(sandbox, `/v1/cloudconfigs/aws/${spec.cloudConfigRef.uid}`, { project: true });
    const pool = config.spec.machinePoolConfig.find(({ name }) => name === "worker-basic");
    if (pool?.size !== expected) {
        throw new Error(`the pool worker-basic has the size ${pool?.size}`);
    }
}

/** The only one there is. */
async function cluster(sandbox: Sandbox): Promise<{
    metadata: { uid: string };
    spec: { cloudConfigRef: { uid: string } };
    status?: { state?: string };
}> {
    const { items } = await callPalette<{ items: { metadata: { uid: string } }[] }>(
        sandbox,
        "/v1/dashboard/spectroclusters/search",
        { project: true, body: { filter: {}, sort: [] } },
    );
    const uid = items[0]?.metadata.uid;
    return callPalette(sandbox, `/v1/spectroclusters/${uid}`, { project: true });
}
