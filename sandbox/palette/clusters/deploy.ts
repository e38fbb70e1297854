import path from "node:path";
import type { Context } from "../context";
import type { Profile } from "../stored";
import type { CloudAccounts } from "./accounts";
import { Helm } from "./helm";
import { MacroError, macroView, resolveMacros, type MacroValues } from "./macros";
import type { Pages } from "./pages";
import type { AttachedProfile, Cluster, ClusterPack, Outcome } from "./records";
import type { ClusterStore } from "./clusterStore";
import { RenderError, renderPack } from "./render";
import { isListed, nextChange, packs } from "./timeline";

/** Address under which the sandbox's "Palette" proxies to clusters (`reverseproxy.*` macros). */
const reverseProxy = {
    server: "proxy.sandbox.localhost",
    port: "443",
    protocol: "https",
    vhostport: "443",
};

/**
 * What goes on without calls: packs are rendered once a cluster is to run them, pages
 * open and close as the clock goes, and clusters deleted long ago are forgotten. All of it is taken
 * up again from the stored facts at the next start.
 */
export class Deployer {
    private readonly helm: Helm;
    private readonly watches = new Map<string, AbortController>();
    private readonly rendering = new Set<ClusterPack>();
    private queue: Promise<void> = Promise.resolve();

    constructor(
        private readonly context: Context,
        private readonly store: ClusterStore,
        private readonly pages: Pages,
        private readonly accounts: CloudAccounts,
    ) {
        this.helm = new Helm(context.helmBinary, context.closing);
    }

    /** Resolves when all pages that should answer now do. */
    async start(): Promise<void> {
        for (const cluster of this.store.all.values()) {
            await this.pages.sync(cluster.uid);
            this.watch(cluster.uid);
        }
        this.store.listeners.push((uid) => this.watch(uid));
    }

    /** Ends all waiting. Renderings under way are ended by `context.closing`. */
    async stop(): Promise<void> {
        this.watches.forEach((watch) => watch.abort());
        this.watches.clear();
        await this.queue;
    }

    private watch(uid: string): void {
        this.watches.get(uid)?.abort();
        const controller = new AbortController();
        this.watches.set(uid, controller);
        void this.follow(uid, controller.signal)
            .catch((error: Error) => this.context.log(`cluster ${uid}: ${error.stack}`))
            .finally(() => {
                if (this.watches.get(uid) === controller) {
                    this.watches.delete(uid);
                }
            });
    }

    private async follow(uid: string, signal: AbortSignal): Promise<void> {
        const { clock, closing } = this.context;
        const ended = (): boolean => signal.aborted || closing.aborted;
        while (!ended()) {
            const cluster = this.store.all.get(uid);
            if (cluster && !isListed(cluster, clock.now())) {
                this.store.all.delete(uid);
            }
            await this.pages.sync(uid);
            if (!cluster || ended()) {
                return;
            }
            this.renderMissing(cluster);
            const now = clock.now();
            const next = nextChange(cluster, now);
            if (next === Number.POSITIVE_INFINITY) {
                return;
            }
            await clock
                .sleep(next - now, AbortSignal.any([signal, closing]))
                .catch(() => undefined);
        }
    }

    private renderMissing(cluster: Cluster): void {
        for (const profile of cluster.profiles) {
            for (const pack of profile.packs) {
                if (!pack.outcome && !this.rendering.has(pack)) {
                    this.rendering.add(pack);
                    // One after the other: Helm takes a processor for itself.
                    this.queue = this.queue.then(() => this.render(cluster, profile, pack));
                }
            }
        }
    }

