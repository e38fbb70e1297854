import { finding, type Finding } from "../findings/finding";
import { resolveParameter } from "../format/parameterReference";
import { isMapping, valueAt } from "../format/sourceDocument";
import type { Member, ProfilePool } from "./profile";
import { parseQuantity } from "../format/quantity";

type Resource = "cpu" | "memory" | "diskSize";
type Group = "worker" | "control plane";

/** How each resource is counted (Palette documentation, "Pack Resource Constraints"). */
const resources: Record<
    Resource,
    { shown: string; baseUnits: number; ofMachine: (pool: ProfilePool) => number | undefined }
> = {
    cpu: {
        shown: "millicores of CPU",
        baseUnits: 1e-3,
        ofMachine: ({ cpu }) => (cpu === undefined ? undefined : cpu * 1000),
    },
    memory: { shown: "MiB of memory", baseUnits: 2 ** 20, ofMachine: ({ memory }) => memory },
    diskSize: { shown: "GB of disk", baseUnits: 1e9, ofMachine: ({ diskSize }) => diskSize },
};

const groupsOf = new Map<unknown, readonly Group[]>([
    ["all", ["worker", "control plane"]],
    ["worker", ["worker"]],
    ["master", ["control plane"]],
    ["control-plane", ["control plane"]],
]);

/** What a pack asks of a group of pools: of each of them, or of all together. */
interface Demand {
    pack: string;
    resource: Resource;
    group: Group;
    amount: number;
    ofEach: boolean;
}

/**
 * Checks what the custom packs of a profile ask for against the pools, as Palette does: size of the
 * pool times what one machine has. A minimum is asked of each worker pool; requests of components
 * come from the values, times the replicas, and take the place of the minimum. What is not known,
 * such as a request that is a macro, is left out.
 */
export function checkResources(
    members: readonly Member[],
    pools: readonly ProfilePool[],
): Finding[] {
    const demands = members.flatMap(demandsOf);
    const findings = demands.flatMap((demand) => checkDemand(demand, pools));
    return findings.length > 0 ? findings : checkTotals(demands, pools);
}

function demandsOf({ name, pack, valuesRoot }: Member): Demand[] {
    const list = valueAt(pack?.packJson, ["constraints", "resources"]);
    if (!Array.isArray(list)) {
        return [];
    }
    return list.flatMap((item: unknown): Demand[] => {
        if (!isMapping(item) || !isResource(item.type)) {
            return [];
        }
        const resource = item.type;
        const components = Array.isArray(item.components) ? item.components : [];
        if (components.length === 0) {
            const amount = item.minLimit;
            if (typeof amount !== "number" || amount <= 0) {
                return [];
            }
            return [{ pack: name, resource, group: "worker", amount, ofEach: true }];
        }
        const sums = new Map<Group, number>();
        for (const component of components as unknown[]) {
            if (!isMapping(component)) {
                continue;
            }
            const amount = requestOf(component, resource, valuesRoot) ?? 0;
            for (const group of groupsOf.get(component.scheduleType) ?? []) {
                sums.set(group, (sums.get(group) ?? 0) + amount);
            }
        }
        return [...sums].flatMap(([group, amount]) =>
            amount > 0 ? [{ pack: name, resource, group, amount, ofEach: false }] : [],
        );
    });
}

function isResource(type: unknown): type is Resource {
    return typeof type === "string" && Object.hasOwn(resources, type);
}

/** Request of a component in the unit of the resource; undefined where it is not known. */
function requestOf(
    component: Record<string, unknown>,
    resource: Resource,
    valuesRoot: Readonly<Record<string, unknown>>,
): number | undefined {
    const at = (reference: unknown) =>
        typeof reference === "string" && reference !== ""
            ? resolveParameter(valuesRoot, reference)
            : undefined;
    const request = parseQuantity(at(component.resourceRequestParamRef));
    if (request === undefined) {
        return undefined;
    }
    const count = at(component.replicaCountParamRef);
    const replicas = count === undefined ? 1 : parseQuantity(count);
    return replicas === undefined
        ? undefined
        : (request / resources[resource].baseUnits) * replicas;
}

function checkDemand(demand: Demand, pools: readonly ProfilePool[]): Finding[] {
    const { pack, resource, group, amount, ofEach } = demand;
    const own = poolsOf(group, pools);
    const tried = ofEach ? own.map((pool) => [pool]) : [own];
    return tried.flatMap((some) => {
        const capacity = capacityOf(some, resource);
        if (capacity === undefined || capacity >= amount) {
            return [];
        }
        const message =
            `${pack} needs ${rounded(amount)} ${resources[resource].shown}; ` +
            `${describe(some, group)} has ${rounded(capacity)}.`;
        const help = "Choose larger or more machines, or lower what the pack asks for.";
        return [finding("profile-resources", {}, message, { help })];
    });
}

/** Palette looks at each pack alone; all of them have to fit nevertheless. */
function checkTotals(demands: readonly Demand[], pools: readonly ProfilePool[]): Finding[] {
    const findings: Finding[] = [];
    for (const resource of Object.keys(resources) as Resource[]) {
        for (const group of ["worker", "control plane"] as const) {
            const own = demands.filter(
                (demand) => demand.resource === resource && demand.group === group,
            );
            const packs = [...new Set(own.map(({ pack }) => pack))];
            const amount = own.reduce((sum, demand) => sum + demand.amount, 0);
            const some = poolsOf(group, pools);
            const capacity = capacityOf(some, resource);
            if (packs.length < 2 || capacity === undefined || capacity >= amount) {
                continue;
            }
            const message =
                `${packs.join(", ")} need ${rounded(amount)} ${resources[resource].shown} together; ` +
                `${describe(some, group)} has ${rounded(capacity)}.`;
            const help = "Choose larger or more machines.";
            findings.push(finding("profile-resources-total", {}, message, { help }));
        }
    }
    return findings;
}

function poolsOf(group: Group, pools: readonly ProfilePool[]): ProfilePool[] {
    return pools.filter(({ controlPlane, controlPlaneAsWorker }) =>
        group === "control plane" ? controlPlane : !controlPlane || controlPlaneAsWorker === true,
    );
}

/** What pools have in all; undefined where one of them is not known, or there is none. */
function capacityOf(pools: readonly ProfilePool[], resource: Resource): number | undefined {
    let sum: number | undefined = pools.length > 0 ? 0 : undefined;
    for (const pool of pools) {
        const machine = resources[resource].ofMachine(pool);
        sum = sum === undefined || machine === undefined ? undefined : sum + pool.size * machine;
    }
    return sum;
}

function describe(pools: readonly ProfilePool[], group: Group): string {
    const names = pools.map(({ name }) => name).join(", ");
    return pools.length === 1 ? `the pool ${names}` : `the ${group} (${names})`;
}

function rounded(amount: number): number {
    return Math.round(amount * 10) / 10;
}
