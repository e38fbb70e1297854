import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createGzip } from "node:zlib";
import {
    CreateRepositoryCommand,
    ECRClient,
    GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { type Header, pack as tar } from "tar-stream";
import { Agent, fetch, type FormData } from "undici";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../sandbox";
import { checkAnswer } from "./openapi";

export interface Answer {
    status: number;
    headers: Record<string, string>;
    // Answers are checked against the API's document; tests read into them freely.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    body: any;
    text: string;
}

/** How a call differs from one of the tenant admin in tenant scope. */
export interface CallOptions {
    project?: string;
    key?: string;
    headers?: Record<string, string>;
}

/** A sandbox in a folder of its own. Every answer is checked against the API's document. */
export class PaletteBench {
    private agent!: Agent;
    sandbox!: Sandbox;

    private constructor(
        readonly dir: string,
        private readonly options: Partial<SandboxOptions>,
    ) {}

    static async start(options: Partial<SandboxOptions> = {}): Promise<PaletteBench> {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "palette test "));
        const bench = new PaletteBench(dir, options);
        await bench.open();
        return bench;
    }

    async open(): Promise<void> {
        this.sandbox = await startSandbox({ speed: 2000, ...this.options, dir: this.dir });
        const ca = fs.readFileSync(this.sandbox.caFile, "utf8");
        this.agent = new Agent({ connect: { ca } });
    }

    async close(): Promise<void> {
        await this.agent.destroy();
        await this.sandbox.close();
    }

    async remove(): Promise<void> {
        await this.close();
        fs.rmSync(this.dir, { recursive: true });
    }

    get project(): string {
        return this.sandbox.palette.projectUid;
    }

    async call(
        method: string,
        url: string,
        body?: unknown,
        { project, key = this.sandbox.palette.apiKey, headers = {} }: CallOptions = {},
    ): Promise<Answer> {
        const response = await fetch(`${this.sandbox.palette.endpoint}${url}`, {
            method,
            dispatcher: this.agent,
            headers: {
                ...(key === "" ? {} : { ApiKey: key }),
                ...(project === undefined ? {} : { ProjectUid: project }),
                ...(body === undefined ? {} : { "content-type": "application/json" }),
                ...headers,
            },
            body: body === undefined ? null : JSON.stringify(body),
        });
        const text = await response.text();
        checkAnswer(method, url, response.status, text);
        const isJson = String(response.headers.get("content-type")).includes("json");
        return {
            status: response.status,
            headers: Object.fromEntries(response.headers),
            body: isJson ? JSON.parse(text) : undefined,
            text,
        };
    }

    /** Sends a form in the project. */
    async upload(url: string, form: FormData): Promise<{ status: number; body: object }> {
        const response = await fetch(`${this.sandbox.palette.endpoint}${url}`, {
            method: "POST",
            dispatcher: this.agent,
            headers: { ApiKey: this.sandbox.palette.apiKey, ProjectUid: this.project },
            body: form,
        });
        const text = await response.text();
        checkAnswer("POST", url, response.status, text);
        return { status: response.status, body: JSON.parse(text) as object };
    }

    /** The body of a call that must succeed. */
    async get(url: string, options?: CallOptions): Promise<Answer["body"]> {
        const answer = await this.call("GET", url, undefined, options);
        if (answer.status !== 200) {
            throw new Error(`GET ${url} answers ${answer.status}: ${answer.text}`);
        }
        return answer.body;
    }

    /** The uid of what is created. */
    async create(url: string, body: unknown, options?: CallOptions): Promise<string> {
        const answer = await this.call("POST", url, body, options);
        if (answer.status !== 201) {
            throw new Error(`POST ${url} answers ${answer.status}: ${answer.text}`);
        }
        return answer.body.uid as string;
    }

    /** A call of the control address. */
    async control(method: string, url: string, body?: unknown): Promise<Answer["body"]> {
        const { endpoint, token } = this.sandbox.control;
        const response = await fetch(`${endpoint}${url}`, {
            method,
            headers: {
                authorization: `Bearer ${token}`,
                ...(body === undefined ? {} : { "content-type": "application/json" }),
            },
            body: body === undefined ? null : JSON.stringify(body),
        });
        const text = await response.text();
        if (!response.ok) {
            throw new Error(`${method} ${url} of the control address: ${response.status} ${text}`);
        }
        return text === "" ? undefined : JSON.parse(text);
    }

    log(): string {
        const file = path.join(this.dir, "log", "sandbox.log");
        return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    }

    /** Lets virtual time pass, and what was due in it happen. */
    async advance(seconds: number): Promise<void> {
        await this.control("POST", "/clock", { advance: seconds * 1000 });
        await new Promise((resolve) => setTimeout(resolve, 50));
    }

    /** Waits (real time, at most 10 s) for something to become true. */
    async until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
        for (const end = Date.now() + 10_000; ;) {
            const seen = await look();
            if (seen) {
                return seen;
            }
            if (Date.now() > end) {
                throw new Error("it did not become true in 10 s");
            }
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
    }

    ecr(): ECRClient {
        const { endpoint, region, accessKeyId, secretAccessKey } = this.sandbox.aws;
        return new ECRClient({
            endpoint,
            region,
            credentials: { accessKeyId, secretAccessKey },
            requestHandler: { httpsAgent: { ca: fs.readFileSync(this.sandbox.caFile) } },
        });
    }

    /** The body that registers the local ECR. */
    ecrRegistry(fields: { name?: string; spec?: object } = {}): {
        metadata: { name: string };
        spec: Record<string, unknown>;
    } {
        const { registryHost, accessKeyId, secretAccessKey } = this.sandbox.aws;
        return {
            metadata: { name: fields.name ?? "ecr-registry" },
            spec: {
                endpoint: registryHost,
                isPrivate: true,
                providerType: "pack",
                isSyncSupported: true,
                baseContentPath: "spectro-oci-registry",
                credentials: {
                    credentialType: "secret",
                    accessKey: accessKeyId,
                    secretKey: secretAccessKey,
                },
                tls: { enabled: true, certificate: "", insecureSkipVerify: false },
                ...fields.spec,
            },
        };
    }

    /** Makes the repository and pushes a manifest with its blobs, as oras 1.0 does. */
    async push(repository: string, tag: string, shape: ImageShape): Promise<string> {
        const ecr = this.ecr();
        await ecr
            .send(new CreateRepositoryCommand({ repositoryName: repository }))
            .catch((error: Error) => {
                if (error.name !== "RepositoryAlreadyExistsException") {
                    throw error;
                }
            });
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
        ecr.destroy();
        const headers = { authorization: `Basic ${authorizationData![0]!.authorizationToken!}` };
        const base = `https://${this.sandbox.aws.registryHost}`;
        return pushImage({ base, repository, tag, shape, headers, agent: this.agent });
    }
}

