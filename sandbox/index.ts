import { setMaxListeners } from "node:events";
import { appendFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { type Aws, startAws } from "./aws";
import { Clock, type ClockState } from "./clock";
import { Control, registryRoute } from "./control";
import { startControl } from "./controlAddress";
import { type Harbor, startHarbor } from "./harbor";
import { Journal } from "./journal";
import { paletteAccountIn } from "./palette/awsAccount";
import { allClusters, clusterRoutes, setClusterFault } from "./palette/clusters";
import { type Context } from "./palette/context";
import { type Stored } from "./palette/stored";
import { type Pack, type Profile, type User } from "./palette/stored";
import { seedPublicRepo } from "./palette/packs/publicRepo";
import { packRoutes } from "./palette/packs/routes";
import { setPackFault } from "./palette/packs/state";
import { profileRoutes } from "./palette/profiles/routes";
import { deleteProject, projectRoutes } from "./palette/projects";
import { setRegistryFault } from "./palette/registries/faults";
import { registryRoutes } from "./palette/registries/routes";
import { startPalette } from "./palette/server";
import { Switches } from "./palette/switches";
import { apiKeyRoutes, userRoutes } from "./palette/users";
import { startSpectroRegistry } from "./spectroRegistry";
import { portOf, readOrMake, type SandboxFile, write } from "./sandboxFile";
import { identityOf, seedTenant } from "./palette/seed";
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

/** A running sandbox. */
export interface Sandbox extends SandboxFile {
    /** The path of `sandbox.json`. */
    file: string;
    /** Ends all that it started; the state stays. */
    close(): Promise<void>;
}

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
    const settings = await readOrMake(file, dir, options.region ?? "us-east-1");
    const control = new Control();
    const ends: (() => Promise<void> | void)[] = [];
    const close = async (): Promise<void> => {
        for (const end of ends.splice(0).reverse()) {
            await end();
        }
    };
    try {
        // This port is the lock of the folder: it is bound before any state is touched.
        const address = await bindControl(control, settings);
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
            settings,
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
                ...settings.aws,
                credentials: settings.aws,
                paletteCredentials,
                paletteAccountId: paletteAccountIn(settings.aws.region),
                async regionOf(host) {
                    const hosts = Object.entries(await aws.registryHosts());
                    return hosts.find(([, candidate]) => candidate === host)?.[0];
                },
            },
            spectroRegistry: settings.spectro,
            helmBinary: helm,
            seed: settings.seed,
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
        const projectUid = seedTenant(context, settings);
        seedPublicRepo(context);
        const palette = await startPalette(context, {
            port: portOf(settings.palette.endpoint),
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
            ...settings,
            harbor: { ...settings.harbor, username, password, token },
            palette: { ...settings.palette, projectUid },
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
    settings: SandboxFile;
    registry: string;
    control: Control;
    switches: Switches;
    ends: (() => Promise<void> | void)[];
}): Promise<{ aws: Aws; harbor: Harbor }> {
    const { dir, journal, ca, settings, registry: registryBinary, control, switches } = options;
    const servers = [
        startAws({
            dir,
            journal,
            ca,
            registryBinary,
            region: settings.aws.region,
            accountId: settings.aws.accountId,
            credentials: settings.aws,
            paletteCredentials: {
                ...identityOf(journal).aws,
                accountId: paletteAccountIn(settings.aws.region),
            },
            ports: {
                api: portOf(settings.aws.endpoint),
                registry: portOf(`https://${settings.aws.registryHost}`),
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
            port: portOf(settings.harbor.endpoint),
            project: settings.harbor.project,
            challenge: () => switches.get("harborChallenge"),
            observe: control.observer("harbor", registryRoute),
        }),
        startSpectroRegistry({
            ca,
            account: settings.spectro,
            port: portOf(settings.spectro.endpoint),
            observe: control.observer("spectro"),
        }),
    ] as const;
    // What did start is ended even when another did not.
    for (const result of await Promise.allSettled(servers)) {
        if (result.status === "fulfilled") {
            options.ends.push(() => result.value.close());
        }
    }
    const [aws, harbor] = await Promise.all(servers);
    return { aws, harbor };
}

async function bindControl(
    control: Control,
    settings: SandboxFile,
): ReturnType<typeof startControl> {
    const { endpoint, token } = settings.control;
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
            ? `a sandbox runs in ${path.dirname(settings.caFile)} already${settings.pid ? ` (process ${settings.pid})` : ""}`
            : `${endpoint} is in use by another program; end that, or remove the sandbox's folder`,
    );
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
