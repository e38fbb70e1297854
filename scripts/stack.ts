import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { text } from "node:stream/consumers";
import { parseDocument } from "yaml";
import {
    backendDirectory,
    passphraseFile,
    projectDirectory,
    sandboxEnvironment,
} from "./environment";
import type { Sandbox } from "./sandbox";

/** A stack of this project whose endpoints are a sandbox's. */
export interface Stack {
    name: string;
    /** The Pulumi CLI. */
    pulumi: string;
    /** The folder of the Pulumi.yaml, where the CLI runs. */
    projectFolder: string;
    /** Its Pulumi.<name>.yaml. */
    configFile: string;
    environment: NodeJS.ProcessEnv;
}

/** Configuration values by their full key (`aws:region`). */
export type Configuration = Record<string, unknown>;

const PROJECT_NAME = "palette-custom-pack";

/**
 * What a sandbox's stack publishes: the tutorial's pack in ECR; or, as `npm start` does, a small collection of packs, in
 * two registries.
 */
export type Packs = "tutorial" | "collection";

/**
 * What ties a stack to its sandbox, and what the tutorial's reader chooses (names, zone), as the
 * program's configuration. The program itself does not know that it runs in a sandbox.
 */
export function sandboxConfig(
    sandbox: Sandbox,
    packs: Packs = "tutorial",
): {
    connection: Configuration;
    /** Stored encrypted. */
    secrets: Record<string, string>;
    choices: Configuration;
} {
    const { palette, aws, harbor, seed, caFile } = sandbox;
    const collection = packs === "collection";
    const own = (values: Configuration): Configuration =>
        Object.fromEntries(
            Object.entries(values).map(([key, value]) => [`${PROJECT_NAME}:${key}`, value]),
        );
    return {
        connection: {
            "aws:region": aws.region,
            "aws:accessKey": aws.accessKeyId,
            "aws:endpoints": [{ ecr: aws.endpoint, sts: aws.endpoint, iam: aws.endpoint }],
            "aws:customCaBundle": caFile,
            "aws:skipMetadataApiCheck": true,
            ...own({ paletteHost: new URL(palette.endpoint).host, paletteCaFile: caFile }),
        },
        secrets: {
            "aws:secretKey": aws.secretAccessKey,
            [`${PROJECT_NAME}:paletteApiKey`]: palette.apiKey,
        },
        choices: own({
            paletteProject: palette.project,
            allowClusterDeletion: true,
            ...(collection && {
                packs: [
                    { path: "packs/hello-universe-pack" },
                    { path: "packs/hello-universe-pack-1.1" },
                    { path: "packs/hello-helm-pack", registry: "harbor-registry" },
                ],
            }),
            registries: [
                { kind: "ecr", name: "ecr-registry", basePath: "spectro-oci-registry" },
                ...(collection
                    ? [
                          {
                              kind: "basic",
                              name: "harbor-registry",
                              endpoint: harbor.endpoint,
                              basePath: harbor.project,
                              username: harbor.username,
                              caFile,
                          },
                      ]
                    : []),
            ],
            profile: {
                name: "pack-tutorial-profile",
                ...(collection && {
                    packs: [
                        { name: "hellouniverse", version: "1.0.0" },
                        { name: "hellohelm", presets: ["page-large"] },
                    ],
                }),
            },
            cluster: {
                name: "pack-tutorial-cluster",
                cloudAccount: seed.cloudAccount,
                region: seed.region,
                sshKeyName: seed.sshKeyName,
                availabilityZones: seed.availabilityZones.slice(0, 1),
            },
        }),
    };
}

/**
 * The stack that `npm start` runs: Pulumi.sandbox.yaml beside Pulumi.yaml. With `options`, another
 * stack in the same sandbox whose file lies in a folder of its own, for tests and measurements: the
 * CLI gets its name and file by environment, and nothing is written into the project.
 */
export function sandboxStack(
    engine: { path: string; pulumi: string },
    directory: string,
    options?: { name: string; folder: string },
): Stack {
    const environment = sandboxEnvironment(engine, directory);
    const { name, folder } = options ?? { name: "sandbox", folder: projectDirectory };
    const configFile = path.join(folder, `Pulumi.${name}.yaml`);
    // Wins over the selected stack: another one beside it must not get this one's configuration or destroy.
    environment.PULUMI_STACK = name;
    if (options) {
        environment.PULUMI_OPTION_CONFIG_FILE = configFile;
    }
    return {
        name,
        pulumi: engine.pulumi,
        projectFolder: projectDirectory,
        configFile,
        environment,
    };
}

/** Whether the stack is in the sandbox's backend. */
export async function stackExists(stack: Stack): Promise<boolean> {
    return exists(checkpointFile(stack));
}

/** Creates the sandbox's backend and its passphrase where they are missing. */
export async function prepareBackend(stack: Stack): Promise<void> {
    const directory = sandboxFolder(stack);
    await mkdir(backendDirectory(directory), { recursive: true });
    if (!(await exists(passphraseFile(directory)))) {
        const passphrase = randomBytes(24).toString("base64url");
        await writeFile(passphraseFile(directory), passphrase, { mode: 0o600, flag: "wx" });
    }
}

/**
 * Creates the stack where it is missing and writes its configuration. What ties it to the sandbox
 * is always written; a choice that its file already has is kept.
 */
