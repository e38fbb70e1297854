import { readFile } from "node:fs/promises";
import https from "node:https";
import { DescribeRepositoriesCommand, ECRClient } from "@aws-sdk/client-ecr";
import { ensureEngine } from "../engine";
import { sandboxDirectory } from "./environment";
import { callPalette, startSandbox, stopSandbox, type Sandbox } from "./sandbox";
import { configureStack, pulumi, sandboxStack, stackExists } from "./stack";

/**
 * `npm stop`: destroys the stack, looks that nothing is left in the sandbox's Palette and ECR, and
 * stops the sandbox. It fails when the destroy fails (the sandbox then stays) or anything is left.
 */
async function stop(): Promise<void> {
    const log = (line: string) => console.log(line);
    const engine = await ensureEngine({ log });
    const stack = sandboxStack(engine, sandboxDirectory);
    if (!(await stackExists(stack))) {
        const stopped = await stopSandbox(sandboxDirectory);
        log(stopped ? "there was no stack; the sandbox has stopped" : "nothing is running");
        return;
    }

    const sandbox = await startSandbox(engine, sandboxDirectory, { log });
    await configureStack(stack, sandbox);
    const code = await pulumi(stack, ["destroy", "--yes", "--remove", "--stack", stack.name]);
    if (code !== 0) {
        console.error(
            "pulumi destroy failed. The sandbox is still running: correct the cause and run " +
                "`npm stop` again.",
        );
        process.exitCode = code;
        return;
    }
    const left = await leftovers(sandbox);
    await stopSandbox(sandboxDirectory);
    if (left.length > 0) {
        console.error(`still there, made by another stack or by hand:\n  ${left.join("\n  ")}`);
        process.exitCode = 1;
    }
    log("the sandbox has stopped");
}

interface PaletteList<T> {
    items?: T[];
}

/** The registries, profiles and clusters in Palette and the repositories in ECR. */
export async function leftovers(sandbox: Sandbox): Promise<string[]> {
    const registries = await callPalette<PaletteList<{ name: string; scope: string }>>(
        sandbox,
        "/v1/registries/metadata?scope=all",
    );
    const profiles = await callPalette<PaletteList<{ metadata: { name: string } }>>(
        sandbox,
        "/v1/dashboard/clusterprofiles/metadata",
        { project: true },
    );
    type Cluster = { metadata: { name: string }; status?: { state?: string } };
    const clusters = await callPalette<PaletteList<Cluster>>(
        sandbox,
        "/v1/dashboard/spectroclusters/search",
        { project: true, body: { filter: {}, sort: [] } },
    );
    return [
        ...(registries.items ?? [])
            .filter(({ scope }) => scope !== "system")
            .map(({ name }) => `registry ${name}`),
        ...(profiles.items ?? []).map(({ metadata }) => `cluster profile ${metadata.name}`),
        ...(clusters.items ?? [])
            .filter(({ status }) => status?.state !== "Deleted")
            .map(({ metadata }) => `cluster ${metadata.name}`),
        ...(await repositories(sandbox)).map((name) => `ECR repository ${name}`),
    ];
}

async function repositories({ aws, caFile }: Sandbox): Promise<string[]> {
    const ecr = new ECRClient({
        region: aws.region,
        endpoint: aws.endpoint,
        credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
        requestHandler: { httpsAgent: new https.Agent({ ca: await readFile(caFile) }) },
    });
    try {
        const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
        return (repositories ?? []).map(({ repositoryName }) => repositoryName ?? "");
    } finally {
        ecr.destroy();
    }
}

stop().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
