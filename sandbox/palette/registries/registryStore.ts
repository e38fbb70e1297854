import {
    ApiError,
    type Context,
    type InputMetadata,
    invalid,
    keptMetadata,
    notFound,
    refuseDuplicate,
    timestamp,
    uid as newUid,
} from "../context";
import { checkSpec, validate } from "./kinds";
import {
    type Kind,
    registries,
    type Registry,
    requireChangeable,
    type Spec,
    type Target,
    withStoredSecrets,
} from "./registry";
import { packsOf } from "./sync";

/** What a call says of a registry that it creates or updates. */
export interface RegistryInput {
    metadata: InputMetadata;
    spec: Spec;
}

/** Palette's registries of all kinds, and what it refuses when one is created, updated or deleted. */
export class RegistryStore {
    private readonly store;

    constructor(private readonly context: Context) {
        this.store = registries(context);
    }

    async create(kind: Kind, input: RegistryInput): Promise<Registry> {
        const { context } = this;
        const target = { kind, spec: input.spec } as Target;
        const name = input.metadata.name || ("name" in input.spec ? input.spec.name : undefined);
        if (!name) {
            throw invalid("metadata.name is required");
        }
        checkSpec(context, target);
        this.refuseTaken(kind, name);
        if (context.switches.get("createValidates") === "yes") {
            await validate(context, target);
            // The check took its time: another create may have been quicker.
            this.refuseTaken(kind, name);
        }
        const now = timestamp(context);
        const registry: Registry = {
            uid: newUid(),
            name,
            owner: { scope: "tenant" },
            ...keptMetadata(context, "registry", input.metadata),
            created: now,
            modified: now,
            ...target,
            sync: { phase: "none", message: "" },
            isDefault: false,
        };
        return this.store.put(registry.uid, registry);
    }

    async update(kind: Kind, uid: string, input: RegistryInput): Promise<Registry> {
        const { context } = this;
        const stored = this.find(kind, uid);
        requireChangeable(stored);
        const spec = withStoredSecrets(context, { kind, spec: input.spec } as Target, stored.spec);
        const target = { kind, spec } as Target;
        checkSpec(context, target);
        const name = input.metadata.name || stored.name;
        if (name !== stored.name) {
            this.refuseTaken(kind, name);
        }
        if (context.switches.get("createValidates") === "yes") {
            await validate(context, target);
        }
        return this.store.put(uid, {
            // Read again: a sync may have written meanwhile.
            ...this.find(kind, uid),
            name,
            ...keptMetadata(context, "registry", input.metadata),
            modified: timestamp(context),
            ...target,
        });
    }

    /** Deletes a registry with its packs; what Palette does while a profile uses one is a switch. */
    remove(registry: Registry): void {
        requireChangeable(registry);
        const packs = packsOf(this.context, registry.uid);
        const uids = new Set(packs.map((pack) => pack.uid));
        const user = this.context.profiles
            .values()
            .find((profile) =>
                [profile.draft, profile.published].some((side) =>
                    side?.packs.some((pack) => uids.has(pack.uid)),
                ),
            );
        const position = this.context.switches.get("registryInUse");
        if (user && position !== "deleted") {
            throw new ApiError(
                Number(position),
                "RegistryInUse",
                `Registry '${registry.name}' is used by cluster profile '${user.name}'`,
            );
        }
        this.store.delete(registry.uid);
        uids.forEach((uid) => this.context.packs.delete(uid));
    }

    /** Throws 404 where there is no registry of that kind. */
    find(kind: Kind, uid: string): Registry {
        const registry = this.store.get(uid);
        if (registry?.kind !== kind) {
            throw notFound("Registry", uid);
        }
        return registry;
    }

    /** A name is taken among the OCI registries (both kinds), the legacy ones or the Helm ones, not across them. */
    private refuseTaken(kind: Kind, name: string): void {
        const taken = this.store
            .values()
            .some((registry) => family(registry.kind) === family(kind) && registry.name === name);
        if (taken) {
            refuseDuplicate(this.context, "Registry", name);
        }
    }

    get(uid: string): Registry | undefined {
        return this.store.get(uid);
    }

    inScope(scope = "all"): Registry[] {
        return this.store
            .values()
            .filter((registry) => scope === "all" || registry.owner.scope === scope);
    }
}

/** What Palette's list of all registries calls a kind: both OCI kinds are one. */
export function family(kind: Kind): "oci" | "pack" | "helm" {
    return kind === "ecr" || kind === "basic" ? "oci" : kind;
}
