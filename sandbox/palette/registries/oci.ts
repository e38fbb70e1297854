import { Agent, request } from "undici";
import type { Context } from "../context";
import type { Tls } from "./registry";
import { sha256 } from "./archive";

/** What an OCI image manifest says of a blob. */
export interface Descriptor {
    mediaType?: string;
    digest?: string;
    size?: number;
    annotations?: Record<string, string>;
}

export interface Manifest {
    schemaVersion?: number;
    mediaType?: string;
    artifactType?: string;
    config?: Descriptor;
    layers?: Descriptor[];
}

export interface OciOptions {
    /** Base of the distribution API, without `/v2/`. */
    url: URL;
    /** `Basic` credentials; none for an anonymous registry. */
    credentials?: { username: string; password: string };
    /** A bearer token; instead of credentials. */
    token?: string | undefined;
    tls?: Tls;
}

const manifestTypes = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Reading side of the OCI distribution API (distribution-spec v1.0), one registry. */
export class OciClient {
    private readonly agent: Agent;
    private token: string | undefined;

    /** Throws for a host that is not this machine: the sandbox leaves it for nothing. */
    constructor(
        private readonly context: Context,
        private readonly options: OciOptions,
    ) {
        assertLoopback(options.url);
        this.token = options.token;
        const { certificate, ca, insecureSkipVerify } = options.tls ?? {};
        this.agent = new Agent({
            connect: {
                // The sandbox's own authority stands for the public ones.
                ca: [context.ca.pem, ...[certificate, ca].filter((pem) => pem !== undefined)],
                rejectUnauthorized: insecureSkipVerify !== true,
            },
            connectTimeout: 5_000,
            headersTimeout: 20_000,
            bodyTimeout: 20_000,
        });
    }

    close(): Promise<void> {
        return this.agent.close();
    }

    /** Whether the registry is there and takes the credentials; throws an Error that says why not. */
    async ping(): Promise<void> {
        await this.get("/v2/", 1 << 16);
    }

    /** All repositories that the registry lists. */
    repositories(): Promise<string[]> {
        return this.list("/v2/_catalog?n=100", "repositories");
    }

    tags(repository: string): Promise<string[]> {
        return this.list(`/v2/${repository}/tags/list?n=100`, "tags");
    }

    async manifest(
        repository: string,
        reference: string,
    ): Promise<{ digest: string; manifest: Manifest }> {
        const { body } = await this.get(`/v2/${repository}/manifests/${reference}`, 4 * 2 ** 20);
        return { digest: sha256(body), manifest: JSON.parse(body.toString("utf8")) as Manifest };
    }

    /** A blob of at most `limit` bytes, its digest checked. */
    async blob(repository: string, digest: string, limit: number): Promise<Buffer> {
        const { body } = await this.get(`/v2/${repository}/blobs/${digest}`, limit);
        if (sha256(body) !== digest) {
            throw new Error(`the blob ${digest} has another digest: ${sha256(body)}`);
        }
        return body;
    }

    private async list(path: string, member: string): Promise<string[]> {
        const names: string[] = [];
        for (let next: string | undefined = path; next !== undefined;) {
            const { body, link } = await this.get(next, 4 * 2 ** 20);
            const page = JSON.parse(body.toString("utf8")) as Record<string, string[] | null>;
            names.push(...(page[member] ?? []));
            const target: string | undefined = link && /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
            next =
                target &&
                new URL(target, this.options.url).pathname +
                    new URL(target, this.options.url).search;
        }
        return names;
    }

    private async get(path: string, limit: number): Promise<{ body: Buffer; link?: string }> {
        const first = await this.send(path, limit);
        const challenge = first.status === 401 ? first.challenge : undefined;
        const answer =
            challenge?.toLowerCase().startsWith("bearer ") === true && (await this.login(challenge))
                ? await this.send(path, limit)
                : first;
        if (answer.status !== 200) {
            throw new Error(
                `GET ${path} of ${this.options.url.host} answers ${answer.status} ${errorText(answer.body)}`.trim(),
            );
        }
        return answer;
    }

    private async send(
        path: string,
        limit: number,
    ): Promise<{ status: number; body: Buffer; link?: string; challenge?: string }> {
        const base = this.options.url.href.replace(/\/$/, "");
        const { credentials } = this.options;
        const authorization = this.token
            ? `Bearer ${this.token}`
            : credentials
              ? basic(credentials)
              : undefined;
        const response = await request(`${base}${path}`, {
            dispatcher: this.agent,
            signal: this.context.closing,
            headers: {
                accept: `${manifestTypes}, */*`,
                ...(authorization ? { authorization } : {}),
            },
        });
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of response.body) {
            size += (chunk as Buffer).length;
            if (size > limit) {
                response.body.destroy();
                throw new Error(`GET ${path} answers more than ${limit} bytes`);
            }
            chunks.push(chunk as Buffer);
        }
        return {
            status: response.statusCode,
            body: Buffer.concat(chunks),
            link: single(response.headers["link"]),
            challenge: single(response.headers["www-authenticate"]),
        };
    }

    /** The token flow of the distribution project; `false` when the challenge can't be met. */
    private async login(challenge: string): Promise<boolean> {
        const parameters = Object.fromEntries(
            [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((match) => [match[1]!, match[2]!]),
        );
        const { realm, ...rest } = parameters;
        if (realm === undefined) {
            return false;
        }
        const url = new URL(realm);
        assertLoopback(url);
        Object.entries(rest).forEach(([key, value]) => url.searchParams.set(key, value));
        const { credentials } = this.options;
        const response = await request(url, {
            dispatcher: this.agent,
            signal: this.context.closing,
            headers: credentials ? { authorization: basic(credentials) } : {},
        });
        const body = (await response.body.json()) as { token?: string; access_token?: string };
        this.token = body.token ?? body.access_token;
        return response.statusCode === 200 && this.token !== undefined;
    }
}

/** Throws unless the host of the URL is this machine's loopback. */
export function assertLoopback(url: URL): void {
    if (!/^(127(\.\d{1,3}){3}|localhost|.+\.localhost|\[::1\])$/.test(url.hostname)) {
        throw new Error(
            `${url.hostname} can't be reached: this Palette is a sandbox and talks to this machine only`,
        );
    }
}

function basic({ username, password }: { username: string; password: string }): string {
    return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function single(header: string | string[] | undefined): string | undefined {
    return Array.isArray(header) ? header[0] : header;
}

/** Code and message of an OCI error body, else its start. */
function errorText(body: Buffer): string {
    const text = body.toString("utf8");
    try {
        const { errors } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] };
        return (errors ?? []).map(({ code, message }) => `${code}: ${message}`).join("; ");
    } catch {
        return text.slice(0, 200);
    }
}
