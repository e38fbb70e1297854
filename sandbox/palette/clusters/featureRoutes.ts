import type { FastifyInstance, FastifyReply } from "fastify";
import { stringify } from "yaml";
import { ApiError, metadata, notFound, type Scope } from "../context";
import { listOf, object } from "../schema";
import { checkBackupLocation } from "./backupLocation";
import { backupBody, resourceBody, scanBody, workloadsBody } from "./bodies";
import { changeableCluster, type RouteParts } from "./routeParts";
import {
    type Cluster,
    type ClusterResource,
    clusterResource,
    type ResourceRequest,
    type ScanPolicy,
} from "./records";
import type { Workload } from "./render";
import { hasKubeconfig, packs, runs, serving } from "./timeline";

interface Uid {
    Params: { uid: string };
}

const BASE = "/v1/spectroclusters/:uid";

/** Kubeconfigs, scans, backups, namespaces, RBAC, workloads. */
export function featureRoutes(app: FastifyInstance, parts: RouteParts): void {
    kubeconfigRoutes(app, parts);
    policyRoutes(app, parts);
    resourceRoutes(app, parts, "namespaces");
    resourceRoutes(app, parts, "rbacs");
    workloadRoutes(app, parts);
}

function kubeconfigRoutes(app: FastifyInstance, { store, context }: RouteParts): void {
    const users = {
        kubeconfig: "default",
        kubeconfigclient: "client",
        adminKubeconfig: "admin",
        frpKubeconfig: "reverse-proxy",
    };
    for (const [asset, user] of Object.entries(users)) {
        app.get<Uid>(`${BASE}/assets/${asset}`, ({ params, scope }, reply) => {
            const cluster = store.find(params.uid, scope);
            if (!hasKubeconfig(cluster, context.clock.now())) {
                throw notFound("Kubeconfig of cluster", cluster.uid);
            }
            const content = kubeconfig(cluster, user);
            const isPlain = context.switches.get("kubeconfig") === "plain";
            return file(
                reply,
                `${user}-${cluster.name}.kubeconfig`,
                isPlain ? content : Buffer.from(content).toString("base64"),
            );
        });
    }
}

function file(reply: FastifyReply, name: string, content: string): FastifyReply {
    return reply
        .header("content-type", "application/octet-stream")
        .header("content-disposition", `attachment; filename=${name}`)
        .send(Buffer.from(content));
}

/** A kubeconfig of the usual form. Nothing listens at its server: the sandbox runs no Kubernetes. */
function kubeconfig(cluster: Cluster, user: string): string {
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: cluster.name, cluster: { server: `https://${cluster.address}:6443` } }],
        contexts: [{ name: `${user}@${cluster.name}`, context: { cluster: cluster.name, user } }],
        "current-context": `${user}@${cluster.name}`,
        users: [{ name: user, user: { token: `${user}-${cluster.kubeconfigSecret}` } }],
    });
}

function policyRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { store, context } = parts;
    const policies = {
        complianceScan: { key: "scanPolicy", body: scanBody },
        backup: { key: "backupPolicy", body: backupBody },
    } as const;
    const lacking = (cluster: Cluster, feature: string): ApiError => {
        const message = `Cluster '${cluster.name}' has no ${feature}`;
        return feature === "backup" && context.switches.get("noBackup") !== "404"
            ? new ApiError(500, "BackupNotConfigured", message)
            : new ApiError(404, "ResourceNotFound", message);
    };
    for (const [feature, { key, body }] of Object.entries(policies)) {
        const path = `${BASE}/features/${feature}`;
        const about = (cluster: Cluster): object => ({
            uid: cluster.uid,
            name: cluster.name,
            creationTimestamp: cluster.created,
            lastModifiedTimestamp: cluster.modified,
        });
        app.get<Uid>(path, ({ params, scope }) => {
            const cluster = store.find(params.uid, scope);
            const policy = cluster.policies[key];
            if (!policy) {
                throw lacking(cluster, feature);
            }
            return {
                metadata: about(cluster),
                spec: {
                    clusterUid: cluster.uid,
                    ...(key === "scanPolicy"
                        ? { driverSpec: driverSpec(policy as ScanPolicy) }
                        : { config: policy }),
                },
                ...(key === "backupPolicy" && { status: { clusterBackupStatuses: [] } }),
            };
        });
        const set = (
            scope: Scope,
            wanted: string,
            policy: Record<string, unknown> | undefined,
        ): string => {
            const cluster = changeableCluster(parts, wanted, scope);
            if (key === "backupPolicy") {
                checkBackupLocation(context, policy ?? {});
            }
            cluster.policies = { ...cluster.policies, [key]: policy ?? {} };
            store.save(cluster);
            return cluster.uid;
        };
        app.post<Uid & { Body: object }>(
            path,
            { schema: { body } },
            ({ params, body, scope }, reply) =>
                reply
                    .code(201)
                    .send({ uid: set(scope, params.uid, body as Record<string, unknown>) }),
        );
        app.put<Uid & { Body: object }>(
            path,
            { schema: { body } },
            ({ params, body, scope }, reply) => {
                set(scope, params.uid, body as Record<string, unknown>);
                return reply.code(204).send();
            },
        );
    }
    app.delete<Uid>(`${BASE}/features/backup`, ({ params, scope }, reply) => {
        const cluster = changeableCluster(parts, params.uid, scope);
        delete cluster.policies.backupPolicy;
        store.save(cluster);
        return reply.code(204).send();
    });
}

