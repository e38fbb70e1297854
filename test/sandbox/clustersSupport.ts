import fs from "node:fs";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import fastify, { type FastifyInstance } from "fastify";
import { Clock } from "../../sandbox/clock";
import { Journal } from "../../sandbox/journal";
import { ApiError, type Context } from "../../sandbox/palette/context";
import { type Stored } from "../../sandbox/palette/stored";
import { type Pack, type Profile, type ProfilePack } from "../../sandbox/palette/stored";
import { clusterRoutes } from "../../sandbox/palette/clusters";
import { Switches } from "../../sandbox/palette/switches";
import { describeWith } from "./awsSandbox";
import { checkAnswer } from "./openapi";

/** `describe` of tests that render packs. */
export const describeWithHelm = describeWith("helm");

export const projectUid = "5f7a00000000000000000001";
export const minute = 60_000;

/** A cluster side of Palette over a folder; `restart` is a stop and start. */
export interface Bench {
    context: Context;
    app: FastifyInstance;
    log: string[];
    call(method: string, url: string, body?: unknown, project?: string): Promise<Answer>;
    /** Moves the clock on and lets renderings and listeners settle. */
    pass(minutes: number): Promise<void>;
    restart(): Promise<void>;
    close(): Promise<void>;
}

// Answers are checked against the API's document; tests read into them freely.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface Answer {
    status: number;
    body: Json;
    text: string;
}

export async function bench(positions: Record<string, string> = {}): Promise<Bench> {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "clusters-test-"));
    const log: string[] = [];
    let run = await start(dir, log, positions);
    const result: Bench = {
        get context() {
            return run.context;
        },
        get app() {
            return run.app;
        },
        log,
        async call(method, url, body, project = projectUid) {
            const { port } = run.app.server.address() as AddressInfo;
            const response = await fetch(`http://127.0.0.1:${port}${url}`, {
                method,
                headers: {
                    ...(project !== "" && { projectuid: project }),
                    ...(body !== undefined && { "content-type": "application/json" }),
                },
                ...(body !== undefined && { body: JSON.stringify(body) }),
            });
            const isJson = String(response.headers.get("content-type")).includes("json");
            const text = await response.text();
            checkAnswer(method, url, response.status, text);
            return { status: response.status, body: isJson ? JSON.parse(text) : undefined, text };
        },
        async pass(minutes) {
            await settle(run.context);
            run.context.clock.advance(minutes * minute);
            await settle(run.context);
        },
        async restart() {
            await stop(run);
            run = await start(dir, log, {});
        },
        async close() {
            await stop(run);
            fs.rmSync(dir, { recursive: true, force: true });
        },
    };
    return result;
}

interface Run {
    context: Context;
    app: FastifyInstance;
    closing: AbortController;
}

async function start(dir: string, log: string[], positions: Record<string, string>): Promise<Run> {
    const journal = Journal.open(path.join(dir, "state.jsonl"));
    const closing = new AbortController();
    const context = {
        dir,
        journal,
        clock: new Clock({ speed: 1, collection: journal.collection("clock") }),
        switches: new Switches(positions),
        helmBinary: "helm",
        aws: {
            accountId: "123456789012",
            credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret-of-aws" },
        },
        seed: {
            cloudAccount: "aws-account",
            sshKeyName: "tutorial-key",
            region: "us-east-1",
            availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1e"],
        },
        externalId: "external",
        tenantUid: "tenant",
        orgName: "Test",
        users: journal.collection("users"),
        projects: journal.collection<Stored>("projects"),
        packs: journal.collection<Pack>("packs"),
        profiles: journal.collection<Profile>("profiles"),
        clustersUsing: () => [],
        clusterChanged: () => undefined,
        closing: closing.signal,
        log: (line: string) => void log.push(line),
    } as unknown as Context;
    if (context.projects.size === 0) {
        context.projects.put(projectUid, {
            ...stored(projectUid, "Default"),
            owner: { scope: "tenant" },
        });
    }
    const app = fastify({
        forceCloseConnections: true,
        ajv: { customOptions: { coerceTypes: false, removeAdditional: true } },
    });
    app.decorateRequest("scope");
    app.addHook("onRequest", (request, _reply, done) => {
        const project = request.headers.projectuid as string | undefined;
        request.scope = {
            userUid: "user",
            tenantAdmin: true,
            ...(project !== undefined && { projectUid: project }),
        };
        done();
    });
    app.setErrorHandler((error: ApiError & { validation?: unknown }, _request, reply) => {
        const status = error.validation ? 400 : (error.status ?? 500);
        return reply
            .code(status)
            .send({ code: error.code, message: error.message, details: error.details });
    });
    clusterRoutes(app, context);
    await app.listen({ host: "127.0.0.1", port: 0 });
    return { context, app, closing };
}