/** What differs from the manifest that Palette reads. */
export interface ImageShape {
    layers: Buffer[];
    title?: string;
    layerType?: string;
    configType?: string;
    artifactType?: string;
}

export function digestOf(content: Buffer | string): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** Pushes over the OCI distribution API; the manifest's digest. */
export async function pushImage(options: {
    base: string;
    repository: string;
    tag: string;
    shape: ImageShape;
    headers: Record<string, string>;
    agent: Agent;
}): Promise<string> {
    const { base, repository, tag, shape, headers, agent } = options;
    const send = async (method: string, url: URL, body: Buffer | null, type?: string) => {
        const response = await fetch(url, {
            method,
            body,
            dispatcher: agent,
            headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
        });
        const text = await response.text();
        if (!response.ok) {
            throw new Error(`${method} ${url.pathname} answers ${response.status}: ${text}`);
        }
        return response;
    };
    const upload = async (content: Buffer): Promise<{ digest: string; size: number }> => {
        const digest = digestOf(content);
        const start = await send("POST", new URL(`${base}/v2/${repository}/blobs/uploads/`), null);
        const location = new URL(start.headers.get("location")!, base);
        location.searchParams.set("digest", digest);
        await send("PUT", location, content, "application/octet-stream");
        return { digest, size: content.length };
    };
    const name = repository.split("/").at(-1)!;
    const layers = [];
    for (const layer of shape.layers) {
        layers.push({
            mediaType: shape.layerType ?? "application/vnd.oci.image.layer.v1.tar",
            ...(await upload(layer)),
            annotations: {
                "org.opencontainers.image.title": shape.title ?? `${name}-${tag}.tar.gz`,
            },
        });
    }
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const configType = shape.configType ?? "application/vnd.unknown.config.v1+json";
    const manifest = Buffer.from(
        JSON.stringify({
            schemaVersion: 2,
            mediaType,
            ...(shape.artifactType === undefined ? {} : { artifactType: shape.artifactType }),
            config: { mediaType: configType, ...(await upload(Buffer.from("{}"))) },
            layers,
            annotations: { "org.opencontainers.image.created": "2025-01-01T00:00:00Z" },
        }),
    );
    await send("PUT", new URL(`${base}/v2/${repository}/manifests/${tag}`), manifest, mediaType);
    return digestOf(manifest);
}

/** A gzipped tar of entries: a text for a file, headers for anything else. */
export async function archive(entries: Record<string, string | Partial<Header>>): Promise<Buffer> {
    const writer = tar();
    for (const [name, entry] of Object.entries(entries)) {
        if (typeof entry === "string") {
            writer.entry({ name }, entry);
        } else {
            writer.entry({ name, ...entry } as Header);
        }
    }
    writer.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of writer.pipe(createGzip())) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}

/** Files of a valid manifest pack, below the folder `hello-universe-pack`. */
export function helloFiles(
    fields: { version?: string; json?: object; values?: string } = {},
): Record<string, string> {
    const json = {
        name: "hellouniverse",
        displayName: "Hello Universe",
        version: fields.version ?? "1.0.0",
        layer: "addon",
        addonType: "app services",
        cloudTypes: ["all"],
        annotations: { source: "community", contributor: "tests" },
        kubeManifests: ["manifests/hello-universe.yaml"],
        ...fields.json,
    };
    return {
        "hello-universe-pack/pack.json": JSON.stringify(json),
        "hello-universe-pack/values.yaml": fields.values ?? helloValues,
        "hello-universe-pack/manifests/hello-universe.yaml": helloManifest,
        "hello-universe-pack/README.md": "# Hello\n",
    };
}

export const helloValues = `pack:
  namespace: hello-universe
manifests:
  hello-universe:
    image: ghcr.io/spectrocloud/hello-universe:1.2.0
`;

const helloManifest = `apiVersion: v1
kind: Service
metadata:
  name: hello-universe-service
spec:
  type: LoadBalancer
  ports:
    - protocol: TCP
      port: 8080
      targetPort: 8080
  selector:
    app: hello-universe
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: hello-universe-deployment
spec:
  replicas: 2
  selector:
    matchLabels:
      app: hello-universe
  template:
    metadata:
      labels:
        app: hello-universe
    spec:
      containers:
        - name: hello-universe
          image: {{ .Values.image }}
          ports:
            - containerPort: 8080
`;

export const packRepository = "spectro-oci-registry/spectro-packs/archive/hellouniverse";
