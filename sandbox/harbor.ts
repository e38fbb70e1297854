import { randomBytes } from "node:crypto";
import fs from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import type { Observer } from "./control";
import { type HarborProject, HarborRefusal, HarborRules, type HarborSystem } from "./harborRules";
import { listen } from "./https";
import type { Collection, Journal } from "./journal";
import { type Registry, startRegistry } from "./ociRegistry";
import type { CertificateAuthority } from "./tls";

/** What a client of the basic registry needs to know. */
export interface HarborAccount {
    /** `https://127.0.0.1:port`. */
    endpoint: string;
    /** A robot's name, with the `$` that Harbor puts into such names. */
    username: string;
    password: string;
    /** A bearer token that is good for everything that the password is. */
    token: string;
    /** A project that exists from the start. */
    project: string;
}

export interface Harbor {
    username: string;
    password: string;
    token: string;
    /** Makes a project, or sets what holds for it. */
    setProject(project: HarborProject): void;
    deleteProject(name: string): void;
    /** Sets what holds for all of it. */
    setSystem(system: HarborSystem): void;
    /** Deletes an image, or all of a repository's. Throws when there is none. */
    removeImages(repository: string, tag?: string): Promise<void>;
    close(): Promise<void>;
}

/** How Harbor asks for credentials: as its htpasswd registry does, or through its token service. */
export type Challenge = "basic" | "bearer";

const USERNAME = "robot$sandbox";
/** Seconds that a token of the token service is good for; Harbor's own default. */
const TOKEN_LIFE = 1800;

/**
 * A registry of the kind `basic`: the CNCF registry with TLS and htpasswd, behind Harbor's rule that
 * the project, the first part of a repository's name, must exist (401 `unauthorized` otherwise).
 * Below a project repositories come into being with their first push, and manifests can be deleted.
 */
export async function startHarbor(options: {
    dir: string;
    journal: Journal;
    ca: CertificateAuthority;
    registryBinary: string;
    port: number;
    project: string;
    challenge: () => Challenge;
    observe?: Observer;
}): Promise<Harbor> {
    const { dir, journal, port } = options;
    const projects = journal.collection<HarborProject>("harbor.projects");
    const system = journal.collection<HarborSystem>("harbor.system");
    if (projects.size === 0) {
        projects.put(options.project, { name: options.project });
    }
    const { registry, password, token } = await startWithUser(dir, journal, options.registryBinary);
    const gate = new Gate(registry, { password, token }, options.challenge);
    const rules = new HarborRules(registry, basic(USERNAME, password), system);
    const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        try {
            await route(request, response, { registry, gate, projects, rules });
        } catch (error) {
            sendError(request, response, error, gate.challenge(request));
        }
    };
    try {
        const leaf = await options.ca.issue(["127.0.0.1", "localhost"]);
        const server = await listen({ leaf, port, observe: options.observe, serve });
        return {
            username: USERNAME,
            password,
            token,
            setProject: (project) => void projects.put(project.name, project),
            deleteProject: (name) => void projects.delete(name),
            setSystem: (wanted) => void system.put("system", wanted),
            removeImages: (repository, tag) => rules.remove(repository, tag),
            async close() {
                server.close();
                await registry.close();
            },
        };
    } catch (error) {
        await registry.close();
        throw error;
    }
}

/**
 * Starts the registry. At the first start it makes the htpasswd file itself, with a password of its
 * own that it prints (CNCF distribution, "htpasswd"): that line is kept out of the log.
 */
async function startWithUser(
    dir: string,
    journal: Journal,
    binary: string,
): Promise<{ registry: Registry; password: string; token: string }> {
    const file = path.join(dir, "harbor.htpasswd");
    const secrets = journal.collection<{ password: string; token: string }>("harbor.secrets");
    if (!secrets.has("robot")) {
        fs.rmSync(file, { force: true });
    }
    let made: string | undefined;
    const registry = await startRegistry({
        dir,
        binary,
        name: "harbor",
        htpasswd: { file, realm: "harbor" },
        watch(line) {
            const printed = /password=(\S+)/.exec(line)?.[1];
            made ??= printed;
            return printed === undefined;
        },
    });
    if (made !== undefined) {
        secrets.put("robot", { password: made, token: randomBytes(24).toString("base64url") });
        // The registry reads the file again when it has changed.
        const hash = fs.readFileSync(file, "utf8").split(":")[1]!;
        fs.writeFileSync(file, `${USERNAME}:${hash}`, { mode: 0o600 });
    }
    const kept = secrets.get("robot");
    if (!kept) {
        await registry.close();
        throw new Error(`${file}: the registry made no user; remove the sandbox's folder`);
    }
    return { registry, ...kept };
}

