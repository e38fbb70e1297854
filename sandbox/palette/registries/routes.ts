import type { FastifyInstance } from "fastify";
import {
    ApiError,
    type Context,
    type InputMetadata,
    invalid,
    keptMetadata,
    metadata,
    notFound,
    refuseDuplicate,
    requireTenantAdmin,
    timestamp,
    uid,
} from "../context";
import { list, type ListQuery } from "../lists";
import { inputMetadata, object } from "../schema";
import { paletteAccount } from "../awsAccount";
import { checkSpec, specSchemas, validate } from "./kinds";
import {
    describe,
    isPrivate,
    type Kind,
    registries,
    type Registry,
    type RegistryOf,
    skipsSync,
    requireTenant,
    requireChangeable,
    type Spec,
    syncStatus,
    type Target,
    withStoredSecrets,
} from "./registry";
import { packsOf, Syncs } from "./sync";

type Uid = { Params: { uid: string } };
type Body = { Body: { metadata: InputMetadata; spec: Spec } };

/** `/v1/registries`: all kinds, their validation and sync. */
export function registryRoutes(app: FastifyInstance, context: Context): void {
    const syncs = new Syncs(context);
    app.addHook("onClose", () => syncs.settled());
    const routes = new RegistryRoutes(context, syncs);
    routes.ofKind(app, "ecr", "/v1/registries/oci/ecr", "/v1/registries/oci/:uid/ecr");
    routes.ofKind(app, "basic", "/v1/registries/oci/basic", "/v1/registries/oci/:uid/basic");
    routes.ofKind(app, "pack", "/v1/registries/pack", "/v1/registries/pack/:uid");
    routes.ofKind(app, "helm", "/v1/registries/helm", "/v1/registries/helm/:uid");
    routes.lists(app);
    routes.ofAnyKind(app);
    // What a role that Palette shall assume has to trust.
    app.get<{ Querystring: { partition?: string } }>("/v1/clouds/aws/account/sts", ({ query }) => {
        const { partition = "aws" } = query;
        if (!["aws", "aws-us-gov"].includes(partition)) {
            throw invalid(`partition '${partition}': there are aws, aws-us-gov`);
        }
        switch (context.switches.get("awsAccountSts")) {
            case "told":
                return {
                    accountId: paletteAccount(partition),
                    externalId: context.externalId,
                    partition,
                };
            case "empty":
                return {};
            case "emptyStrings":
                return { accountId: "", externalId: "", partition: "" };
        }
    });
}

class RegistryRoutes {
    private readonly store;

    constructor(
        private readonly context: Context,
        private readonly syncs: Syncs,
    ) {
        this.store = registries(context);
    }

    /** Validate and create below `create`, the rest below `one`. */
    ofKind(app: FastifyInstance, kind: Kind, create: string, one: string): void {
        const { context } = this;
        const body = object({ metadata: inputMetadata, spec: specSchemas[kind] }, [
            "metadata",
            "spec",
        ]);
        app.post<{ Body: Spec }>(
            `${create}/validate`,
            { schema: { body: specSchemas[kind] } },
            async ({ scope, body: spec }, reply) => {
                requireTenant(scope);
                const target = { kind, spec } as Target;
                checkSpec(context, target);
                await validate(context, target);
                return reply.code(204).send();
            },
        );
        app.post<Body & { Querystring: { skipPackSync?: string } }>(
            create,
            { schema: { body } },
            async ({ scope, body: input, query }, reply) => {
                requireTenant(scope);
                const registry = await this.create(kind, input);
                if (query.skipPackSync !== "true" && !skipsSync(registry)) {
                    this.syncs.request(registry, false);
                }
                return reply.code(201).send({ uid: registry.uid });
            },
        );
        app.get<Uid>(one, ({ scope, params }) => {
            requireTenantAdmin(scope);
            return describe(context, this.find(kind, params.uid));
        });
        app.put<Uid & Body>(
            one,
            { schema: { body } },
            async ({ scope, params, body: input }, reply) => {
                requireTenant(scope);
                const registry = await this.update(kind, params.uid, input);
                if (context.switches.get("syncOnUpdate") === "yes") {
                    this.syncs.request(registry, false);
                }
                return reply.code(204).send();
            },
        );
        app.delete<Uid>(one, ({ scope, params }, reply) => {
            requireTenant(scope);
            this.remove(this.find(kind, params.uid));
            return reply.code(204).send();
        });
        app.post<Uid & { Querystring: { forceSync?: string } }>(
            `${one}/sync`,
            ({ scope, params, query }, reply) => {
                requireTenant(scope);
                this.syncs.request(this.find(kind, params.uid), query.forceSync === "true");
                return reply.code(202).send();
            },
        );
        app.get<Uid>(`${one}/sync/status`, ({ params }) =>
            syncStatus(context, this.find(kind, params.uid)),
        );
    }

