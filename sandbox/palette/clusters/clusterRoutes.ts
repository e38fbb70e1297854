import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import {
    ApiError,
    type InputMetadata,
    invalid,
    keptMetadata,
    notFound,
    ownerOf,
    type Scope,
    uid,
} from "../context";
import { checkBackupLocation } from "./backupLocation";
import { clusterBody, rateBody } from "./bodies";
import { hoursOf, rate } from "./costs";
import { checkName, isNameTaken, type RouteParts, nameTaken } from "./routeParts";
import { addPool, checkPools, type PoolRequest, toConfig } from "./pools";
import { apply, attach, checkSet, type ProfileRequest } from "./profiles";
import { type Cluster, clusterResource, type ResourceRequest, type ScanPolicy } from "./records";
import type { ClusterStore } from "./clusterStore";
import { settingsRoutes } from "./settingsRoutes";
import { FORCE_DELETE_AFTER, state } from "./timeline";
import { packFindings, poolFindings } from "./validation";

interface ClusterRequest {
    metadata: InputMetadata;
    spec: {
        cloudAccountUid: string;
        cloudConfig: {
            region: string;
            sshKeyName?: string;
            vpcId?: string;
            controlPlaneLoadBalancer?: string;
        };
        profiles?: ProfileRequest[];
        machinepoolconfig?: PoolRequest[];
        policies?: { scanPolicy?: ScanPolicy; backupPolicy?: Record<string, unknown> };
        clusterConfig?: Record<string, unknown> & {
            location?: Record<string, unknown>;
            resources?: { namespaces?: ResourceRequest[]; rbacs?: ResourceRequest[] };
        };
    };
}

/** Create, validate, read and delete clusters. */
export function clusterLifeRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { context, store, accounts, answers } = parts;
    app.get<{ Querystring: { name?: string } }>(
        "/v1/spectroclusters/validate/name",
        ({ scope, query }, reply) => {
            checkName(query.name);
            if (isNameTaken(parts, scope, query.name!)) {
                throw nameTaken(context, query.name!);
            }
            return reply.code(204).send();
        },
    );
    app.post<{ Body: ClusterRequest }>(
        "/v1/spectroclusters/aws/validate",
        { schema: { body: clusterBody } },
        ({ body, scope }) => {
            accounts.find(body.spec.cloudAccountUid, scope);
            return {
                machinePools: { results: poolFindings(accounts.catalog, body.spec) },
                profiles: (body.spec.profiles ?? []).map((profile) => ({
                    uid: profile.uid ?? "",
                    packs: {
                        results: packFindings(context, scope, body.spec.profiles ?? [], profile),
                    },
                })),
            };
        },
    );
    app.post<{
        Body: { cloudConfig?: { region: string }; machinepoolconfig?: PoolRequest[] };
        Querystring: { periodType?: string };
    }>(
        "/v1/spectroclusters/aws/rate",
        {
            schema: { body: rateBody },
        },
        ({ body, query }) =>
            rate(
                accounts.catalog,
                "",
                body.cloudConfig?.region ?? context.seed.region,
                (body.machinepoolconfig ?? []).map(toConfig),
                hoursOf(query.periodType),
            ),
    );
    app.post<{ Body: ClusterRequest }>(
        "/v1/spectroclusters/aws",
        { schema: { body: clusterBody } },
        ({ body, scope }, reply) => reply.code(201).send({ uid: create(parts, scope, body).uid }),
    );
    app.get<{ Params: { uid: string } }>("/v1/spectroclusters/:uid", ({ params, scope }) =>
        answers.cluster(store.find(params.uid, scope)),
    );
    app.get<{ Params: { uid: string } }>("/v1/spectroclusters/:uid/status", ({ params, scope }) => {
        const cluster = store.find(params.uid, scope);
        return answers.hasStatus(cluster)
            ? { status: { state: state(cluster, context.clock.now()) } }
            : {};
    });
    app.get<{ Params: { uid: string }; Querystring: { periodType?: string } }>(
        "/v1/spectroclusters/:uid/rate",
        ({ params, query, scope }) => {
            const cluster = store.find(params.uid, scope);
            const pools = cluster.pools.map(({ config }) => config);
            const { region } = cluster.cloudConfig;
            const hours = hoursOf(query.periodType);
            return rate(accounts.catalog, cluster.name, region, pools, hours);
        },
    );
    app.delete<{ Params: { uid: string }; Querystring: { forceDelete?: string } }>(
        "/v1/spectroclusters/:uid",
        ({ params, query, scope }, reply) => {
            remove(parts, store.find(params.uid, scope), query.forceDelete === "true");
            return reply.code(204).send();
        },
    );
    settingsRoutes(app, parts);
}

