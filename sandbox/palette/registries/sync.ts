import { setTimeout as delay } from "node:timers/promises";
import type { Collection } from "../../journal";
import { type Context, timestamp, uid } from "../context";
import { type Pack, type PackType } from "../stored";
import { movingTags } from "../packs/tags";
import { type RegistryFault, registryFaults } from "./faults";
import { check, describeError, isSyncedForPacks, openSource } from "./kinds";
import { readLegacy } from "./legacy";
import { type Pulled, pullAll } from "./pull";
import {
    isSyncSupported,
    type Registry,
    type RegistryOf,
    registries,
    type SyncState,
} from "./registry";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** Virtual time from the request to the run, and the least that a run takes. */
const durations = { queue: 5 * SECOND, run: 30 * SECOND };
/** Registries that are read at the same time. */
const PARALLEL = 4;
/** Palette syncs on its own once a day ("OCI registries"). */
const AUTOMATIC = 24 * HOUR;

/** Runs the syncs of registries: one at a time for each, the runs that are due after a restart. */
export class Syncs {
    private readonly running = new Map<string, Promise<void>>();
    private readonly registries: Collection<Registry>;
    private reading = 0;
    private readonly queue: (() => void)[] = [];

    constructor(private readonly context: Context) {
        this.registries = registries(context);
        for (const registry of this.registries.values()) {
            if (registry.sync.pending) {
                this.start(registry.uid);
            }
        }
        void this.daily().catch(() => undefined);
    }

    /** Asks for a run; one that is under way is followed by another. */
    request(registry: Registry, force: boolean): void {
        if (!isSyncSupported(registry)) {
            return;
        }
        const forced = force || registry.sync.pending?.force === true;
        this.update(registry.uid, { pending: { force: forced } });
        this.start(registry.uid);
    }

    /** Ends when all runs have stopped; they stop because `context.closing` is aborted. */
    async settled(): Promise<void> {
        await Promise.all(this.running.values());
    }

    private start(registryUid: string): void {
        if (this.running.has(registryUid)) {
            return;
        }
        const work = this.work(registryUid)
            .catch((error: unknown) => {
                if (!this.context.closing.aborted) {
                    this.context.log(`sync of ${registryUid}: ${(error as Error).stack}`);
                }
            })
            .finally(() => this.running.delete(registryUid));
        this.running.set(registryUid, work);
    }

    /** Runs until nothing is asked for any more. */
    private async work(registryUid: string): Promise<void> {
        const { clock, closing } = this.context;
        for (;;) {
            const pending = this.registries.get(registryUid)?.sync.pending;
            if (!pending) {
                return;
            }
            await clock.sleep(durations.queue, closing);
            const { syncStale = 0 } = this.fault(registryUid);
            await this.wait(registryUid, syncStale, () => this.fault(registryUid).syncStale);
            await this.run(registryUid, pending);
        }
    }

    private async run(registryUid: string, pending: { force: boolean }): Promise<void> {
        const { clock, closing } = this.context;
        this.update(registryUid, {
            phase: "running",
            message: "",
            lastRunTime: timestamp(this.context),
        });
        await clock.sleep(durations.run, closing);
        while (this.fault(registryUid).syncSticks && this.registries.has(registryUid)) {
            await clock.sleep(SECOND, closing);
        }
        const registry = this.registries.get(registryUid);
        if (!registry) {
            return;
        }
        let publish: () => void;
        await this.turn();
        try {
            const { syncFails } = this.fault(registryUid);
            if (syncFails !== undefined) {
                throw new Error(syncFails);
            }
            publish = await this.read(registry, pending.force);
        } catch (error) {
            if (closing.aborted) {
                return;
            }
            const message = describeError(error as Error);
            this.context.log(`sync of registry ${registry.name} failed: ${message}`);
            this.finish(registryUid, pending, { phase: "failed", message });
            return;
        } finally {
            this.reading--;
            this.queue.shift()?.();
        }
        const now = timestamp(this.context);
        this.update(registryUid, { phase: "done", message: "", lastSyncedTime: now });
        const lag = parseInt(this.context.switches.get("packVisibility"), 10);
        const { packsAfter = lag } = this.fault(registryUid);
        await this.wait(registryUid, packsAfter, () => this.fault(registryUid).packsAfter);
        if (this.registries.has(registryUid)) {
            publish();
            this.finish(registryUid, pending, {});
        }
    }

    private fault(registryUid: string): RegistryFault {
        const registry = this.registries.get(registryUid);
        return (registry && registryFaults(this.context).get(registry.name)) ?? {};
    }