export async function configureStack(stack: Stack, sandbox: Sandbox, packs?: Packs): Promise<void> {
    await prepareBackend(stack);
    if (!(await stackExists(stack))) {
        await initialize(stack);
    } else if (!(await exists(stack.configFile))) {
        await restoreConfigFile(stack);
    }

    const document = parseDocument(await readFile(stack.configFile, "utf8"));
    // The collection's choices belong together: a file that has registries of its own gets none of them.
    const fresh = !document.hasIn(["config", `${PROJECT_NAME}:registries`]);
    const { connection, secrets, choices } = sandboxConfig(sandbox, fresh ? packs : "tutorial");
    for (const [key, value] of Object.entries(choices)) {
        if (!document.hasIn(["config", key])) {
            document.setIn(["config", key], document.createNode(value));
        }
    }
    for (const [key, value] of Object.entries(connection)) {
        document.setIn(["config", key], document.createNode(value));
    }
    await writeFile(stack.configFile, document.toString());

    const known = document.toJS().config as Configuration;
    const registries = `${PROJECT_NAME}:registries`;
    (Array.isArray(known[registries]) ? known[registries] : []).forEach((registry, index) => {
        if (registry?.endpoint === sandbox.harbor.endpoint) {
            secrets[`${registries}[${index}].password`] = sandbox.harbor.password;
        }
    });
    const stored = await pulumiOutput(stack, ["config", "--json", "--show-secrets"]);
    const current: Record<string, Stored> = JSON.parse(stored);
    for (const [key, value] of Object.entries(secrets)) {
        if (!isStored(current, key, value)) {
            // On standard input, because arguments can be read by every process of the machine.
            await pulumiOutput(stack, ["config", "set", "--secret", "--path", key], value);
        }
    }
}

interface Stored {
    value?: string;
    objectValue?: unknown;
    secret?: boolean;
}

/** The stack's outputs, secrets shown as `[secret]`. */
export async function stackOutputs(stack: Stack): Promise<Record<string, unknown>> {
    return JSON.parse(await pulumiOutput(stack, ["stack", "output", "--json"]));
}

/**
 * Runs the CLI in the project with this process's terminal, so that it shows what it always shows.
 * Ctrl-C reaches it too; this process waits for what it makes of it.
 *
 * @returns its exit code.
 */
export async function pulumi(stack: Stack, args: string[]): Promise<number> {
    const ignore = () => {};
    process.on("SIGINT", ignore);
    try {
        const child = spawn(stack.pulumi, args, {
            cwd: stack.projectFolder,
            env: process.stdout.isTTY
                ? stack.environment
                : // Dots that show the progress of a long step would be lines of a log.
                  { ...stack.environment, PULUMI_OPTION_SUPPRESS_PROGRESS: "true" },
            stdio: "inherit",
        });
        return await exitCode(child);
    } finally {
        process.off("SIGINT", ignore);
    }
}

/**
 * Runs the CLI in the project and returns its standard output.
 *
 * @throws Error with its standard error when it fails.
 */
export async function pulumiOutput(stack: Stack, args: string[], input = ""): Promise<string> {
    const child = spawn(stack.pulumi, [...args, "--non-interactive"], {
        cwd: stack.projectFolder,
        env: stack.environment,
        stdio: "pipe",
    });
    child.stdin.end(input);
    const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        exitCode(child),
    ]);
    if (code !== 0) {
        throw new Error(`pulumi ${args.slice(0, 2).join(" ")} failed:\n${stdout}${stderr}`);
    }
    return stdout;
}

function sandboxFolder(stack: Stack): string {
    return path.dirname(stack.environment.PULUMI_HOME as string);
}

/** Where the file backend keeps the stack's state. */
function checkpointFile(stack: Stack): string {
    const backend = backendDirectory(sandboxFolder(stack));
    return path.join(backend, ".pulumi", "stacks", PROJECT_NAME, `${stack.name}.json`);
}

/** Whether a secret is stored already; `key` may be a path: `a:list[1].password`. */
function isStored(current: Record<string, Stored>, key: string, value: string): boolean {
    const [top = "", ...steps] = key.split(/[[\].]+/);
    const { value: text, objectValue, secret } = current[top] ?? {};
    const stored = steps.reduce<unknown>(
        (object, step) => (object as Record<string, unknown> | undefined)?.[step],
        objectValue,
    );
    return secret === true && (steps.length > 0 ? stored : text) === value;
}

/** `stack init` writes the stack file into the folder of the Pulumi.yaml that it finds. */
async function initialize(stack: Stack): Promise<void> {
    const folder = path.dirname(stack.configFile);
    const projectFile = path.join(folder, "Pulumi.yaml");
    if (!(await exists(projectFile))) {
        await mkdir(folder, { recursive: true });
        await writeFile(projectFile, `name: ${PROJECT_NAME}\nruntime: nodejs\n`);
    }
    await pulumiOutput({ ...stack, projectFolder: folder }, ["stack", "init", stack.name]);
}

/** A stack file that was deleted gets the salt back with which the state's secrets are encrypted. */
async function restoreConfigFile(stack: Stack): Promise<void> {
    const { checkpoint } = JSON.parse(await readFile(checkpointFile(stack), "utf8"));
    const salt: string | undefined = checkpoint.latest?.secrets_providers?.state?.salt;
    await writeFile(stack.configFile, salt ? `encryptionsalt: ${salt}\n` : "");
}

function exitCode(child: ReturnType<typeof spawn>): Promise<number> {
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => resolve(code ?? 1));
    });
}

function exists(file: string): Promise<boolean> {
    return access(file).then(
        () => true,
        () => false,
    );
}
