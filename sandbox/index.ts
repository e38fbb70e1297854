import { randomBytes, randomInt } from "node:crypto";
import { setMaxListeners } from "node:events";
import {
    appendFileSync,
    linkSync,
    mkdirSync,
    readFileSync,
    renameSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import net from "node:net";
import path from "node:path";
import { type Aws, startAws } from "./aws";
import { Clock, type ClockState } from "./clock";
import { Control, registryRoute } from "./control";
import { startControl } from "./controlAddress";
import { type Harbor, type HarborAccount, startHarbor } from "./harbor";
import { Journal } from "./journal";
import { paletteAccountIn } from "./palette/awsAccount";
import { apiKeys, hashOf } from "./palette/authentication";
import { allClusters, clusterRoutes, setClusterFault } from "./palette/clusters";
import {
    type AwsCredentials,
    type Context,
    type Pack,
    type Profile,
    type Stored,
    uid,
    type User,
} from "./palette/context";
import { seedPublicRepo } from "./palette/packs/publicRepo";
import { packRoutes } from "./palette/packs/routes";
import { setPackFault } from "./palette/packs/state";
import { profileRoutes } from "./palette/profiles/routes";
import { addProject, deleteProject, projectRoutes } from "./palette/projects";
import { setRegistryFault } from "./palette/registries/faults";
import { registryRoutes } from "./palette/registries/routes";
import { startPalette } from "./palette/server";
import { Switches } from "./palette/switches";
import { addApiKey, addUser, apiKeyRoutes, userRoutes } from "./palette/users";
import { type SpectroRegistryAccount, startSpectroRegistry } from "./spectroRegistry";
import { type CertificateAuthority, certificateAuthority } from "./tls";

export interface SandboxOptions {
    /** Folder of all state; made when it is not there. */
    dir: string;
    /** Virtual seconds in a real one. The default lets 20 minutes take 6 seconds. */
    speed?: number;
    /** The AWS account's home region, which decides its partition; `us-east-1` by default. Kept from the first start on. */
    region?: string;
    /** Positions of switches other than the defaults. */
    switches?: Record<string, string>;
    /** Paths of the binaries; by default they are looked for on PATH. */
    binaries?: { registry?: string; helm?: string };
}

/** What `<dir>/sandbox.json` (mode 0600) tells clients. It stays the same from run to run. */
export interface SandboxFile {
    /** Only while the sandbox runs. */
    pid?: number;
    palette: {
        endpoint: string;
        /** Of a tenant admin. */
        apiKey: string;
        /** Of a user who may act in `project` alone. */
        nonAdminApiKey: string;
        project: string;
        projectUid: string;
        /** The tenant admin's, for `POST /v1/auth/authenticate`. */
        emailId: string;
        password: string;
    };
    aws: {
        endpoint: string;
        registryHost: string;
        region: string;
        accountId: string;
        accessKeyId: string;
        secretAccessKey: string;
    };
    /** A registry of the kind `basic`, with Harbor's rules. */
    harbor: HarborAccount;
    /** A legacy Spectro pack registry. */
    spectro: SpectroRegistryAccount;
    /** PEM bundle to trust. */
    caFile: string;
    control: { endpoint: string; token: string };
    seed: Context["seed"];
}

/** A running sandbox. */
export interface Sandbox extends SandboxFile {
    /** The path of `sandbox.json`. */
    file: string;
    /** Ends all that it started; the state stays. */
    close(): Promise<void>;
}

const seedIn = (region: string): Context["seed"] => ({
    cloudAccount: "tutorial-aws",
    sshKeyName: "tutorial-key",
    region,
    availabilityZones: ["a", "b", "c", "d"].map((zone) => `${region}${zone}`),
});
const accountId = "123456789012";

/**
 * Starts the local Palette and AWS on 127.0.0.1. Ports are chosen at the first start and kept.
 * Throws an Error when another sandbox runs in the folder, or something else has its ports.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
    const dir = path.resolve(options.dir);
    mkdirSync(path.join(dir, "log"), { recursive: true });
    const { registry = "registry", helm = "helm" } = options.binaries ?? {};
    const switches = new Switches(options.switches);
    const file = path.join(dir, "sandbox.json");
    const told = await readOrMake(file, dir, options.region ?? "us-east-1");
    const control = new Control();
    const ends: (() => Promise<void> | void)[] = [];
    const close = async (): Promise<void> => {
        for (const end of ends.splice(0).reverse()) {
            await end();
        }
    };
    try {
        // This port is the lock of the folder: it is bound before any state is touched.
        const address = await bindControl(control, told);
        ends.push(() => address.close());
        const ca = await certificateAuthority(dir);
        const journal = Journal.open(path.join(dir, "journal.jsonl"));
        ends.push(() => journal.close());
        const clock = new Clock({
            speed: options.speed ?? 200,
            collection: journal.collection<ClockState>("clock"),
        });
        const paletteCredentials = identityOf(journal).aws;
        const { aws, harbor } = await startServers({
            dir,
            journal,
            ca,
            told,
            registry,
            control,
            switches,
            ends,
        });
        switches.onChange = () => setAwsSwitches(aws, switches);
        switches.onChange();
        const closing = new AbortController();
        // Every wait of every object listens to it.
        setMaxListeners(0, closing.signal);
        const context: Context = {
            dir,
            journal,
            clock,
            ca,
            switches,
            aws: {
                ...told.aws,
                credentials: told.aws,
                paletteCredentials,
                paletteAccountId: paletteAccountIn(told.aws.region),
                async regionOf(host) {
                    const hosts = Object.entries(await aws.registryHosts());
                    return hosts.find(([, one]) => one === host)?.[0];
                },
            },
            spectroRegistry: told.spectro,
            helmBinary: helm,
            seed: told.seed,
            externalId: identityOf(journal).externalId,
            tenantUid: identityOf(journal).tenantUid,
            orgName: "sandbox",
            tokens: new Map(),
            users: journal.collection<User>("users"),
            projects: journal.collection<Stored>("projects"),
            packs: journal.collection<Pack>("packs"),
            profiles: journal.collection<Profile>("profiles"),
            clustersUsing: () => [],
            clusterChanged: () => undefined,
            closing: closing.signal,
            log: (line) => {
                const time = new Date().toISOString();
                appendFileSync(path.join(dir, "log", "sandbox.log"), `${time} ${line}\n`);
            },
        };
        const projectUid = seedTenant(context, told);
        seedPublicRepo(context);
        const palette = await startPalette(context, {
            port: portOf(told.palette.endpoint),
            observe: control.observe,
            routes: [
                userRoutes,
                apiKeyRoutes,
                projectRoutes,
                registryRoutes,
                packRoutes,
                profileRoutes,
                clusterRoutes,
            ],
        });
        ends.push(async () => {
            closing.abort();
            await palette.close();
        });
        address.ready({
            clock,
            switches,
            clusterFault: (name, fault) => setClusterFault(context, name, fault),
            registryFault: (name, fault) => setRegistryFault(context, name, fault),
            packFault: (pack, fault) => setPackFault(context, pack, fault),
            deleteProject: (name) => deleteProject(context, name),
            clusters: () => allClusters(context),
            expireTokens: () => aws.expireTokens(),
            operations: [...palette.operations, ...aws.operations.map((name) => `POST ${name}`)],
            harbor,
            aws,
        });
        const { username, password, token } = harbor;
        const running = {
            ...told,
            harbor: { ...told.harbor, username, password, token },
            palette: { ...told.palette, projectUid },
            pid: process.pid,
        };
        write(file, running);
        ends.push(() => write(file, { ...running, pid: undefined }));
        return { ...running, file, close };
    } catch (error) {
        await close();
        throw error;
    }
}

/** AWS and the registries of the other kinds, side by side; what runs is added to `ends`. */
async function startServers(options: {
    dir: string;
    journal: Journal;
    ca: CertificateAuthority;
    told: SandboxFile;
    registry: string;
    control: Control;
    switches: Switches;
    ends: (() => Promise<void> | void)[];
}): Promise<{ aws: Aws; harbor: Harbor }> {
    const { dir, journal, ca, told, registry: registryBinary, control, switches } = options;
    const servers = [
        startAws({
            dir,
            journal,
            ca,
            registryBinary,
            region: told.aws.region,
            accountId: told.aws.accountId,
            credentials: told.aws,
            paletteCredentials: {
                ...identityOf(journal).aws,
                accountId: paletteAccountIn(told.aws.region),
            },
            ports: {
                api: portOf(told.aws.endpoint),
                registry: portOf(`https://${told.aws.registryHost}`),
            },
            observe: {
                api: control.observer("aws"),
                registry: control.observer("aws", registryRoute),
            },
            now: () => Date.now() + control.awsSkew,
        }),
        startHarbor({
            dir,
            journal,
            ca,
            registryBinary,
            port: portOf(told.harbor.endpoint),
            project: told.harbor.project,
            challenge: () => switches.get("harborChallenge"),
            observe: control.observer("harbor", registryRoute),
        }),
        startSpectroRegistry({
            ca,
            account: told.spectro,
            port: portOf(told.spectro.endpoint),
            observe: control.observer("spectro"),
        }),
    ] as const;
    // What did start is ended even when another did not.
    for (const one of await Promise.allSettled(servers)) {
        if (one.status === "fulfilled") {
            options.ends.push(() => one.value.close());
        }
    }
    const [aws, harbor] = await Promise.all(servers);
    return { aws, harbor };
}

/** The file of an earlier run, or a new one with ports and credentials of its own. */
async function readOrMake(file: string, dir: string, region: string): Promise<SandboxFile> {
    const kept = readSandboxFile(file);
    if (kept) {
        // The folder may be a copy of the one that the file was made in.
        return { ...(await registriesOf(kept, dir)), caFile: path.join(dir, "ca.pem") };
    }
    const [palette, api, registry, control] = await freePorts(4);
    const made = await registriesOf(
        {
            palette: {
                endpoint: `https://127.0.0.1:${palette}`,
                apiKey: secret(24),
                nonAdminApiKey: secret(24),
                project: "Default",
                projectUid: "",
                emailId: "admin@sandbox.local",
                password: secret(12),
            },
            aws: {
                endpoint: `https://127.0.0.1:${api}`,
                registryHost: `127.0.0.1:${registry}`,
                region,
                accountId,
                ...awsKey(),
            },
            caFile: path.join(dir, "ca.pem"),
            control: { endpoint: `http://127.0.0.1:${control}`, token: secret(24) },
            seed: seedIn(region),
        },
        dir,
    );
    // Of two first starts at once one makes the file, the other reads it.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(made, undefined, 4)}\n`, { mode: 0o600 });
    try {
        linkSync(draft, file);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
            throw error;
        }
    } finally {
        rmSync(draft);
    }
    return readSandboxFile(file)!;
}