    private async render(
        cluster: Cluster,
        profile: AttachedProfile,
        pack: ClusterPack,
    ): Promise<void> {
        try {
            if (!this.context.closing.aborted && profile.packs.includes(pack)) {
                pack.outcome = await this.outcome(cluster, profile, pack);
            }
        } catch (error) {
            // When the sandbox closes, the next start renders it.
            if (!this.context.closing.aborted) {
                const { stack, message } = error as Error;
                this.context.log(`cluster ${cluster.name}: pack ${pack.name}: ${stack ?? message}`);
                pack.outcome = { error: `the sandbox failed: ${message}` };
            }
        } finally {
            this.rendering.delete(pack);
        }
        // It may have been replaced, or its cluster forgotten, in the meantime. A profile that was applied once
        // more is another object with the same packs.
        const runs = packs(cluster).some((candidate) => candidate.pack === pack);
        if (pack.outcome && runs && this.store.all.has(cluster.uid)) {
            this.store.save(cluster, false);
        }
    }

    private async outcome(
        cluster: Cluster,
        profile: AttachedProfile,
        pack: ClusterPack,
    ): Promise<Outcome> {
        try {
            const stored = this.context.packs.get(pack.uid);
            if (pack.type !== "manifest" && (!stored || stored.deleted)) {
                throw new RenderError(
                    `pack ${pack.name} ${pack.version} is not in its registry any more`,
                );
            }
            const values = this.macroValues(cluster, profile);
            const resolve = (text: string): Promise<string> =>
                resolveMacros(text, values, this.helm);
            const manifests: { name: string; content: string }[] = [];
            for (const { name, content } of pack.manifests) {
                manifests.push({ name, content: await resolve(this.store.text(content)) });
            }
            return await renderPack(
                {
                    name: pack.name,
                    values: await resolve(this.store.text(pack.values)),
                    ...(stored?.files !== undefined && {
                        folder: path.join(this.context.dir, stored.files),
                    }),
                    kubeManifests: stored?.files === undefined ? [] : stored.kubeManifests,
                    charts: stored?.files === undefined ? [] : stored.charts,
                    manifests,
                    kubeVersion: kubernetesVersion(cluster),
                },
                this.helm,
            );
        } catch (error) {
            if (error instanceof RenderError || error instanceof MacroError) {
                this.context.log(`cluster ${cluster.name}: pack ${pack.name}: ${error.message}`);
                return { error: error.message };
            }
            throw error;
        }
    }

    private macroValues(cluster: Cluster, attached: AttachedProfile): MacroValues {
        const { context, store } = this;
        const project = cluster.owner.projectUid && context.projects.get(cluster.owner.projectUid);
        const user = context.users.values().find(({ tenantAdmin }) => tenantAdmin);
        const infra = cluster.profiles.find(({ type }) => type !== "add-on") ?? attached;
        const profile: Profile | undefined = context.profiles.get(attached.uid);
        const variables = Object.fromEntries([
            ...(profile?.variables ?? []).map((variable) => [
                variable.name,
                variable.defaultValue ?? "",
            ]),
            ...attached.variables.map((variable) => [variable.name, variable.value]),
        ]) as Record<string, string>;
        return {
            system: {
                user: user && { name: user.name, uid: user.uid, email: user.emailId },
                tenant: { uid: context.tenantUid },
                project: project && { name: project.name, uid: project.uid },
                clusterprofile: { ...reference(attached), infra: reference(infra) },
                cluster: { name: cluster.name, uid: cluster.uid, kubevip: "" },
                cloudaccount: this.accounts.reference(cluster.cloudAccountUid),
                kubernetes: { version: kubernetesVersion(cluster) },
                reverseproxy: reverseProxy,
                cloud: { type: "aws", region: cluster.cloudConfig.region },
            },
            var: variables,
            // Parsed when a macro asks: values are long, and few refer to another pack's.
            get pack() {
                return Object.fromEntries(
                    packs(cluster).map(({ pack }) => [
                        pack.name,
                        macroView(store.text(pack.values)),
                    ]),
                );
            },
        };
    }
}

/** Version of the Kubernetes layer; of a Helm that has none to go by otherwise. */
export function kubernetesVersion(cluster: Cluster): string {
    return packs(cluster).find(({ pack }) => pack.layer === "k8s")?.pack.version ?? "1.32.0";
}

function reference({ name, uid, version }: AttachedProfile): Record<string, string> {
    return { name, uid, version };
}
