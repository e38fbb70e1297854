import type { Observer } from "../control";
import { listen } from "../https";
import type { Journal } from "../journal";
import { startRegistry } from "../ociRegistry";
import { dataPlane, type EcrSwitches } from "./dataPlane";
import { ecrOperations } from "./ecr";
import type { Identities } from "./identities";
import { partitionOf } from "./partitions";
import { Repositories } from "./repositories";
import type { Tokens } from "./tokens";

/** The account's ECR in one region. */
export interface RegionalEcr {
    repositories: Repositories;
    operations: ReturnType<typeof ecrOperations>;
    /** `127.0.0.1:port`, what stands before `/` in a repository's URI; https. */
    registryHost: string;
    port: number;
    close(): Promise<void>;
}

/** What the regions have in common. */
export interface RegionParts {
    dir: string;
    journal: Journal;
    registryBinary: string;
    leaf: { key: string; cert: string };
    observe?: Observer | undefined;
    tokens: Tokens;
    identities: Identities;
    switches: EcrSwitches;
}

/**
 * The account's private registries: the home region's is there from the start, those of the other
 * regions of its partition when they are first asked for. Each has repositories, a host and a port
 * of its own, which stay the same from run to run.
 */
export class Regions {
    private readonly open = new Map<string, Promise<RegionalEcr>>();
    private readonly ports;

    private constructor(
        private readonly home: string,
        private readonly parts: RegionParts,
    ) {
        this.ports = parts.journal.collection<number>("aws.regions");
    }

    static async start(home: string, port: number, parts: RegionParts): Promise<Regions> {
        const regions = new Regions(home, parts);
        try {
            await regions.start(home, port);
            await Promise.all(
                regions.ports.entries().map(([name, known]) => regions.start(name, known)),
            );
        } catch (error) {
            await regions.close();
            throw error;
        }
        return regions;
    }

    /** Whether the account has this region: one of its own partition. */
    has(region: string): boolean {
        return partitionOf(region) === partitionOf(this.home);
    }

    async ecr(region: string): Promise<RegionalEcr> {
        const known = this.open.get(region);
        if (known) {
            return known;
        }
        const made = await this.start(region, 0);
        this.ports.put(region, made.port);
        return made;
    }

    /** The hosts of the registries that are open, by region. */
    async hosts(): Promise<Record<string, string>> {
        const entries = [...this.open].map(
            async ([region, ecr]) => [region, (await ecr).registryHost] as const,
        );
        return Object.fromEntries(await Promise.all(entries));
    }

    async close(): Promise<void> {
        for (const opened of await Promise.allSettled(this.open.values())) {
            if (opened.status === "fulfilled") {
                await opened.value.close();
            }
        }
    }

    private start(region: string, port: number): Promise<RegionalEcr> {
        const made = this.startRegion(region, port);
        this.open.set(region, made);
        return made;
    }

    private async startRegion(region: string, wanted: number): Promise<RegionalEcr> {
        const { dir, journal, registryBinary, leaf, observe, ...shared } = this.parts;
        const isHome = region === this.home;
        const registry = await startRegistry({
            dir,
            binary: registryBinary,
            name: isHome ? "registry" : `registry-${region}`,
        });
        const repositories = new Repositories(journal, registry, {
            accountId: shared.identities.accountId,
            region,
            collection: isHome ? "aws.repositories" : `aws.repositories ${region}`,
        });
        try {
            const serve = dataPlane({ repositories, registry, ...shared });
            const server = await listen({ leaf, port: wanted, observe, serve });
            const registryHost = `127.0.0.1:${server.port}`;
            return {
                repositories,
                operations: ecrOperations(
                    repositories,
                    shared.tokens,
                    shared.identities,
                    registryHost,
                ),
                registryHost,
                port: server.port,
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
}