function readSandboxFile(file: string): SandboxFile | undefined {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as SandboxFile;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
            throw error;
        }
        return undefined;
    }
}

/** Adds the registries that are not ECR; folders of older sandboxes lack them. */
async function registriesOf(
    told: Omit<SandboxFile, "harbor" | "spectro"> & Partial<SandboxFile>,
    dir: string,
): Promise<SandboxFile> {
    const [harbor, spectro] = await freePorts(2);
    return {
        ...told,
        harbor: told.harbor ?? {
            endpoint: `https://127.0.0.1:${harbor}`,
            // Known when the registry has made them.
            username: "",
            password: "",
            token: "",
            project: "spectro-oci-registry",
        },
        spectro: {
            ...(told.spectro ?? {
                endpoint: `https://127.0.0.1:${spectro}`,
                username: "admin",
                password: secret(12),
            }),
            folder: path.join(dir, "spectro-packs"),
        },
    };
}

function write(file: string, content: SandboxFile): void {
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(content, undefined, 4)}\n`, { mode: 0o600 });
    renameSync(draft, file);
}

async function bindControl(control: Control, told: SandboxFile): ReturnType<typeof startControl> {
    const { endpoint, token } = told.control;
    try {
        return await startControl({ control, port: portOf(endpoint), token });
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") {
            throw error;
        }
    }
    const answer = await fetch(`${endpoint}/clock`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(5_000),
    }).catch(() => undefined);
    throw new Error(
        answer && [200, 503].includes(answer.status)
            ? `a sandbox runs in ${path.dirname(told.caFile)} already${told.pid ? ` (process ${told.pid})` : ""}`
            : `${endpoint} is in use by another program; end that, or remove the sandbox's folder`,
    );
}

