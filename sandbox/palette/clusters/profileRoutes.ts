import type { FastifyInstance } from "fastify";
import { type Context, invalid, metadata, notFound } from "../context";
import { object, optional, texts } from "../schema";
import { answeredValues } from "../valuesLayout";
import { profiles, profilesBody, variablesBody } from "./bodies";
import { changeableCluster, type RouteParts } from "./routeParts";
import { replaceMachines } from "./pools";
import {
    apply,
    attach,
    checkSet,
    type ProfileRequest,
    type ProfilesRequest,
    repaveReasons,
    type Uid,
} from "./profiles";
import type { AttachedProfile, Cluster, ClusterPack } from "./records";
import { packRoutes } from "./packRoutes";

/** Profiles of a cluster: attach, replace, detach, re-apply; repave; variables. */
export function clusterProfileRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { store, answers, context } = parts;
    const base = "/v1/spectroclusters/:uid";
    app.get<Uid>(`${base}/profiles`, ({ params, scope }) => ({
        profiles: store
            .find(params.uid, scope)
            .profiles.map((profile) => profileAnswer(parts, profile)),
    }));
    app.patch<Uid & { Body: ProfilesRequest }>(
        `${base}/profiles`,
        { schema: { body: profilesBody } },
        ({ params, body: request, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const next = [...cluster.profiles];
            for (const profile of request.profiles ?? []) {
                const replaced = profile.replaceWithProfile || profile.uid;
                const index = next.findIndex(({ uid }) => uid === replaced);
                if (profile.replaceWithProfile && index < 0) {
                    throw invalid(
                        `replaceWithProfile: '${profile.replaceWithProfile}' is not attached`,
                    );
                }
                next.splice(
                    index < 0 ? next.length : index,
                    1,
                    attach(context, store, scope, profile),
                );
            }
            change(parts, cluster, next, request);
            return reply.code(204).send();
        },
    );
    app.put<Uid & { Body: ProfilesRequest }>(
        `${base}/profiles`,
        { schema: { body: profilesBody } },
        ({ params, body: request, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const next = (request.profiles ?? []).map((profile) =>
                attach(context, store, scope, profile),
            );
            change(parts, cluster, next, request);
            return reply.code(204).send();
        },
    );
    app.delete<Uid & { Body?: { profileUids?: string[] } }>(
        `${base}/profiles`,
        { schema: { body: optional(object({ profileUids: texts })) } },
        ({ params, body: request, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const uids = request?.profileUids ?? [];
            const stray = uids.find(
                (uid) => !cluster.profiles.some((profile) => profile.uid === uid),
            );
            if (stray !== undefined) {
                throw notFound("ClusterProfile", stray);
            }
            change(
                parts,
                cluster,
                cluster.profiles.filter(({ uid }) => !uids.includes(uid)),
                {},
            );
            return reply.code(204).send();
        },
    );
    app.get<Uid>(`${base}/profileUpdates`, ({ params, scope }) => ({
        profiles: answers.updates(store.find(params.uid, scope)),
    }));
    app.get<Uid>(`${base}/status/spcApply`, ({ params, scope }) =>
        answers.spcApply(store.find(params.uid, scope)),
    );
    app.post<Uid>(`${base}/status/spcApply`, ({ params, scope }, reply) => {
        const cluster = changeableCluster(parts, params.uid, scope);
        if (cluster.repave?.state !== "Pending") {
            applyWaiting(parts, cluster);
        }
        return reply.code(202).send();
    });
    repaveRoutes(app, parts);
    variableRoutes(app, parts);
    app.get<Uid>(`${base}/packs/resolvedValues`, ({ params, scope }) => ({
        profiles: store.find(params.uid, scope).profiles.map((profile) => ({
            uid: profile.uid,
            resolved: Object.fromEntries(
                profile.packs.map((pack) => [pack.name, store.text(pack.values)]),
            ),
        })),
    }));
    packRoutes(app, parts);
}

function repaveRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { store, answers, context } = parts;
    const base = "/v1/spectroclusters/:uid";
    const reasonAnswer = ({
        code,
        message,
        current,
        target,
    }: {
        code: string;
        message: string;
        current: ClusterPack;
        target: ClusterPack;
    }): object => ({
        code,
        message,
        pack: {
            current: answers.packRef(current),
            target: answers.packRef(target),
            diffConfigKeys: current.version === target.version ? ["values"] : ["version"],
        },
    });
    app.post<Uid & { Body: ProfilesRequest }>(
        `${base}/validate/repave`,
        { schema: { body: object({ profiles }) } },
        ({ params, body: request, scope }) => {
            const cluster = store.find(params.uid, scope);
            const next = (request.profiles ?? []).map((profile) =>
                attach(context, store, scope, profile),
            );
            const reasons = repaveReasons(cluster, next);
            return { isRepaveRequired: reasons.length > 0, reasons: reasons.map(reasonAnswer) };
        },
    );
    app.get<Uid>(`${base}/repave/status`, ({ params, scope }) => {
        const cluster = store.find(params.uid, scope);
        const { repave } = cluster;
        if (!repave) {
            throw notFound("Repave of cluster", cluster.uid);
        }
        return {
            metadata: { uid: cluster.uid, name: cluster.name },
            spec: {
                source: "user",
                spectroClusterUid: cluster.uid,
                reasons: repave.reasons.map(({ code, message }) => ({ code, message })),
            },
            status: {
                state: repave.state,
                message: repave.reasons.map(({ message }) => message).join("; "),
                repaveTransitionTime: new Date(repave.at).toISOString(),
            },
        };
    });
    app.patch<Uid>(`${base}/repave/approve`, ({ params, scope }, reply) => {
        const cluster = changeableCluster(parts, params.uid, scope);
        if (cluster.repave?.state !== "Pending") {
            throw invalid(`Cluster '${cluster.name}' has no repave to approve`);
        }
        cluster.repave = { ...cluster.repave, at: context.clock.now(), state: "Approved" };
        applyWaiting(parts, cluster);
        return reply.code(204).send();
    });
}

function variableRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { store, context } = parts;
    app.get<Uid>("/v1/spectroclusters/:uid/variables", ({ params, scope }) =>
        store.find(params.uid, scope).profiles.map((profile) => ({
            profileUid: profile.uid,
            variables: (context.profiles.get(profile.uid)?.variables ?? []).map((variable) => {
                const { name, isSensitive } = variable;
                // What the user has not set has no value; the default stands beside it.
                const value =
                    profile.variables.find((candidate) => candidate.name === name)?.value ?? "";
                const { defaultValue = "" } = variable;
                const answered = (text: string): string =>
                    isSensitive ? "*".repeat(text.length) : text;
                return {
                    ...variable,
                    defaultValue: answered(defaultValue),
                    value: answered(value),
                };
            }),
        })),
    );
    app.patch<Uid & { Body: { profileUid: string; variables?: ProfileRequest["variables"] }[] }>(
        "/v1/spectroclusters/:uid/variables",
        { schema: { body: variablesBody } },
        ({ params, body: request, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const next = cluster.profiles.map((profile) => {
                const given = request.find(
                    ({ profileUid }) => profileUid === profile.uid,
                )?.variables;
                const kept = profile.variables.filter(
                    ({ name }) => !given?.some((variable) => variable.name === name),
                );
                return attach(context, store, scope, {
                    uid: profile.uid,
                    packValues: profile.packValues,
                    variables: [...kept, ...(given ?? [])],
                });
            });
            change(parts, cluster, next, {});
            return reply.code(204).send();
        },
    );
}

/** Takes the profiles over: at once, when the user says so, or when the repave is approved. */
function change(
    parts: RouteParts,
    cluster: Cluster,
    next: AttachedProfile[],
    request: ProfilesRequest,
): void {
    const { context, store } = parts;
    checkSet(context, next);
    const now = context.clock.now();
    const actionType = request.spcApplySettings?.actionType ?? "DownloadAndInstall";
    const reasons = repaveReasons(cluster, next).map(({ code, message, pack }) => ({
        code,
        message,
        pack,
    }));
    const waits = reasons.length > 0 && context.switches.get("repave") === "pending";
    if (reasons.length > 0) {
        cluster.repave = { at: now, state: waits ? "Pending" : "Approved", reasons };
    }
    cluster.spcApply = { at: now, actionType, waiting: next };
    cluster.history.push({
        at: now,
        reason: "ProfileUpdated",
        message: `Profiles are now ${next.map(({ name, version }) => `${name} ${version}`).join(", ")}`,
        severity: "Info",
    });
    if (waits || actionType === "DownloadAndInstallLater") {
        store.save(cluster);
    } else {
        applyWaiting(parts, cluster);
    }
}

/** Rolls out the profiles that wait; a repave goes through all nodes, control plane first. */
function applyWaiting({ context, store }: RouteParts, cluster: Cluster): void {
    const { waiting, ...rest } = cluster.spcApply ?? {};
    if (!waiting) {
        return;
    }
    const now = context.clock.now();
    const isRepaved = repaveReasons(cluster, waiting).length > 0;
    apply(store, cluster, waiting, now);
    cluster.spcApply = {
        ...(rest as { at: number; actionType: "DownloadAndInstall" }),
        applied: now,
    };
    if (isRepaved) {
        let start = now;
        for (const pool of [...cluster.pools].sort(controlPlaneFirst)) {
            const present = pool.machines.filter(({ removed }) => removed === undefined);
            start = replaceMachines(cluster, pool, start, present);
        }
    }
    store.save(cluster);
}

function controlPlaneFirst(a: Cluster["pools"][number], b: Cluster["pools"][number]): number {
    return Number(b.config.isControlPlane) - Number(a.config.isControlPlane);
}

/** `v1SpectroClusterProfile`. */
function profileAnswer(
    { store, context }: { store: RouteParts["store"]; context: Context },
    profile: AttachedProfile,
): object {
    const stored = context.profiles.get(profile.uid);
    return {
        metadata: stored ? metadata(stored) : { uid: profile.uid, name: profile.name },
        spec: {
            cloudType: profile.cloudType,
            type: profile.type,
            version: profile.revision,
            packs: profile.packs.map((pack) => ({
                metadata: { uid: pack.uid, name: pack.name },
                spec: {
                    name: pack.name,
                    displayName: pack.displayName,
                    version: pack.version,
                    layer: pack.layer,
                    type: pack.type,
                    digest: pack.digest,
                    registryUid: pack.registryUid,
                    values: answeredValues(context, store.text(pack.values)),
                    manifests: pack.manifests.map(({ uid, name }) => ({
                        kind: "manifest",
                        uid,
                        name,
                    })),
                },
                status: {},
            })),
        },
    };
}
