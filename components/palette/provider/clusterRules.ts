import type { AwsClusterInputs } from "./clusterInputs";
import type { MachinePool } from "./poolInputs";

/** A mistake in inputs (`pulumi.dynamic.CheckFailure`). */
export interface Mistake {
    property: string;
    reason: string;
}

/**
 * What can be told to be wrong of a cluster without asking Palette, so that nothing is sent that Palette would drop
 * silently or refuse half-way. Values that are not known yet pass.
 */
export function clusterMistakes(inputs: AwsClusterInputs): Mistake[] {
    const { pools, profiles, backup, roleBindings = [], vpcId } = inputs;
    const names = pools.map(({ name }) => name);
    const rules: [boolean, string, string][] = [
        [profiles.length > 0, "profiles", "a cluster needs a profile of type cluster or infra"],
        [
            pools.filter(({ controlPlane }) => controlPlane).length === 1,
            "pools",
            "a cluster has exactly one pool of the control plane",
        ],
        [new Set(names).size === names.length, "pools", "every pool needs a name of its own"],
        [
            !backup || !!(backup.backupLocationName || backup.backupLocationUid),
            "backup",
            "backupLocationName or backupLocationUid is required",
        ],
        ...roleBindings.map(({ type, namespace, role }, index): [boolean, string, string] => [
            (type === "RoleBinding") === !!namespace &&
                (type === "RoleBinding" || role.kind === "ClusterRole"),
            `roleBindings[${index}]`,
            "a RoleBinding needs a namespace; a ClusterRoleBinding has none and names a ClusterRole",
        ]),
    ];
    return [...failures(rules), ...pools.flatMap((pool) => poolMistakes(pool, !!vpcId))];
}

function poolMistakes(pool: MachinePool, isStatic: boolean): Mistake[] {
    const { minSize, maxSize, size, spotMaxPrice, capacityType, subnets, controlPlane } = pool;
    const isOverride = pool.updateStrategy === "OverrideScaling";
    const overrides = [pool.maxSurge, pool.maxUnavailable].filter(Boolean).length;
    const limits = [minSize, maxSize].filter((limit) => limit !== undefined).length;
    const hasSubnets = Object.keys(subnets ?? {}).length > 0;
    const at = `pools[${pool.name}]`;
    return failures([
        [limits !== 1, at, "minSize and maxSize go together"],
        [
            limits < 2 || (minSize! <= size && size <= maxSize!),
            at,
            `size ${size} is not between minSize ${minSize} and maxSize ${maxSize}`,
        ],
        [limits === 0 || !controlPlane, at, "a control plane is not autoscaled"],
        [
            !controlPlane || size % 2 === 1,
            at,
            `a control plane has 1, 3 or 5 machines, not ${size}`,
        ],
        [!spotMaxPrice || capacityType === "spot", at, "spotMaxPrice needs capacityType: spot"],
        [overrides === (isOverride ? 2 : 0), at, OVERRIDE],
        [!pool.nodeRepaveInterval || !controlPlane, at, "nodeRepaveInterval is for worker pools"],
        [!hasSubnets || isStatic, at, "subnets need the cluster's vpcId"],
        [
            hasSubnets || !isStatic,
            at,
            "a cluster in a VPC of yours (vpcId) needs subnets: zone → id",
        ],
    ]);
}

const OVERRIDE =
    "updateStrategy OverrideScaling needs maxSurge and maxUnavailable, others take none";

function failures(rules: [boolean, string, string][]): Mistake[] {
    return rules.filter(([holds]) => !holds).map(([, property, reason]) => ({ property, reason }));
}
