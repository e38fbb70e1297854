import { differ, sendOnce } from "./lifecycle";
import { palette } from "./session";
import type { Report } from "./wait";
import { waitFor } from "./wait";

/** What EC2 asks for the machines of a pool. */
export type CapacityType = "on-demand" | "spot";

/** How the machines of a pool are replaced (`v1UpdateStrategy`). */
export type UpdateStrategy = "RollingUpdateScaleOut" | "RollingUpdateScaleIn" | "OverrideScaling";

/** A taint of Kubernetes nodes (`v1Taint`). */
export interface Taint {
    key: string;
    value?: string;
    effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

/** A pool of EC2 machines. What is optional is absent when it is not configured. */
export interface MachinePool {
    name: string;
    controlPlane: boolean;
    /** Whether workloads may run on the control plane's machines. */
    controlPlaneAsWorker: boolean;
    /** Number of machines; of an autoscaled pool the number that it starts with. */
    size: number;
    /** With {@link maxSize}: limits of the autoscaler, between which any number of machines is right. */
    minSize?: number;
    maxSize?: number;
    instanceType: string;
    /** Root disk, in GiB. */
    diskSize: number;
    /** Absent means on-demand. */
    capacityType?: CapacityType;
    /** Limit of a spot machine's hourly price, in US dollars. Absent: EC2's own. */
    spotMaxPrice?: string;
    availabilityZones: string[];
    /** Zone → id of the subnet for its machines. Needs the cluster's `vpcId`. */
    subnets?: Record<string, string>;
    /** Labels of the Kubernetes nodes. */
    labels: Record<string, string>;
    taints?: Taint[];
    updateStrategy: UpdateStrategy;
    /** With `OverrideScaling`: machines above (number or percentage) and below the size meanwhile. */
    maxSurge?: string;
    maxUnavailable?: string;
    /** Seconds that a node must be Ready before the next one is replaced; worker pools only. */
    nodeRepaveInterval?: number;
}

/** A pool in the answer of `GET /v1/cloudconfigs/aws/{uid}`: flat, unlike in a request. */
export interface SeenPool {
    name: string;
    size?: number;
    isControlPlane?: boolean;
    useControlPlaneAsWorker?: boolean;
    instanceType?: string;
    rootDeviceSize?: number;
    azs?: string[] | null;
    additionalLabels?: Record<string, string> | null;
    updateStrategy?: { type?: MachinePool["updateStrategy"] };
}

/** A pool as a request takes it (`v1AwsMachinePoolConfigEntity`): nested. */
export function poolEntity(pool: MachinePool) {
    return {
        poolConfig: {
            name: pool.name,
            size: pool.size,
            isControlPlane: pool.controlPlane,
            useControlPlaneAsWorker: pool.controlPlaneAsWorker,
            labels: [pool.controlPlane ? "control-plane" : "worker"],
            additionalLabels: pool.labels,
            updateStrategy: { type: pool.updateStrategy },
            taints: [],
        },
        cloudConfig: {
            instanceType: pool.instanceType,
            rootDeviceSize: pool.diskSize,
            capacityType: "on-demand",
            azs: pool.availabilityZones,
            subnets: [],
        },
    };
}

/** The pools that Palette has, in the recorded order; what an answer leaves out is taken from the record. */
export function seenPools(seen: SeenPool[], recorded: MachinePool[]): MachinePool[] {
    const order = ({ name }: SeenPool) => {
        const index = recorded.findIndex((pool) => pool.name === name);
        return index < 0 ? recorded.length : index;
    };
    return [...seen]
        .sort((one, other) => order(one) - order(other))
        .map((pool) => {
            const known = recorded.find(({ name }) => name === pool.name);
            return {
                name: pool.name,
                controlPlane: pool.isControlPlane ?? known?.controlPlane ?? false,
                controlPlaneAsWorker:
                    pool.useControlPlaneAsWorker ?? known?.controlPlaneAsWorker ?? false,
                size: pool.size ?? known?.size ?? 0,
                instanceType: pool.instanceType ?? known?.instanceType ?? "",
                diskSize: pool.rootDeviceSize ?? known?.diskSize ?? 0,
                availabilityZones: pool.azs ?? known?.availabilityZones ?? [],
                labels: pool.additionalLabels ?? known?.labels ?? {},
                updateStrategy:
                    pool.updateStrategy?.type ?? known?.updateStrategy ?? "RollingUpdateScaleOut",
            };
        });
}

/** Where the pools of one cluster are in the API. */
export interface PoolsOf {
    cloudConfigUid: string;
    project: string;
    subject: string;
}

const pathOf = ({ cloudConfigUid }: PoolsOf) => `/v1/cloudconfigs/aws/${cloudConfigUid}`;

/** Reads the pools of a cluster. */
export async function readPools(of: PoolsOf): Promise<SeenPool[]> {
    const { spec } = await palette().request<{ spec?: { machinePoolConfig?: SeenPool[] } }>({
        method: "GET",
        path: pathOf(of),
        project: of.project,
        subject: of.subject,
    });
    return spec?.machinePoolConfig ?? [];
}

/**
 * Makes a cluster's pools the wanted ones: adds, changes, then removes. Palette answers at once;
 * {@link waitForMachines} tells when the machines are there.
 */
export async function changePools(of: PoolsOf, wanted: MachinePool[]): Promise<void> {
    const there = await readPools(of);
    const known = seenPools(there, wanted);
    const pools = `${pathOf(of)}/machinePools`;
    const call = { project: of.project, subject: of.subject };
    for (const pool of wanted) {
        const current = known.find(({ name }) => name === pool.name);
        if (current === undefined) {
            await sendOnce<object>(
                { ...call, method: "POST", path: pools, body: poolEntity(pool) },
                async () => (await readPools(of)).find(({ name }) => name === pool.name),
            );
        } else if (differ(current, pool)) {
            await palette().request({
                ...call,
                method: "PUT",
                path: `${pools}/${pool.name}`,
                body: poolEntity(pool),
            });
        }
    }
    for (const { name } of there.filter((pool) => !wanted.some((one) => one.name === pool.name))) {
        await palette().find({ ...call, method: "DELETE", path: `${pools}/${name}` });
    }
}

/** Waits until every pool has as many machines as it should, all of them running. */
export async function waitForMachines(
    of: PoolsOf,
    wanted: MachinePool[],
    minutes: number,
    report: Report,
): Promise<void> {
    await waitFor(`the machines of ${of.subject}`, minutes, report, async () => {
        for (const pool of wanted) {
            const machines = await palette().list<{ status?: { instanceState?: string } }>({
                method: "GET",
                path: `${pathOf(of)}/machinePools/${pool.name}/machines`,
                project: of.project,
                subject: of.subject,
            });
            const running = machines.filter(({ status }) => status?.instanceState === "Running");
            if (machines.length !== pool.size || running.length !== pool.size) {
                return `pool ${pool.name}: ${running.length} of ${machines.length} machines running, ${pool.size} wanted`;
            }
        }
        return {};
    });
}
