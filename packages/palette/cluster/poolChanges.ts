import { differ } from "../lifecycle/comparison";
import { sendOnce } from "../lifecycle/createOnce";
import type { PoolShape } from "./cloud";
import { cloudConfigPath, readPools, type CloudConfigRef } from "./cloudConfig";
import { isWithin, observedPools, poolEntity } from "./machinePools";
import type { MachinePool, ObservedPool } from "./poolInputs";
import { palette } from "../api/session";
import { reporter, waitFor, type Report } from "../api/wait";

/**
 * Makes a cluster's pools the wanted ones: adds, changes, then removes, when the machines of all others run. Otherwise
 * Palette answers at once; {@link waitForMachines} waits for the machines.
 *
 * @param recorded The stack's pools so far. Others that are not wanted are left alone, and a refresh shows them.
 * @param minutes Deadline for the machines that have to run before pools are removed.
 */
export async function changePools(
    ref: CloudConfigRef,
    wanted: MachinePool[],
    recorded: MachinePool[],
    minutes: number,
): Promise<void> {
    const shape = ref.cloud.pools;
    const observed = await readPools(ref);
    const existing = observedPools(shape, observed, wanted);
    const pools = `${cloudConfigPath(ref)}/machinePools`;
    const call = { project: ref.project, subject: ref.subject };
    for (const pool of wanted) {
        const current = existing.find(({ name }) => name === pool.name);
        if (current === undefined) {
            await sendOnce<object>(
                { ...call, method: "POST", path: pools, body: poolEntity(shape, pool) },
                async () => (await readPools(ref)).find(({ name }) => name === pool.name),
            );
        } else if (differ(current, pool)) {
            await palette().request({
                ...call,
                method: "PUT",
                path: `${pools}/${pool.name}`,
                body: poolEntity(
                    shape,
                    pool,
                    observed.find(({ name }) => name === pool.name),
                ),
            });
        }
    }
    const removed = surplusPools(observed, wanted, recorded);
    if (removed.length > 0) {
        // What runs on them needs a place to go to.
        await waitForMachines(ref, wanted, [], minutes, reporter(ref.subject));
    }
    for (const name of removed) {
        await palette().find({ ...call, method: "DELETE", path: `${pools}/${name}` });
    }
}

/** What a change of pools does to machines that run, one line for each pool that loses them. */
export function machineChanges<Pool extends MachinePool>(
    { machineProperties }: PoolShape<Pool>,
    before: Pool[],
    after: Pool[],
): string[] {
    return before.flatMap((pool) => {
        const wanted = after.find(({ name }) => name === pool.name);
        if (wanted === undefined) {
            return [`pool ${pool.name} is removed with its machines, when those of all others run`];
        }
        const reshaped = (machineProperties as (keyof Pool & string)[]).filter((key) =>
            differ(pool[key], wanted[key]),
        );
        const changes = reshaped.map(
            (key) => `${key} ${JSON.stringify(pool[key])} → ${JSON.stringify(wanted[key])}`,
        );
        return changes.length === 0
            ? []
            : [`the machines of pool ${pool.name} are replaced: ${changes.join(", ")}`];
    });
}

/** The fields of a machine (`v1AwsMachine` and its like) that are read. */
interface Machine {
    spec?: object;
    status?: { instanceState?: string };
}

/**
 * Waits until every pool has as many machines as it should, all of them running, and none is left of the stack's pools so
 * far (`recorded`) that are not wanted any more.
 */
export async function waitForMachines(
    ref: CloudConfigRef,
    wanted: MachinePool[],
    recorded: MachinePool[],
    minutes: number,
    report: Report,
    requireStill: () => Promise<void> = async () => {},
): Promise<void> {
    const shape = ref.cloud.pools;
    await waitFor(`the machines of ${ref.subject}`, minutes, report, async () => {
        await requireStill();
        const left = surplusPools(await readPools(ref), wanted, recorded);
        if (left.length > 0) {
            return `pool ${left.join(", ")}: being removed`;
        }
        for (const pool of wanted) {
            const listed = await palette().list<Machine>({
                method: "GET",
                path: `${cloudConfigPath(ref)}/machinePools/${pool.name}/machines`,
                project: ref.project,
                subject: ref.subject,
            });
            // Deleted ones may be listed for a while.
            const machines = listed.filter(({ status }) => status?.instanceState !== "Deleted");
            const right = machines.filter(
                ({ status, spec }) =>
                    status?.instanceState === "Running" && shape.isMachineOf(spec, pool),
            );
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

/** Names of the stack's pools that are there and shall not be. */
function surplusPools(
    observed: ObservedPool[],
    wanted: MachinePool[],
    recorded: MachinePool[],
): string[] {
    const has = (pools: { name: string }[], name: string) =>
        pools.some((pool) => pool.name === name);
    return observed
        .map(({ name }) => name)
        .filter((name) => has(recorded, name) && !has(wanted, name));
}