/** Tells who calls: the htpasswd file decides over passwords, this class over tokens. */
class Gate {
    /** Token to the time when it ends. */
    private readonly issued = new Map<string, number>();

    constructor(
        private readonly registry: Registry,
        private readonly secrets: { password: string; token: string },
        private readonly kind: () => Challenge,
    ) {}

    /** What the registry gets: a token that is good becomes the user that it was issued to. */
    authorization(request: IncomingMessage): string | undefined {
        const given = request.headers.authorization;
        const [scheme = "", credentials = ""] = (given ?? "").split(" ");
        if (scheme.toLowerCase() !== "bearer") {
            return given;
        }
        const good =
            credentials === this.secrets.token || (this.issued.get(credentials) ?? 0) > Date.now();
        return good ? basic(USERNAME, this.secrets.password) : undefined;
    }

    async knows(authorization: string | undefined): Promise<boolean> {
        const headers = new Headers(authorization === undefined ? {} : { authorization });
        return (await this.registry.fetch("/v2/", { headers })).ok;
    }

    /** `GET /service/token`, the token service of the distribution project. */
    async issue(request: IncomingMessage): Promise<object> {
        if (!(await this.knows(request.headers.authorization))) {
            throw new HarborRefusal(401, "UNAUTHORIZED", "unauthorized");
        }
        const token = randomBytes(24).toString("base64url");
        this.issued.set(token, Date.now() + TOKEN_LIFE * 1000);
        return { token, access_token: token, expires_in: TOKEN_LIFE };
    }

    challenge(request: IncomingMessage): string {
        const realm = `https://${request.headers.host}/service/token`;
        return this.kind() === "bearer"
            ? `Bearer realm="${realm}",service="harbor-registry"`
            : 'Basic realm="harbor"';
    }
}

async function route(
    request: IncomingMessage,
    response: ServerResponse,
    parts: {
        registry: Registry;
        gate: Gate;
        projects: Collection<HarborProject>;
        rules: HarborRules;
    },
): Promise<void> {
    const { registry, gate, projects, rules } = parts;
    const url = new URL(request.url ?? "/", "https://harbor");
    if (url.pathname === "/service/token" && request.method === "GET") {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(await gate.issue(request)));
        return;
    }
    if (!/^\/v2(\/|$)/.test(url.pathname)) {
        throw new HarborRefusal(404, "NOT_FOUND", "not found");
    }
    rules.checkSystem(request);
    const authorization = gate.authorization(request);
    const repository = /^\/v2\/(.+?)\/(?:blobs|manifests|tags|referrers)\//.exec(url.pathname)?.[1];
    if (authorization === undefined) {
        throw new HarborRefusal(401, "UNAUTHORIZED", "unauthorized");
    }
    if (repository !== undefined) {
        const [project = "", ...below] = repository.split("/");
        const known = below.length > 0 ? projects.get(project) : undefined;
        if (known) {
            await rules.check(request, url, known);
        } else if (await gate.knows(authorization)) {
            const reading = request.method === "GET" || request.method === "HEAD";
            const what = `unauthorized to access repository: ${repository}, action: ${reading ? "pull" : "push"}`;
            throw new HarborRefusal(401, "UNAUTHORIZED", `${what}: ${what}`);
        }
    }
    await registry.forward(request, response, url.pathname + url.search, authorization);
}

function sendError(
    request: IncomingMessage,
    response: ServerResponse,
    error: unknown,
    challenge: string,
): void {
    if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
    }
    request.resume();
    const { status, code, message } =
        error instanceof HarborRefusal ? error : new HarborRefusal(500, "UNKNOWN", String(error));
    response.writeHead(status, {
        "content-type": "application/json",
        "docker-distribution-api-version": "registry/2.0",
        ...(status === 401 && { "www-authenticate": challenge }),
    });
    response.end(JSON.stringify({ errors: [{ code, message }] }));
}

function basic(user: string, password: string): string {
    return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