/** On reading, the drivers have names of their own. */
function driverSpec(policy: ScanPolicy): Record<string, object> {
    const drivers = { kubeBench: "kube-bench", kubeHunter: "kube-hunter", sonobuoy: "sonobuoy" };
    return Object.fromEntries(
        Object.entries(drivers).flatMap(([key, driver]) => {
            const schedule = policy[key as keyof ScanPolicy]?.schedule;
            return schedule ? [[driver, { config: { schedule }, isClusterConfig: true }]] : [];
        }),
    );
}

/** `…/config/namespaces` and `…/config/rbacs`: lists that a PUT replaces. */
function resourceRoutes(
    app: FastifyInstance,
    parts: RouteParts,
    kind: "namespaces" | "rbacs",
): void {
    const { store } = parts;
    const items = (cluster: Cluster): ClusterResource[] => cluster[kind];
    const find = (cluster: Cluster, wanted: string): ClusterResource => {
        const resource = items(cluster).find(({ metadata: { uid: id } }) => id === wanted);
        if (!resource) {
            throw notFound(kind, wanted);
        }
        return resource;
    };
    app.get<Uid>(`${BASE}/config/${kind}`, ({ params, scope }) => ({
        items: items(store.find(params.uid, scope)),
    }));
    app.put<Uid & { Body: Record<string, ResourceRequest[] | undefined> }>(
        `${BASE}/config/${kind}`,
        { schema: { body: object({ [kind]: listOf(resourceBody) }) } },
        ({ params, body, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const before = cluster[kind];
            cluster[kind] = (body[kind] ?? []).map((request) => {
                const resource = clusterResource(request);
                const { name } = resource.metadata;
                const kept = name && before.find(({ metadata: old }) => old.name === name);
                return kept
                    ? { ...resource, metadata: { ...resource.metadata, uid: kept.metadata.uid } }
                    : resource;
            });
            store.save(cluster);
            return reply.code(204).send();
        },
    );
    app.get<{ Params: { uid: string; resourceUid: string } }>(
        `${BASE}/config/${kind}/:resourceUid`,
        ({ params, scope }) => find(store.find(params.uid, scope), params.resourceUid),
    );
    app.put<{ Params: { uid: string; resourceUid: string }; Body: { spec?: object } }>(
        `${BASE}/config/${kind}/:resourceUid`,
        { schema: { body: resourceBody } },
        ({ params, body, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const resource = find(cluster, params.resourceUid);
            resource.spec = body.spec ?? {};
            store.save(cluster);
            return reply.code(204).send();
        },
    );
}

/** Objects that the cluster's packs rendered to, as its workloads. */
function workloadRoutes(app: FastifyInstance, { store, context }: RouteParts): void {
    const body = workloadsBody;
    type Request = Uid & { Body?: { filter?: { namespaces?: string[] } } };
    const running = (
        wanted: string,
        scope: Scope,
    ): { cluster: Cluster; workloads: Workload[]; namespaces: string[] } => {
        const cluster = store.find(wanted, scope);
        const now = context.clock.now();
        const rendered = runs(cluster, now)
            ? packs(cluster).flatMap(({ pack }) => serving(cluster, pack, now)?.outcome ?? [])
            : [];
        return {
            cluster,
            workloads: rendered.flatMap((rendering) => rendering.workloads),
            namespaces: [...new Set(rendered.flatMap(({ namespaces }) => namespaces))].sort(),
        };
    };
    const of = (
        request: { params: { uid: string }; body?: Request["Body"]; scope: Scope },
        kind: string,
    ): object[] => {
        const wanted = request.body?.filter?.namespaces ?? [];
        const { cluster, workloads } = running(request.params.uid, request.scope);
        return workloads
            .filter((candidate) => candidate.kind === kind)
            .filter(({ namespace }) => wanted.length === 0 || wanted.includes(namespace))
            .map((item) => workload(cluster, item));
    };
    const kinds = {
        deployment: ["Deployment", "deployments"],
        daemonset: ["DaemonSet", "daemonSets"],
        statefulset: ["StatefulSet", "statefulSets"],
        job: ["Job", "jobs"],
        cronjob: ["CronJob", "cronJobs"],
        pod: ["Pod", "pods"],
    } as const;
    const path = "/v1/dashboard/spectroclusters/:uid/workloads";
    for (const [segment, [kind, member]] of Object.entries(kinds)) {
        app.post<Request>(`${path}/${segment}`, { schema: { body } }, (request) => ({
            [member]: of(request, kind),
        }));
    }
    app.post<Request>(path, { schema: { body } }, (request) => {
        const { cluster } = running(request.params.uid, request.scope);
        const spec = Object.values(kinds).map(([kind, member]) => [member, of(request, kind)]);
        return {
            metadata: { name: cluster.name },
            spec: { ...Object.fromEntries(spec), roleBindings: [], clusterroleBindings: [] },
        };
    });
    app.post<Request>(`${path}/namespace`, { schema: { body } }, ({ params, scope }) => {
        const { cluster, namespaces } = running(params.uid, scope);
        return {
            namespaces: namespaces.map((name) => ({
                metadata: { ...about(cluster, "Namespace", name), namespace: name },
                status: { phase: "Active" },
            })),
        };
    });
    app.post<Request>(`${path}/rolebinding`, { schema: { body } }, () => ({ bindings: [] }));
    app.post<Request>(`${path}/clusterrolebinding`, { schema: { body } }, () => ({ bindings: [] }));
    app.post<Uid>(`${BASE}/workloads/sync`, ({ params, scope }, reply) => {
        store.find(params.uid, scope);
        return reply.code(202).send();
    });
    app.get<Uid>(`${BASE}/namespaces`, ({ params, scope }) => ({
        namespaces: running(params.uid, scope).namespaces.map((namespace) => ({
            namespace,
            pvcCount: 0,
        })),
    }));
}

function about(cluster: Cluster, kind: string, name: string): object {
    return {
        creationTimestamp: metadata(cluster).creationTimestamp,
        entity: { kind, name },
        labels: {},
    };
}

function workload(cluster: Cluster, item: Workload): object {
    const common = {
        metadata: { ...about(cluster, item.kind, item.name), namespace: item.namespace },
    };
    const { replicas } = item;
    switch (item.kind) {
        case "Deployment":
        case "StatefulSet":
            return {
                ...common,
                status: {
                    replicas: {
                        available: replicas,
                        ready: replicas,
                        total: replicas,
                        updated: replicas,
                    },
                },
            };
        case "DaemonSet": {
            const nodes = cluster.pools.reduce((total, { config }) => total + config.size, 0);
            return {
                ...common,
                status: {
                    available: nodes,
                    currentScheduled: nodes,
                    desiredScheduled: nodes,
                    ready: nodes,
                },
            };
        }
        case "CronJob":
            return { ...common, spec: { schedule: item.schedule ?? "" } };
        case "Job":
            return { ...common, status: { succeeded: 1, conditions: [] } };
        default:
            return {
                ...common,
                spec: { containers: item.containers },
                status: { phase: "Running" },
            };
    }
}