    lists(app: FastifyInstance): void {
        const { context } = this;
        app.get<{ Querystring: { scope?: string } }>("/v1/registries/metadata", ({ query }) => ({
            items: this.inScope(query.scope).map((registry) => ({
                uid: registry.uid,
                name: registry.name,
                kind: registry.kind === "ecr" || registry.kind === "basic" ? "oci" : registry.kind,
                scope: registry.owner.scope,
                isPrivate: isPrivate(registry),
                isDefault: registry.isDefault,
            })),
        }));
        app.get("/v1/registries/oci/summary", () => ({
            items: this.inScope().flatMap((registry) =>
                registry.kind === "ecr" || registry.kind === "basic"
                    ? [this.summaryOfOci(registry)]
                    : [],
            ),
        }));
        for (const kind of ["pack", "helm"] as const) {
            app.get<{ Querystring: ListQuery & { scope?: string } }>(
                `/v1/registries/${kind}`,
                ({ query }) =>
                    list(
                        this.inScope(query.scope)
                            .filter((registry) => registry.kind === kind)
                            .map((registry) => describe(context, registry)),
                        query,
                    ),
            );
            app.get<{ Querystring: ListQuery & { scope?: string } }>(
                `/v1/registries/${kind}/summary`,
                ({ query }) =>
                    list(
                        this.inScope(query.scope)
                            .filter((registry) => registry.kind === kind)
                            .map((registry) => ({
                                metadata: metadata(registry),
                                spec: {
                                    endpoint: registry.spec.endpoint,
                                    [kind === "pack" ? "private" : "isPrivate"]:
                                        isPrivate(registry),
                                    scope: registry.owner.scope,
                                },
                                status: { sync: syncStatus(context, registry) },
                            })),
                        query,
                    ),
            );
        }
    }

    ofAnyKind(app: FastifyInstance): void {
        app.delete<Uid>("/v1/registries/:uid", ({ scope, params }, reply) => {
            requireTenant(scope);
            const registry = this.store.get(params.uid);
            if (!registry) {
                throw notFound("Registry", params.uid);
            }
            this.remove(registry);
            return reply.code(204).send();
        });
        // These two answer the credentials in full, as the real ones do.
        app.get<Uid>("/v1/registries/oci/:uid", ({ scope, params }) => {
            requireTenantAdmin(scope);
            const registry = this.store.get(params.uid);
            if (registry?.kind === "ecr") {
                const { credentials = {}, endpoint, defaultRegion, providerType } = registry.spec;
                const { accessKey: username, secretKey: password } = credentials;
                const auth = { type: "basic", username, password };
                const { scope: own } = registry.owner;
                return { type: "ecr", endpoint, defaultRegion, providerType, scope: own, auth };
            }
            if (registry?.kind === "basic") {
                const { auth, endpoint, providerType } = registry.spec;
                return { type: "basic", endpoint, providerType, scope: registry.owner.scope, auth };
            }
            throw notFound("OCI registry", params.uid);
        });
        app.get<{ Params: { registryName: string } }>(
            "/v1/registries/:registryName/config",
            ({ scope, params }) => {
                requireTenantAdmin(scope);
                const registry = this.store
                    .values()
                    .find((one) => one.name === params.registryName && one.kind !== "ecr");
                if (!registry || registry.kind === "ecr") {
                    throw notFound("Registry", params.registryName);
                }
                const { endpoint, auth } = registry.spec;
                return { config: { name: registry.name, endpoint, auth } };
            },
        );
    }

    private async create(kind: Kind, input: Body["Body"]): Promise<Registry> {
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
            uid: uid(),
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

    private async update(kind: Kind, wanted: string, input: Body["Body"]): Promise<Registry> {
        const { context } = this;
        const stored = this.find(kind, wanted);
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
        return this.store.put(wanted, {
            // Read again: a sync may have written meanwhile.
            ...this.find(kind, wanted),
            name,
            ...keptMetadata(context, "registry", input.metadata),
            modified: timestamp(context),
            ...target,
        });
    }

    private remove(registry: Registry): void {
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
        uids.forEach((one) => this.context.packs.delete(one));
    }

    private find(kind: Kind, wanted: string): Registry {
        const registry = this.store.get(wanted);
        if (registry?.kind !== kind) {
            throw notFound("Registry", wanted);
        }
        return registry;
    }

    /** Names are told apart within OCI (both kinds), legacy pack and Helm registries. */
    private refuseTaken(kind: Kind, name: string): void {
        const family = (one: Kind): string => (one === "ecr" || one === "basic" ? "oci" : one);
        const taken = this.store
            .values()
            .some((one) => family(one.kind) === family(kind) && one.name === name);
        if (taken) {
            refuseDuplicate(this.context, "Registry", name);
        }
    }

    private inScope(scope = "all"): Registry[] {
        return this.store
            .values()
            .filter((registry) => scope === "all" || registry.owner.scope === scope);
    }

    private summaryOfOci(registry: RegistryOf<"ecr"> | RegistryOf<"basic">): object {
        const { endpoint, providerType, containsSpectroManifest = false } = registry.spec;
        const upper = this.context.switches.get("registryType") === "upperCase";
        return {
            metadata: metadata(registry),
            spec: {
                endpoint,
                providerType: providerType ?? "helm",
                registryType: upper ? registry.kind.toUpperCase() : registry.kind,
                isPrivate: isPrivate(registry),
                containsSpectroManifest,
                defaultRegion: registry.kind === "ecr" ? (registry.spec.defaultRegion ?? "") : "",
                scope: registry.owner.scope,
            },
            status: { sync: syncStatus(this.context, registry) },
        };
    }
}
