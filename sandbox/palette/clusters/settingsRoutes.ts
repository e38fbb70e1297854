import type { FastifyInstance } from "fastify";
import { type InputMetadata, keptMetadata } from "../context";
import { inputMetadata, object, text } from "../schema";
import { clusterConfigBodies, locationBody } from "./bodies";
import {
    checkName,
    isNameTaken,
    changeableCluster,
    type RouteParts,
    nameTaken,
} from "./routeParts";

/** The annotation that says whether the cluster's agent may be upgraded. */
const UPGRADE_SETTING = "spectroComponentsUpgradeForbidden";

/** Name, labels, location and other settings of a cluster that change nothing on its nodes. */
export function settingsRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { context, store } = parts;
    app.patch<{ Params: { uid: string }; Body: { metadata: InputMetadata } }>(
        "/v1/spectroclusters/:uid/metadata",
        { schema: { body: object({ metadata: inputMetadata }, ["metadata"]) } },
        ({ params, body, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const { name } = body.metadata;
            if (name && name !== cluster.name) {
                checkName(name);
                if (isNameTaken(parts, scope, name)) {
                    throw nameTaken(context, name);
                }
                cluster.name = name;
            }
            const input = keptMetadata(context, "cluster", body.metadata);
            if (body.metadata.labels) {
                cluster.labels = input.labels;
            }
            if (body.metadata.annotations) {
                // The agent's setting is another call's.
                const { [UPGRADE_SETTING]: setting } = cluster.annotations;
                cluster.annotations = {
                    ...input.annotations,
                    ...(setting !== undefined && { [UPGRADE_SETTING]: setting }),
                };
            }
            store.save(cluster);
            return reply.code(204).send();
        },
    );
    app.put<{ Params: { uid: string }; Body: { location?: Record<string, unknown> } }>(
        "/v1/spectroclusters/:uid/location",
        { schema: { body: locationBody } },
        ({ params, body, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            cluster.location = body.location ?? {};
            store.save(cluster);
            return reply.code(204).send();
        },
    );
    clusterConfigRoutes(app, parts);
}

/** The parts of `spec.clusterConfig` that can be changed; each replaces its own member. */
function clusterConfigRoutes(app: FastifyInstance, parts: RouteParts): void {
    const members: Record<string, (body: Record<string, unknown>) => Record<string, unknown>> = {
        timezone: (body) => ({ timezone: body.timezone }),
        osPatch: (body) => ({ machineManagementConfig: body }),
        lifecycleConfig: (body) => ({ lifecycleConfig: body }),
        clusterMetaAttribute: (body) => ({ clusterMetaAttribute: body.clusterMetaAttribute }),
        controlPlaneHealthCheckTimeout: (body) => ({
            controlPlaneHealthCheckTimeout: body.controlPlaneHealthCheckTimeout,
        }),
    };
    for (const [member, change] of Object.entries(members)) {
        app.patch<{ Params: { uid: string }; Body: Record<string, unknown> }>(
            `/v1/spectroclusters/:uid/clusterConfig/${member}`,
            { schema: { body: clusterConfigBodies[member as keyof typeof clusterConfigBodies] } },
            ({ params, body, scope }, reply) => {
                const cluster = changeableCluster(parts, params.uid, scope);
                cluster.clusterConfig = { ...cluster.clusterConfig, ...change(body) };
                parts.store.save(cluster);
                return reply.code(204).send();
            },
        );
    }
    app.post<{ Params: { uid: string }; Body: { spectroComponents?: string } }>(
        "/v1/spectroclusters/:uid/upgrade/settings",
        { schema: { body: object({ spectroComponents: text }) } },
        ({ params, body, scope }, reply) => {
            const cluster = changeableCluster(parts, params.uid, scope);
            const forbidden = String(body.spectroComponents === "lock");
            cluster.annotations = {
                ...cluster.annotations,
                [UPGRADE_SETTING]: forbidden,
            };
            parts.store.save(cluster);
            return reply.code(204).send();
        },
    );
}