function create(parts: RouteParts, scope: Scope, body: ClusterRequest): Cluster {
    const { context, store, accounts } = parts;
    const { metadata, spec } = body;
    const owner = ownerOf(scope);
    checkName(metadata.name);
    const name = metadata.name!;
    if (
        isNameTaken(parts, scope, name) &&
        context.switches.get("duplicateName") !== "secondObject"
    ) {
        throw nameTaken(context, name);
    }
    const account = accounts.find(spec.cloudAccountUid, scope);
    const { controlPlaneLoadBalancer: balancer = "" } = spec.cloudConfig;
    if (!["", "Internet-facing", "internal"].includes(balancer)) {
        throw invalid(
            `controlPlaneLoadBalancer '${balancer}': there are Internet-facing, internal`,
        );
    }
    const pools = spec.machinepoolconfig ?? [];
    checkPools(pools);
    const profiles = (spec.profiles ?? []).map((request) => attach(context, store, scope, request));
    checkSet(context, profiles);
    checkBackupLocation(context, spec.policies?.backupPolicy ?? {});
    const problems = poolFindings(accounts.catalog, body.spec).flatMap(({ errors }) => errors);
    const [problem] = problems;
    if (problem && context.switches.get("unfitCluster") === "refused") {
        const message = problems.map((finding) => finding.message).join("; ");
        throw new ApiError(400, problem.code, message, { errors: problems });
    }
    const now = context.clock.now();
    const { location, resources, ...clusterConfig } = spec.clusterConfig ?? {};
    const fault = problem
        ? { provisioning: problems.map((finding) => finding.message).join("; ") }
        : store.faults.get(name);
    const cluster: Cluster = {
        uid: uid(),
        name,
        owner,
        ...keptMetadata(context, "cluster", metadata),
        created: new Date(now).toISOString(),
        modified: new Date(now).toISOString(),
        createdAt: now,
        cloudAccountUid: account.uid,
        cloudConfigUid: uid(),
        cloudConfig: spec.cloudConfig,
        clusterConfig,
        policies: spec.policies ?? {},
        profiles: [],
        pools: [],
        nextIndex: 0,
        address: freeAddress(store),
        ports: {},
        kubeconfigSecret: randomBytes(24).toString("base64url"),
        namespaces: (resources?.namespaces ?? []).map(clusterResource),
        rbacs: (resources?.rbacs ?? []).map(clusterResource),
        ...(location && { location }),
        history: [],
        ...(fault && { fault }),
    };
    pools.forEach((request) => addPool(cluster, request, now));
    apply(store, cluster, profiles, now);
    store.save(cluster);
    return cluster;
}

/** A loopback address of the cluster's own, outside 127.0.x.x where others listen. */
function freeAddress(store: ClusterStore): string {
    const used = new Set(store.all.values().map(({ address }) => address));
    for (;;) {
        const [b, c, d] = [...randomBytes(3)] as [number, number, number];
        const address = `127.${64 + (b % 128)}.${c}.${1 + (d % 254)}`;
        if (!used.has(address)) {
            return address;
        }
    }
}

function remove({ context, store }: RouteParts, cluster: Cluster, force: boolean): void {
    const now = context.clock.now();
    if (state(cluster, now) === "Deleted") {
        throw notFound("Cluster", cluster.uid);
    }
    if (force && context.switches.get("earlyForceDelete") === "refused") {
        if (cluster.deletion === undefined || now < cluster.deletion + FORCE_DELETE_AFTER) {
            throw new ApiError(
                400,
                "ForceDeleteNotAllowed",
                `Cluster '${cluster.name}' can be force deleted after 15 minutes in Deleting`,
            );
        }
    }
    // Asking again for what is under way changes nothing.
    cluster.deletion ??= now;
    if (force) {
        cluster.forced ??= now;
    }
    store.save(cluster);
}
