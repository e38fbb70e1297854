import { chmodSync, cpSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { describeArtifact } from "../../packages/pack/format/archive";
import type { RegistryAccess } from "../../packages/registry/access";
import { withPack } from "../../packages/registry/publishedPack";
import { type RepositoryClient, type WantedVersion } from "../../packages/registry/repository";
import { openRepository } from "../../packages/registry/openRepository";
import { stackConfig } from "../../packages/registry/stackConfig";
import { PaletteBench } from "../sandbox/paletteSupport";
import { executables, type Executables } from "../unit/executables";

// What the AWS SDK announces on every start.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

export const STACK = "organization/palette-custom-pack/test";
const hello = join(__dirname, "../../packs/hello-universe-pack");

/**
 * The sandbox's registries, and a stack's configuration with all of them. The test file has
 * to mock `node:child_process` as ../unit/executables.ts says.
 */
export class RegistryBench {
    /** The stack's entries of `registries`. */
    entries: Record<string, unknown>[] = [];
    /** What talks to the registries is told. */
    config = stackConfig(() => undefined);

    private constructor(
        readonly bench: PaletteBench,
        readonly tools: Executables,
        /** Of the ECR. */
        private readonly ecrHost: string,
    ) {}

    static async start(speed?: number): Promise<RegistryBench> {
        const bench = await PaletteBench.start({
            ...(speed && { speed }),
            switches: { rateLimit: "off" },
        });
        const tools = executables();
        tools.prependToPath();
        const ecr = bench.ecr();
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
        ecr.destroy();
        const { host } = new URL(authorizationData![0]!.proxyEndpoint!);
        const started = new RegistryBench(bench, tools, host);
        started.reset();
        return started;
    }

    /** The stack's configuration as it was in the beginning. */
    reset(): void {
        const { harbor, spectro, caFile } = this.bench.sandbox;
        this.configure([
            { kind: "ecr", name: "ecr" },
            {
                kind: "basic",
                name: "harbor",
                endpoint: harbor.endpoint,
                username: harbor.username,
                password: harbor.password,
                caFile,
            },
            {
                kind: "spectro",
                name: "legacy",
                endpoint: spectro.endpoint,
                username: spectro.username,
                password: spectro.password,
                caFile,
            },
        ]);
    }

    configure(entries: Record<string, unknown>[]): void {
        this.entries = entries;
        const { aws, caFile } = this.bench.sandbox;
        const config = {
            "aws:region": aws.region,
            "aws:accessKey": aws.accessKeyId,
            "aws:secretKey": aws.secretAccessKey,
            "aws:endpoints": [{ ecr: aws.endpoint, sts: aws.endpoint }],
            "aws:customCaBundle": caFile,
            registries: entries,
        };
        const texts = Object.entries<unknown>(config).map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]);
        const values: Record<string, string> = Object.fromEntries(texts);
        this.config = stackConfig((key) => values[key]);
    }

    /** Changes one entry of the configuration. */
    reconfigure(name: string, fields: Record<string, unknown>): void {
        this.configure(
            this.entries.map((entry) => (entry.name === name ? { ...entry, ...fields } : entry)),
        );
    }

    access(kind: "ecr" | "basic" | "spectro"): RegistryAccess {
        const { harbor, spectro } = this.bench.sandbox;
        switch (kind) {
            case "ecr":
                return { name: "ecr", kind, host: this.ecrHost };
            case "basic":
                return { name: "harbor", kind, host: new URL(harbor.endpoint).host };
            case "spectro":
                return { name: "legacy", kind, host: new URL(spectro.endpoint).host };
        }
    }

    /** A repository of a pack, made where that has to be done. */
    async repository(
        kind: "ecr" | "basic" | "spectro",
        basePath: string,
        pack = "hellouniverse",
    ): Promise<RepositoryClient> {
        const repository = kind === "spectro" ? pack : `${basePath}/spectro-packs/archive/${pack}`;
        if (kind === "ecr") {
            const ecr = this.bench.ecr();
            const command = new CreateRepositoryCommand({ repositoryName: repository });
            await ecr.send(command).catch((error: Error) => {
                if (error.name !== "RepositoryAlreadyExistsException") {
                    throw error;
                }
            });
            ecr.destroy();
        }
        return openRepository({ registry: this.access(kind), repository, pack }, this.config);
    }

    /** A copy of the sample pack in a folder of its own, with another version or another text in a file. */
    async pack(
        folder: string,
        edit: { version?: string; file?: string; text?: string } = {},
    ): Promise<WantedVersion> {
        const path = join(this.tools.folder, folder);
        cpSync(hello, path, { recursive: true });
        const json = join(path, "pack.json");
        const { version = "1.0.0", file, text } = edit;
        writeFileSync(json, readFileSync(json, "utf8").replace('"1.0.0"', `"${version}"`));
        if (file !== undefined) {
            writeFileSync(join(path, file), text ?? "");
        }
        return { path, digest: await digestOf(path) };
    }

    /** What a clone on another machine has: the same content, other times and modes. */
    async clone({ path }: WantedVersion): Promise<WantedVersion> {
        const clone = `${path} on another machine`;
        cpSync(path, clone, { recursive: true });
        for (const file of ["values.yaml", "manifests/hello-universe.yaml"]) {
            chmodSync(join(clone, file), 0o600);
            utimesSync(join(clone, file), 1, 1);
        }
        return { path: clone, digest: await digestOf(clone) };
    }

    /** Requests of a registry that write, since the last {@link resetCounters}. */
    async writes(service: "aws" | "harbor"): Promise<string[]> {
        const counters = await this.bench.control("GET", "/counters");
        return Object.keys(counters).filter(
            (name) =>
                name.startsWith(`${service} `) && / (PUT|POST|PATCH|DELETE) \/v2\//.test(name),
        );
    }

    async resetCounters(): Promise<void> {
        await this.bench.control("DELETE", "/requests");
    }

    /**
     * Puts a script before a real executable that notes the arguments, which a process list shows, and what `body` says.
     *
     * @returns reads the notes.
     */
    watch(name: string, body = ""): () => string {
        const real = (process.env.PATH ?? "")
            .split(delimiter)
            .filter((folder) => folder !== this.tools.folder)
            .map((folder) => join(folder, name))
            .find(isThere)!;
        const notes = join(this.tools.folder, `${name}.notes`);
        const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
        const lines = [
            "#!/bin/bash",
            `echo "$@" >> ${quoted(notes)}`,
            body,
            `exec ${quoted(real)} "$@"`,
        ];
        writeFileSync(join(this.tools.folder, name), lines.join("\n"), { mode: 0o755 });
        return () => readFileSync(notes, "utf8");
    }

    async remove(): Promise<void> {
        this.tools.remove();
        await this.bench.remove();
    }
}

function digestOf(path: string): Promise<string> {
    return withPack(path, async (pack) => (await describeArtifact(pack)).manifestDigest);
}

function isThere(file: string): boolean {
    try {
        readFileSync(file);
        return true;
    } catch {
        return false;
    }
}
