import type { FastifyInstance } from "fastify";
import { type Context, metadata, notFound, requireTenantAdmin } from "../context";
import { list, type ListQuery } from "../lists";
import { inputMetadata, object } from "../schema";
import { checkSpec, specSchemas, validate } from "./kinds";
import {
    describe,
    isPrivate,
    type Kind,
    type RegistryOf,
    skipsSync,
    requireTenant,
    type Spec,
    syncStatus,
    type Target,
} from "./registry";
import { family, type RegistryInput, RegistryStore } from "./registryStore";
import { Syncs } from "./sync";

type Uid = { Params: { uid: string } };
type Body = { Body: RegistryInput };

/** `/v1/registries`: all kinds, their validation and sync. */
export function registryRoutes(app: FastifyInstance, context: Context): void {
    const syncs = new Syncs(context);
    app.addHook("onClose", () => syncs.settled());
    const routes = new RegistryRoutes(context, new RegistryStore(context), syncs);
    routes.ofKind(app, "ecr", "/v1/registries/oci/ecr", "/v1/registries/oci/:uid/ecr");
    routes.ofKind(app, "basic", "/v1/registries/oci/basic", "/v1/registries/oci/:uid/basic");
    routes.ofKind(app, "pack", "/v1/registries/pack", "/v1/registries/pack/:uid");
    routes.ofKind(app, "helm", "/v1/registries/helm", "/v1/registries/helm/:uid");
    routes.lists(app);
    routes.ofAnyKind(app);
}

class RegistryRoutes {
    constructor(
        private readonly context: Context,
        private readonly store: RegistryStore,
        private readonly syncs: Syncs,
    ) {}

    /** Validation and creation at `create`, the calls about one registry at `one`. */
    ofKind(app: FastifyInstance, kind: Kind, create: string, registryPath: string): void {
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
                const registry = await this.store.create(kind, input);
                if (query.skipPackSync !== "true" && !skipsSync(registry)) {
                    this.syncs.request(registry, false);
                }
                return reply.code(201).send({ uid: registry.uid });
            },
        );
        app.get<Uid>(registryPath, ({ scope, params }) => {
            requireTenantAdmin(scope);
            return describe(context, this.store.find(kind, params.uid));
        });
        app.put<Uid & Body>(
            registryPath,
            { schema: { body } },
            async ({ scope, params, body: input }, reply) => {
                requireTenant(scope);
                const registry = await this.store.update(kind, params.uid, input);
                if (context.switches.get("syncOnUpdate") === "yes") {
                    this.syncs.request(registry, false);
                }
                return reply.code(204).send();
            },
        );
        app.delete<Uid>(registryPath, ({ scope, params }, reply) => {
            requireTenant(scope);
            this.store.remove(this.store.find(kind, params.uid));
            return reply.code(204).send();
        });
        app.post<Uid & { Querystring: { forceSync?: string } }>(
            `${registryPath}/sync`,
            ({ scope, params, query }, reply) => {
                requireTenant(scope);
                this.syncs.request(this.store.find(kind, params.uid), query.forceSync === "true");
                return reply.code(202).send();
            },
        );
        app.get<Uid>(`${registryPath}/sync/status`, ({ params }) =>
            syncStatus(context, this.store.find(kind, params.uid)),
        );
    }

    lists(app: FastifyInstance): void {
        const { context } = this;
        app.get<{ Querystring: { scope?: string } }>("/v1/registries/metadata", ({ query }) => ({
            items: this.store.inScope(query.scope).map((registry) => ({
                uid: registry.uid,
                name: registry.name,
                kind: family(registry.kind),
                scope: registry.owner.scope,
                isPrivate: isPrivate(registry),
                isDefault: registry.isDefault,
            })),
        }));
        app.get("/v1/registries/oci/summary", () => ({
            items: this.store
                .inScope()
                .flatMap((registry) =>
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
                        this.store
                            .inScope(query.scope)
                            .filter((registry) => registry.kind === kind)
                            .map((registry) => describe(context, registry)),
                        query,
                    ),
            );
            app.get<{ Querystring: ListQuery & { scope?: string } }>(
                `/v1/registries/${kind}/summary`,
                ({ query }) =>
                    list(
                        this.store
                            .inScope(query.scope)
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
            this.store.remove(registry);
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
                    .inScope()
                    .find(({ name, kind }) => name === params.registryName && kind !== "ecr");
                if (!registry || registry.kind === "ecr") {
                    throw notFound("Registry", params.registryName);
                }
                const { endpoint, auth } = registry.spec;
                return { config: { name: registry.name, endpoint, auth } };
            },
        );
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
