import http from "node:http";
import type { Context } from "../context";
import type { Cluster, ClusterPack } from "./records";
import type { ClusterStore } from "./clusterStore";
import type { RenderedService, Rendered } from "./render";
import { packs, runs, serving } from "./timeline";

/** A Service that is served now: the pack's revision behind it, and the ports it is reached at. */
interface Served {
    key: string;
    pack: ClusterPack;
    service: RenderedService;
    port: number;
}

/** How far from the wanted port we look for a free one. */
const PORTS_TRIED = 200;

/** The port at which a Service's port is reached: its own unless that was taken. */
export function reachedAt(cluster: Cluster, service: RenderedService, port: number): number {
    return cluster.ports[portKey(service, port)] ?? port;
}

/** The application pages: HTTP servers on the clusters' addresses while their add-ons run. */
export class Pages {
    private readonly servers = new Map<string, Map<string, http.Server>>();
    private readonly queues = new Map<string, Promise<void>>();
    private closed = false;

    constructor(
        private readonly context: Context,
        private readonly store: ClusterStore,
    ) {}

    /** Opens what the cluster serves now and closes what it no longer does. */
    sync(uid: string): Promise<void> {
        const next = (this.queues.get(uid) ?? Promise.resolve()).then(() => this.update(uid));
        this.queues.set(uid, next);
        return next.finally(() => {
            if (this.queues.get(uid) === next) {
                this.queues.delete(uid);
            }
        });
    }

    /** Whether all TCP ports of the Service are answered. */
    isOpen(cluster: Cluster, service: RenderedService): boolean {
        const open = this.servers.get(cluster.uid);
        return service.ports
            .filter(({ protocol }) => protocol === "TCP")
            .every(({ port }) => open?.has(portKey(service, port)) ?? false);
    }

    async close(): Promise<void> {
        this.closed = true;
        await Promise.all(this.queues.values());
        await Promise.all(
            [...this.servers.values()].flatMap((open) => [...open.values()].map(stop)),
        );
        this.servers.clear();
    }

    private async update(uid: string): Promise<void> {
        const cluster = this.store.all.get(uid);
        const wanted = cluster && !this.closed ? served(cluster, this.context.clock.now()) : [];
        const open = this.servers.get(uid) ?? new Map<string, http.Server>();
        this.servers.set(uid, open);
        for (const [key, server] of open) {
            if (!wanted.some((page) => page.key === key)) {
                open.delete(key);
                await stop(server);
            }
        }
        for (const page of wanted) {
            // Two packs can bring a Service of the same name: one page is theirs.
            if (open.has(page.key)) {
                continue;
            }
            const server = http.createServer((_, response) => this.answer(uid, page.key, response));
            if (await this.listen(server, cluster!, page)) {
                open.set(page.key, server);
            }
        }
        if (open.size === 0) {
            this.servers.delete(uid);
        }
    }

    /** Listens at the cluster's address and the Service's port, or as near to it as can be. */
    private async listen(server: http.Server, cluster: Cluster, page: Served): Promise<boolean> {
        const start = cluster.ports[page.key] ?? page.port;
        // Ports below 1024 may need rights that we do not have.
        const candidates = [start, ...range(start < 1024 ? start + 8000 : start + 1, PORTS_TRIED)];
        for (let index = 0; index < candidates.length;) {
            const port = candidates[index]!;
            const problem = await listen(server, cluster.address, port);
            if (problem === undefined) {
                this.remember(cluster, page, port);
                return true;
            }
            if (problem === "EADDRNOTAVAIL" && cluster.address !== "127.0.0.1") {
                // macOS has 127.0.0.1 alone unless the user adds aliases.
                this.context.log(
                    `cluster ${cluster.name}: ${cluster.address} is not available on this machine, using 127.0.0.1`,
                );
                cluster.address = "127.0.0.1";
                this.store.save(cluster, false);
            } else if (problem === "EADDRINUSE" || problem === "EACCES") {
                index++;
            } else {
                this.context.log(`cluster ${cluster.name}: ${page.key}: ${problem}`);
                return false;
            }
        }
        this.context.log(`cluster ${cluster.name}: no free port near ${start} for ${page.key}`);
        return false;
    }

    private remember(cluster: Cluster, page: Served, port: number): void {
        if (port !== (cluster.ports[page.key] ?? page.port)) {
            this.context.log(
                `cluster ${cluster.name}: port ${page.port} of ${cluster.address} cannot be had, ` +
                    `${page.service.name} answers on ${port}`,
            );
            cluster.ports[page.key] = port;
            this.store.save(cluster, false);
        }
    }

    private answer(uid: string, key: string, response: http.ServerResponse): void {
        const cluster = this.store.all.get(uid);
        const now = this.context.clock.now();
        const page = cluster && served(cluster, now).find((service) => service.key === key);
        const current = page && serving(cluster, page.pack, now);
        if (!current) {
            response.writeHead(503, { "content-type": "text/plain" }).end("no pod answers\n");
            return;
        }
        response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
        response.end(html(cluster, page, current));
    }
}

/** Name of one port of a Service within its cluster. */
function portKey(service: RenderedService, port: number): string {
    return `${service.namespace}/${service.name}/${port}`;
}

function served(cluster: Cluster, now: number): Served[] {
    if (!runs(cluster, now)) {
        return [];
    }
    return packs(cluster).flatMap(({ pack }) =>
        (serving(cluster, pack, now)?.outcome.services ?? []).flatMap((service) =>
            service.ports
                .filter(({ protocol }) => protocol === "TCP")
                .map(({ port }) => ({ key: portKey(service, port), pack, service, port })),
        ),
    );
}

function html(
    cluster: Cluster,
    { pack, service }: Served,
    current: { displayName: string; version: string; outcome: Rendered },
): string {
    const images = current.outcome.workloads.flatMap(({ containers }) =>
        containers.map((c) => c.image),
    );
    const rows = [
        ["Cluster", cluster.name],
        ["Pack", `${pack.name} ${current.version}`],
        ["Service", `${service.namespace}/${service.name}`],
        ...[...new Set(images)].map((image) => ["Image", image]),
    ];
    const title = escape(current.displayName);
    return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${title}</title></head>
<body>
<h1>${title}</h1>
<p>A page of the sandbox in place of the application.</p>
<dl>
${rows.map(([term, value]) => `<dt>${term}</dt><dd>${escape(value!)}</dd>`).join("\n")}
</dl>
</body>
</html>
`;
}

function escape(text: string): string {
    return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function range(start: number, count: number): number[] {
    return Array.from({ length: count }, (_, index) => start + index).filter(
        (port) => port < 65536,
    );
}

/** The error code when the server cannot listen there. */
function listen(server: http.Server, host: string, port: number): Promise<string | undefined> {
    return new Promise((resolve) => {
        const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
        server.once("error", failed);
        server.listen({ host, port }, () => {
            server.off("error", failed);
            resolve(undefined);
        });
    });
}

function stop(server: http.Server): Promise<void> {
    return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
    });
}
