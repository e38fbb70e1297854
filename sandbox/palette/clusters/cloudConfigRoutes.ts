import type { FastifyInstance } from "fastify";
import { ApiError, invalid, notFound, type Scope } from "../context";
import { list, type ListQuery } from "../lists";
import { object, oneOf } from "../schema";
import { cloudConfigBody, poolBody } from "./bodies";
import { cloudConfigAnswer, machineAnswers } from "./cloudConfigAnswers";
import { changeableCluster, type RouteParts } from "./routeParts";
import { addPool, changePool, checkPool, type PoolRequest } from "./pools";
import type { Cluster, Pool } from "./records";
import { machines } from "./timeline";

interface Address {
    configUid: string;
    pool: string;
    machine: string;
}

/** `/v1/cloudconfigs/aws/{configUid}`: pools and machines of a cluster. */
export function cloudConfigRoutes(app: FastifyInstance, parts: RouteParts): void {
    const { store, accounts, context } = parts;
    const base = "/v1/cloudconfigs/aws/:configUid";
    const changeable = (scope: Scope, configUid: string): Cluster =>
        changeableCluster(parts, store.byCloudConfig(configUid, scope).uid, scope);
    const poolOf = (cluster: Cluster, name: string): Pool => {
        const pool = cluster.pools.find((candidate) => candidate.name === name);
        if (!pool) {
            throw notFound("MachinePool", name);
        }
        return pool;
    };
    const note = (cluster: Cluster, reason: string, message: string): void => {
        cluster.history.push({ at: context.clock.now(), reason, message, severity: "Info" });
        store.save(cluster);
    };

    app.get<{ Params: Address }>(base, ({ params, scope }) => {
        const cluster = store.byCloudConfig(params.configUid, scope);
        return cloudConfigAnswer(cluster, accounts.reference(cluster.cloudAccountUid));
    });
    app.put<{ Params: Address; Body: { clusterConfig?: Cluster["cloudConfig"] } }>(
        `${base}/clusterConfig`,
        { schema: { body: cloudConfigBody } },
        ({ params, body, scope }, reply) => {
            const cluster = changeable(scope, params.configUid);
            const { region, sshKeyName, vpcId } = cluster.cloudConfig;
            // Where a cluster stands and who can log in does not change.
            cluster.cloudConfig = {
                ...body.clusterConfig,
                region,
                ...(sshKeyName !== undefined && { sshKeyName }),
                ...(vpcId !== undefined && { vpcId }),
            };
            store.save(cluster);
            return reply.code(204).send();
        },
    );
    app.post<{ Params: Address; Body: PoolRequest }>(
        `${base}/machinePools`,
        { schema: { body: poolBody } },
        ({ params, body, scope }, reply) => {
            const cluster = changeable(scope, params.configUid);
            const { name, isControlPlane } = body.poolConfig;
            if (cluster.pools.some((pool) => pool.name === name)) {
                throw new ApiError(
                    409,
                    "MachinePoolAlreadyExists",
                    `Machine pool '${name}' exists`,
                );
            }
            if (isControlPlane) {
                throw invalid("a cluster has one control plane pool");
            }
            checkPool(body);
            const uid = addPool(cluster, body, context.clock.now());
            note(cluster, "MachinePoolAdded", `Machine pool ${name} is added`);
            return reply.code(201).send({ uid });
        },
    );
    app.put<{ Params: Address; Body: PoolRequest }>(
        `${base}/machinePools/:pool`,
        { schema: { body: poolBody } },
        ({ params, body, scope }, reply) => {
            const cluster = changeable(scope, params.configUid);
            const pool = poolOf(cluster, params.pool);
            if (body.poolConfig.name !== pool.name) {
                throw invalid(`poolConfig.name: the pool is called '${pool.name}'`);
            }
            if ((body.poolConfig.isControlPlane ?? false) !== pool.config.isControlPlane) {
                throw invalid(`poolConfig.isControlPlane of pool '${pool.name}' cannot be changed`);
            }
            checkPool(body);
            changePool(cluster, pool, body, context.clock.now());
            note(
                cluster,
                "MachinePoolUpdated",
                `Machine pool ${pool.name} has ${pool.config.size} nodes to run`,
            );
            return reply.code(204).send();
        },
    );
    app.delete<{ Params: Address }>(`${base}/machinePools/:pool`, ({ params, scope }, reply) => {
        const cluster = changeable(scope, params.configUid);
        const pool = poolOf(cluster, params.pool);
        if (pool.config.isControlPlane) {
            throw invalid("the control plane pool cannot be deleted");
        }
        cluster.pools = cluster.pools.filter((candidate) => candidate !== pool);
        note(cluster, "MachinePoolDeleted", `Machine pool ${pool.name} is deleted`);
        return reply.code(204).send();
    });
    app.get<{ Params: Address; Querystring: ListQuery }>(
        `${base}/machinePools/:pool/machines`,
        ({ params, query, scope }) => {
            const cluster = store.byCloudConfig(params.configUid, scope);
            return list(
                machineAnswers(cluster, poolOf(cluster, params.pool), context.clock.now()),
                query,
            );
        },
    );
    app.get<{ Params: Address }>(
        `${base}/machinePools/:pool/machines/:machine`,
        ({ params, scope }) => {
            const cluster = store.byCloudConfig(params.configUid, scope);
            const pool = poolOf(cluster, params.pool);
            const now = context.clock.now();
            const index = machines(cluster, pool, now).findIndex(
                ({ machine }) => machine.uid === params.machine,
            );
            if (index < 0) {
                throw notFound("Machine", params.machine);
            }
            return machineAnswers(cluster, pool, now)[index];
        },
    );
    app.put<{ Params: Address; Body: { action?: string } }>(
        "/v1/cloudconfigs/:cloudType/:configUid/machinePools/:pool/machines/:machine/maintenance",
        { schema: { body: object({ action: oneOf("cordon", "uncordon") }) } },
        ({ params, body, scope }, reply) => {
            const cluster = changeable(scope, params.configUid);
            const pool = poolOf(cluster, params.pool);
            const machine = pool.machines.find(({ uid }) => uid === params.machine);
            if (!machine) {
                throw notFound("Machine", params.machine);
            }
            note(
                cluster,
                "MachineMaintenance",
                `Machine ${machine.name}: ${body.action ?? "cordon"}`,
            );
            return reply.code(204).send();
        },
    );
    app.get<{ Params: Address }>(
        "/v1/cloudconfigs/:configUid/machinePools/machineUids",
        ({ params, scope }) => {
            const cluster = store.byCloudConfig(params.configUid, scope);
            return {
                machinePools: Object.fromEntries(
                    cluster.pools.map((pool) => [
                        pool.name,
                        {
                            machineUids: machines(cluster, pool, context.clock.now()).map(
                                ({ machine }) => machine.uid,
                            ),
                        },
                    ]),
                ),
            };
        },
    );
}