/** Palette's own identity, made once. */
function identityOf(journal: Journal): {
    aws: AwsCredentials;
    externalId: string;
    tenantUid: string;
} {
    const collection = journal.collection<ReturnType<typeof identityOf>>("identity");
    return (
        collection.get("palette") ??
        collection.put("palette", { aws: awsKey(), externalId: secret(12), tenantUid: uid() })
    );
}

/** Users, projects and API keys, where they are not there. Answers the uid of the project. */
function seedTenant(context: Context, { palette }: SandboxFile): string {
    const projectUid = seedProjects(context, palette);
    const user = (emailId: string, tenantAdmin: boolean, password: string): User =>
        context.users.values().find((one) => one.emailId === emailId) ??
        addUser(
            context,
            {
                emailId,
                firstName: tenantAdmin ? "Ada" : "Pat",
                lastName: tenantAdmin ? "Admin" : "Project",
                tenantAdmin,
                projectUids: tenantAdmin ? [] : [projectUid],
            },
            password,
        );
    const admin = user(palette.emailId, true, palette.password);
    const other = user("project@sandbox.local", false, secret(12));
    for (const [key, owner] of [
        [palette.apiKey, admin],
        [palette.nonAdminApiKey, other],
    ] as const) {
        if (!apiKeys(context).has(hashOf(key))) {
            addApiKey(context, "sandbox", owner.uid, { key });
        }
    }
    return projectUid;
}

