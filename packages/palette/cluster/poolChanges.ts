import { differ, sendOnce } from "../lifecycle/lifecycle";
import {
    isWithin,
    pathOf,
    poolEntity,
    readPools,
    observedPools,
    type PoolsOf,
    type ObservedPool,
} from "./machinePools";
import type { MachinePool } from "./poolInputs";
import { palette } from "../api/session";
import { reporter, waitFor, type Report } from "../api/wait";

/** Properties whose change makes all machines of a pool anew. */
const SHAPE = [
    "instanceType",
    "diskSize",
    "capacityType",
    "spotMaxPrice",
    "availabilityZones",
    "subnets",
] as const;

/**
 * Makes a cluster's pools the wanted ones: adds, changes, then removes, when the machines of all others run. Otherwise
 * Palette answers at once; {@link waitForMachines} tells when the machines are there.
 *
 * @param recorded The stack's pools so far. Others that are not wanted are left alone, and a refresh tells of them.
 * @param minutes Deadline for the machines that have to run before pools are removed.
 */
export async function changePools(
    of: PoolsOf,
    wanted: MachinePool[],
    recorded: MachinePool[],
    minutes: number,
): Promise<void> {
    const there = await readPools(of);
    const known = observedPools(there, wanted);
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
                body: poolEntity(
                    pool,
                    there.find(({ name }) => name === pool.name),
                ),
            });
        }
    }
    const removed = leaving(there, wanted, recorded);
    if (removed.length > 0) {
        // What runs on them needs a place to go to.
        await waitForMachines(of, wanted, [], minutes, reporter(of.subject));
    }
    for (const name of removed) {
        await palette().find({ ...call, method: "DELETE", path: `${pools}/${name}` });
    }
}

/** Names of the stack's pools that are there and shall not be. */
function leaving(there: ObservedPool[], wanted: MachinePool[], recorded: MachinePool[]): string[] {
    const has = (pools: { name: string }[], name: string) => pools.some((one) => one.name === name);
    return there
        .map(({ name }) => name)
        .filter((name) => has(recorded, name) && !has(wanted, name));
}

/** What a change of pools does to machines that run, one line for each pool that loses them. */
export function machineChanges(before: MachinePool[], after: MachinePool[]): string[] {
    return before.flatMap((pool) => {
        const now = after.find(({ name }) => name === pool.name);
        if (now === undefined) {
            return [`pool ${pool.name} is removed with its machines, when those of all others run`];
        }
        const reshaped = SHAPE.filter((key) => differ(pool[key], now[key]));
        const changes = reshaped.map(
            (key) => `${key} ${JSON.stringify(pool[key])} → ${JSON.stringify(now[key])}`,
        );
        return changes.length === 0
            ? []
            : [`the machines of pool ${pool.name} are replaced: ${changes.join(", ")}`];
    });
}

/** The fields of `v1AwsMachine` that are read. */
interface Machine {
    spec?: { instanceType?: string };
    status?: { instanceState?: string };
}

/**
 * Waits until every pool has as many machines as it should, all of them running, and none is left of the stack's pools so
 * far (`recorded`) that are not wanted any more.
 */
export async function waitForMachines(
    of: PoolsOf,
    wanted: MachinePool[],
    recorded: MachinePool[],
    minutes: number,
    report: Report,
    requireStill: () => Promise<void> = async () => {},
): Promise<void> {
    await waitFor(`the machines of ${of.subject}`, minutes, report, async () => {
        await requireStill();
        const left = leaving(await readPools(of), wanted, recorded);
        if (left.length > 0) {
            return `pool ${left.join(", ")}: being removed`;
        }
        for (const pool of wanted) {
            const all = await palette().list<Machine>({
                method: "GET",
                path: `${pathOf(of)}/machinePools/${pool.name}/machines`,
                project: of.project,
                subject: of.subject,
            });
            // Deleted ones may be listed for a while.
            const machines = all.filter(({ status }) => status?.instanceState !== "Deleted");
            const right = machines.filter(({ status, spec }) => {
                const isOfType = (spec?.instanceType ?? pool.instanceType) === pool.instanceType;
                return status?.instanceState === "Running" && isOfType;
            });
            const size = isWithin(pool, machines.length) ? machines.length : pool.size;
            if (machines.length !== size || right.length !== size) {
                const failed = machines.filter(
                    ({ status }) => status?.instanceState === "Failed",
                ).length;
                const trouble = failed > 0 ? `, ${failed} failed` : "";
                return `pool ${pool.name}: ${right.length} of ${machines.length} machines running, ${size} wanted${trouble}`;
            }
        }
        return {};
    });
}