async function stop({ context, app, closing }: Run): Promise<void> {
    closing.abort();
    await app.close();
    context.journal.close();
}

/** Waits (real time) until no pack lacks its outcome and the listeners have followed. */
async function settle(context: Context): Promise<void> {
    const clusters = context.journal.collection<{ profiles: { packs: { outcome?: object }[] }[] }>(
        "clusters",
    );
    const open = (): boolean =>
        clusters
            .values()
            .some((cluster) => cluster.profiles.some((p) => p.packs.some((k) => !k.outcome)));
    for (let tries = 0; open() && tries < 600; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
}

function stored(uid: string, name: string): Stored {
    const time = new Date(0).toISOString();
    return {
        uid,
        name,
        owner: { scope: "project", projectUid },
        labels: {},
        annotations: {},
        created: time,
        modified: time,
    };
}

/** What a test pack consists of; `files` are pack-relative paths and their texts. */
export interface PackInput {
    name: string;
    version?: string;
    layer?: Pack["layer"];
    values?: string;
    files?: Record<string, string>;
    kubeManifests?: string[];
    charts?: string[];
}

export function addPack(context: Context, input: PackInput): Pack {
    const version = input.version ?? "1.0.0";
    const uid = `pack-${input.name}-${version}`;
    const folder = path.join("unpacked", uid);
    for (const [name, content] of Object.entries(input.files ?? {})) {
        const file = path.join(context.dir, folder, name);
        fs.mkdirSync(path.dirname(file), { recursive: true });
        fs.writeFileSync(file, content);
    }
    const pack = {
        uid,
        name: input.name,
        displayName: `The ${input.name}`,
        version,
        tag: version,
        parentTags: [],
        group: "",
        layer: input.layer ?? "addon",
        type: "spectro",
        addonType: "",
        cloudTypes: ["all"],
        registryUid: "registry",
        annotations: {},
        values: input.values ?? "",
        presets: [],
        readme: "",
        digest: `sha256:${uid}`,
        created: new Date(0).toISOString(),
        ...(input.files && { files: folder }),
        kubeManifests: input.kubeManifests ?? [],
        charts: input.charts ?? [],
    } as Pack;
    return context.packs.put(uid, pack);
}

/** The infrastructure layers; they render without Helm. */
export function infraPacks(context: Context): Pack[] {
    return [
        addPack(context, { name: "ubuntu-aws", version: "22.04", layer: "os" }),
        addPack(context, { name: "kubernetes", version: "1.32.3", layer: "k8s", values: "a: 1\n" }),
        addPack(context, { name: "cni-calico", version: "3.29.3", layer: "cni" }),
        addPack(context, { name: "csi-aws-ebs", version: "1.41.0", layer: "csi" }),
    ];
}

export function addProfile(
    context: Context,
    name: string,
    packs: Pack[],
    options: Partial<Profile> & { type?: "cluster" | "add-on" } = {},
): Profile {
    const { type = "cluster", ...fields } = options;
    const uid = fields.uid ?? `profile-${name}`;
    const before = context.profiles.get(uid)?.published?.revision ?? 0;
    return context.profiles.put(uid, {
        ...stored(uid, name),
        version: "1.0.0",
        variables: [],
        ...fields,
        published: {
            type,
            cloudType: "aws",
            revision: before + 1,
            packs: packs.map((pack): ProfilePack => ({
                name: pack.name,
                uid: pack.uid,
                registryUid: pack.registryUid,
                layer: pack.layer,
                type: pack.type,
                tag: pack.version,
                version: pack.version,
                values: pack.values,
                manifests: [],
            })),
        },
    });
}

/** A Service and a Deployment like the tutorial's. */
export const helloManifest = `
apiVersion: v1
kind: Service
metadata:
  name: hello-universe-service
spec:
  type: LoadBalancer
  ports:
    - protocol: TCP
      port: {{ .Values.port }}
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
          image: {{ .Values.registry }}/{{ .Values.repository }}:{{ .Values.tag }}
`;

/** The values of `helloPack`. */
export function helloValues(fields: Record<string, string | number> = {}): string {
    const parameters = {
        registry: "ghcr.io",
        repository: "spectrocloud/hello-universe",
        tag: "1.2.0",
        port: 8080,
        ...fields,
    };
    const lines = Object.entries(parameters).map(([key, value]) => `    ${key}: ${value}`);
    return [
        "pack:",
        '  namespace: "hello-universe"',
        "manifests:",
        "  hello-universe:",
        ...lines,
        "",
    ].join("\n");
}

export function helloPack(
    context: Context,
    input: { version?: string; manifest?: string; values?: string; name?: string } = {},
): Pack {
    return addPack(context, {
        name: input.name ?? "hellouniverse",
        ...(input.version !== undefined && { version: input.version }),
        values: input.values ?? helloValues(),
        files: { "manifests/hello-universe.yaml": input.manifest ?? helloManifest },
        kubeManifests: ["manifests/hello-universe.yaml"],
    });
}

/** The tutorial's cluster. */
export function clusterRequest(
    context: Context,
    profileUids: string[],
    fields: { name?: string; spec?: Record<string, unknown> } = {},
): { metadata: Record<string, unknown>; spec: Record<string, unknown> } {
    const accounts = context.journal.collection<{ uid: string; name: string }>("cloudAccounts");
    return {
        metadata: {
            name: fields.name ?? "pack-tutorial-cluster",
            annotations: { description: "a cluster" },
            labels: { app: "hello-universe", "spectro-cloud-education": "spectro__tag" },
        },
        spec: {
            cloudAccountUid: accounts.values().find(({ name }) => name === "aws-account")!.uid,
            cloudConfig: { region: "us-east-1", sshKeyName: "tutorial-key" },
            profiles: profileUids.map((uid) => ({ uid, packValues: [], variables: [] })),
            machinepoolconfig: [pool("control-plane-pool", true), pool("worker-pool", false)],
            policies: {
                scanPolicy: {
                    kubeBench: { schedule: { scheduledRunTime: "0 0 * * SUN" } },
                    kubeHunter: { schedule: { scheduledRunTime: "0 0 * * SUN" } },
                    sonobuoy: { schedule: { scheduledRunTime: "0 0 1 * *" } },
                },
            },
            clusterConfig: {},
            ...fields.spec,
        },
    };
}

export function pool(name: string, isControlPlane: boolean, size = 1): Record<string, object> {
    return {
        poolConfig: {
            name,
            size,
            isControlPlane,
            useControlPlaneAsWorker: isControlPlane,
            labels: [isControlPlane ? "control-plane" : "worker"],
            additionalLabels: { owner: "docs" },
            updateStrategy: { type: "RollingUpdateScaleOut" },
            taints: [],
        },
        cloudConfig: {
            instanceType: "m4.xlarge",
            rootDeviceSize: 60,
            capacityType: "on-demand",
            azs: ["us-east-1a"],
            subnets: [],
        },
    };
}

/** What tests of clusters do most, on the bench of the test that runs. */
export function clusterCalls(palette: () => Bench) {
    return {
        /** Creates a cluster of the infrastructure layers and these packs. */
        async create(
            packs = [helloPack(palette().context)],
            fields: Parameters<typeof clusterRequest>[2] = {},
        ): Promise<string> {
            const { context } = palette();
            const name = `profile-of-${fields.name ?? "default"}`;
            const profile = addProfile(context, name, [...infraPacks(context), ...packs]);
            const request = clusterRequest(context, [profile.uid], fields);
            const { status, body } = await palette().call(
                "POST",
                "/v1/spectroclusters/aws",
                request,
            );
            expect({ status, body }).toEqual({ status: 201, body: { uid: expect.any(String) } });
            return body.uid;
        },

        async get(uid: string): Promise<Json> {
            return (await palette().call("GET", `/v1/spectroclusters/${uid}`)).body;
        },

        async health(uid: string): Promise<Json> {
            const overview = `/v1/dashboard/spectroclusters/${uid}/overview`;
            return (await palette().call("GET", overview)).body.status.health;
        },

        async state(uid: string): Promise<string> {
            const { body } = await palette().call("GET", `/v1/spectroclusters/${uid}/status`);
            return body.status.state;
        },
    };
}