/** The first time only: one that was deleted stays away. */
function seedProjects(context: Context, { project, projectUid }: SandboxFile["palette"]): string {
    const seeded = context.journal.collection<true>("seeded");
    if (seeded.has("projects") && projectUid) {
        return projectUid;
    }
    const [first] = [project, "Second"].map(
        (wanted) =>
            context.projects.values().find(({ name }) => name === wanted) ??
            addProject(context, { name: wanted }),
    );
    seeded.put("projects", true);
    return first!.uid;
}

function setAwsSwitches(aws: Aws, switches: Switches): void {
    Object.assign(aws.switches, {
        refuseArtifactType: switches.get("ecrArtifactType") === "refused",
        createOnPush: switches.get("ecrCreateOnPush") === "on",
        deleteManifests: switches.get("ecrManifestDelete") === "accepted",
        limitWholeUploads: switches.get("ecrUploadLimit") === "wholeUploads",
        propagation: parseInt(switches.get("iamPropagation"), 10) * 1000,
    });
}

/**
 * Ports that nobody has, below those of outgoing connections (Linux: from 32768 on, macOS: from 49152): the sandbox comes
 * back to them after a stop, when one of these must not have come by.
 */
async function freePorts(count: number): Promise<number[]> {
    const ports = new Set<number>();
    while (ports.size < count) {
        const port = randomInt(20_000, 32_768);
        if (await isFree(port)) {
            ports.add(port);
        }
    }
    return [...ports];
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
}

function portOf(endpoint: string): number {
    return Number(new URL(endpoint).port);
}

function awsKey(): AwsCredentials {
    const id = randomBytes(10).toString("hex").toUpperCase().slice(0, 16);
    return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString("base64") };
}

function secret(bytes: number): string {
    return randomBytes(bytes).toString("base64url");
}
