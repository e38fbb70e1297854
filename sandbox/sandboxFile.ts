import { randomInt } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { type HarborAccount } from "./harbor";
import { type Context } from "./palette/context";
import { type SpectroRegistryAccount } from "./spectroRegistry";
import { awsKey, secret } from "./secrets";

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
        /** `https://host:port` of ECR, STS and IAM. */
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

const seedIn = (region: string): Context["seed"] => ({
    cloudAccount: "tutorial-aws",
    sshKeyName: "tutorial-key",
    region,
    availabilityZones: ["a", "b", "c", "d"].map((zone) => `${region}${zone}`),
});
const ACCOUNT_ID = "123456789012";

/** The file of an earlier run, or a new one with ports and credentials of its own. */
export async function readOrMake(file: string, dir: string, region: string): Promise<SandboxFile> {
    const kept = readSandboxFile(file);
    if (kept) {
        // The folder may be a copy of the one that the file was made in.
        return { ...(await registriesOf(kept, dir)), caFile: path.join(dir, "ca.pem") };
    }
    const [palette, api, registry, control] = await freePorts(4);
    const created = await registriesOf(
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
                accountId: ACCOUNT_ID,
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
    writeFileSync(draft, `${JSON.stringify(created, undefined, 4)}\n`, { mode: 0o600 });
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

/** Replaces the file in one step. */
export function write(file: string, content: SandboxFile): void {
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, `${JSON.stringify(content, undefined, 4)}\n`, { mode: 0o600 });
    renameSync(draft, file);
}

/**
 * Ports that nobody has, below those of outgoing connections (Linux: from 32768 on, macOS: from 49152): the sandbox comes
 * back to them after a stop, when one of these must not have come by.
 */
export async function freePorts(count: number): Promise<number[]> {
    const ports = new Set<number>();
    while (ports.size < count) {
        const port = randomInt(20_000, 32_768);
        if (await isFree(port)) {
            ports.add(port);
        }
    }
    return [...ports];
}

/** The port of an address. */
export function portOf(endpoint: string): number {
    return Number(new URL(endpoint).port);
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
    settings: Omit<SandboxFile, "harbor" | "spectro"> & Partial<SandboxFile>,
    dir: string,
): Promise<SandboxFile> {
    const [harbor, spectro] = await freePorts(2);
    return {
        ...settings,
        harbor: settings.harbor ?? {
            endpoint: `https://127.0.0.1:${harbor}`,
            // Known when the registry has made them.
            username: "",
            password: "",
            token: "",
            project: "spectro-oci-registry",
        },
        spectro: {
            ...(settings.spectro ?? {
                endpoint: `https://127.0.0.1:${spectro}`,
                username: "admin",
                password: secret(12),
            }),
            folder: path.join(dir, "spectro-packs"),
        },
    };
}

function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => resolve(false));
        server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
}