    /** So many virtual seconds, or until a fault that says "never" is taken back. */
    private async wait(
        registryUid: string,
        seconds: number | "never",
        fault: () => number | "never" | undefined,
    ): Promise<void> {
        const { clock, closing } = this.context;
        if (seconds !== "never") {
            return clock.sleep(seconds * SECOND, closing);
        }
        while (fault() === "never" && this.registries.has(registryUid)) {
            await clock.sleep(SECOND, closing);
        }
    }

    /** Waits until fewer than `parallel` are read. */
    private async turn(): Promise<void> {
        if (this.reading >= PARALLEL) {
            await new Promise<void>((resolve) => this.queue.push(resolve));
        }
        this.reading++;
    }

    /** Reads the registry; what is answered makes the packs visible. */
    private async read(registry: Registry, force: boolean): Promise<() => void> {
        const pulled = await this.pulled(registry, force);
        for (const { image, reason } of pulled?.refused ?? []) {
            this.context.log(`registry ${registry.name}: ${image} is no pack: ${reason}`);
        }
        // An account may hold a thousand repositories of other people.
        for (const { repository, reason } of pulled?.ignored.slice(0, 20) ?? []) {
            this.context.log(`registry ${registry.name}: ${repository} is ignored: ${reason}`);
        }
        const [refused] = pulled?.refused ?? [];
        if (refused && this.context.switches.get("invalidPack") === "failsSync") {
            throw new Error(`${refused.image}: ${refused.reason}`);
        }
        // What comes from an OCI registry may be of another type than what the legacy one holds.
        const type =
            registry.kind === "pack" ? "spectro" : this.context.switches.get("ociPackType");
        return () => pulled && publish(this.context, registry.uid, type, pulled);
    }

    /** `undefined`: a registry whose packs Palette does not read. */
    private async pulled(registry: Registry, force: boolean): Promise<Pulled | undefined> {
        const known = packsOf(this.context, registry.uid).filter((pack) => !pack.deleted);
        if (!isSyncedForPacks(registry)) {
            await check(this.context, registry);
            return registry.kind === "pack" ? readLegacy(this.context, registry, known) : undefined;
        }
        const source = await openSource(this.context, registry);
        try {
            const baseContentPaths = basePaths(this.context, registry);
            return await pullAll(this.context, source, { baseContentPaths, known, force });
        } finally {
            await source.close();
        }
    }

    /** Clears the request unless another came in meanwhile. */
    private finish(
        registryUid: string,
        done: { force: boolean },
        change: Partial<SyncState>,
    ): void {
        const again = this.registries.get(registryUid)?.sync.pending !== done;
        this.update(registryUid, again ? change : { ...change, pending: undefined });
    }

    private update(registryUid: string, change: Partial<SyncState>): void {
        const registry = this.registries.get(registryUid);
        if (registry) {
            this.registries.put(registryUid, {
                ...registry,
                sync: { ...registry.sync, ...change },
            });
        }
    }

    private async daily(): Promise<void> {
        const { clock, closing } = this.context;
        for (;;) {
            await clock.sleep(HOUR, closing);
            for (const registry of this.registries.values()) {
                const { lastRunTime } = registry.sync;
                const due = lastRunTime && Date.parse(lastRunTime) + AUTOMATIC < clock.now();
                if (due && !registry.sync.pending && registry.owner.scope !== "system") {
                    this.request(registry, false);
                    // A breath between them: with a thousand registries they need not all start at once.
                    await delay(20, undefined, { signal: closing });
                }
            }
        }
    }
}

export function packsOf(context: Context, registryUid: string): Pack[] {
    return context.packs.values().filter((pack) => pack.registryUid === registryUid);
}

/** A basic registry may have several (switch `basePaths`). */
function basePaths(
    context: Context,
    { kind, spec }: RegistryOf<"ecr"> | RegistryOf<"basic">,
): string[] {
    const path = spec.baseContentPath ?? "";
    return kind === "basic" && context.switches.get("basePaths") === "commas"
        ? path.split(",").map((part) => part.trim())
        : [path];
}

/** Puts the found packs in, keeps the uids of known versions, marks those that are gone. */
function publish(
    context: Context,
    registryUid: string,
    type: PackType,
    { found, kept }: Pulled,
): void {
    const before = packsOf(context, registryUid);
    const there = new Set(kept.map((pack) => pack.uid));
    for (const { content, digest, files } of found) {
        const known = before.find(
            (pack) => pack.name === content.name && pack.version === content.version,
        );
        const pack: Pack = {
            ...content,
            ...movingTags(content.version, content.group),
            uid: known?.uid ?? uid(),
            type,
            registryUid,
            digest,
            files,
            created: known?.created ?? timestamp(context),
        };
        context.packs.put(pack.uid, pack);
        there.add(pack.uid);
    }
    for (const pack of before) {
        if (!there.has(pack.uid) && !pack.deleted) {
            context.packs.put(pack.uid, { ...pack, deleted: true });
        }
    }
}
