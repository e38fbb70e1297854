import type { AwsClusterInputs } from "./clusterInputs";
import { isUnknown } from "../lifecycle/lifecycle";
import type { MachinePool } from "./poolInputs";

/** A mistake in inputs (`pulumi.dynamic.CheckFailure`). */
export interface Mistake {
    property: string;
    reason: string;
}

/** What the rules look at. */
type Checked = Pick<AwsClusterInputs, "pools" | "backup" | "roleBindings" | "vpcId"> & {
    profiles: unknown[];
};

/** What must hold, the property that is wrong otherwise, and why. */
type Rule = [holds: boolean, property: string, reason: string];

/**
 * What can be told to be wrong of a cluster without asking Palette, so that nothing is sent that Palette would drop
 * silently or refuse half-way. Values that are not known yet pass.
 *
 * @param keyOf How a property (`pools[1].name`) is called where the reader wrote it.
 */
export function clusterMistakes(
    inputs: Checked,
    keyOf: (property: string) => string = (property) => property,
): Mistake[] {
    const { profiles, backup, vpcId } = inputs;
    const pools = known(inputs.pools);
    const roleBindings = known(inputs.roleBindings ?? []);
    const rules: Rule[] = [
        [profiles.length > 0, "profiles", "a cluster needs a profile of type cluster or infra"],
        [
            isUnknown(inputs.pools) ||
                pools.filter(({ controlPlane }) => controlPlane).length === 1,
            "pools",
            "a cluster has exactly one pool of the control plane",
        ],
        ...pools.map(({ name }, index): Rule => {
            const first = pools.findIndex((pool) => pool.name === name);
            return [
                first === index,
                `pools[${index}].name`,
                `"${name}": ${keyOf(`pools[${first}]`)} has this name too; every pool needs a name of its own`,
            ];
        }),
        [
            !backup ||
                isUnknown(backup) ||
                !!(backup.backupLocationName || backup.backupLocationUid),
            "backup",
            "backupLocationName or backupLocationUid is required",
        ],
        ...roleBindings.map(({ type, namespace, role }, index): Rule => [
            (type === "RoleBinding") === !!namespace &&
                (type === "RoleBinding" || role.kind === "ClusterRole"),
            `roleBindings[${index}]`,
            "a RoleBinding needs a namespace; a ClusterRoleBinding has none and names a ClusterRole",
        ]),
        ...(isUnknown(vpcId) ? [] : pools).flatMap((pool, index) =>
            poolRules(pool, `pools[${index}]`, !!vpcId),
        ),
    ];
    return rules
        .filter(([holds]) => !holds)
        .map(([, property, reason]) => ({ property: keyOf(property), reason }));
}

/** A list of which all is known; of another one, nothing can be told. */
function known<T>(list: T[]): T[] {
    return isUnknown(list) ? [] : list;
}

function poolRules(pool: MachinePool, at: string, isStatic: boolean): Rule[] {
    const { minSize, maxSize, size, spotMaxPrice, capacityType, subnets, controlPlane } = pool;
    const isOverride = pool.updateStrategy === "OverrideScaling";
    const overrides = [pool.maxSurge, pool.maxUnavailable].filter(Boolean).length;
    const limits = [minSize, maxSize].filter((limit) => limit !== undefined).length;
    const hasSubnets = Object.keys(subnets ?? {}).length > 0;
    return [
        [limits !== 1, at, "minSize and maxSize go together: they let Palette scale the pool"],
        [
            limits < 2 || (minSize! <= size && size <= maxSize!),
            `${at}.size`,
            `${size} is not between minSize ${minSize} and maxSize ${maxSize}`,
        ],
        [limits === 0 || !controlPlane, at, "a control plane is not autoscaled"],
        [
            !controlPlane || size % 2 === 1,
            `${at}.size`,
            `a control plane has 1, 3 or 5 machines, not ${size}`,
        ],
        [
            !spotMaxPrice || capacityType === "spot",
            `${at}.spotMaxPrice`,
            "spotMaxPrice needs capacityType: spot",
        ],
        [overrides === (isOverride ? 2 : 0), at, OVERRIDE],
        [
            !pool.nodeRepaveInterval || !controlPlane,
            `${at}.nodeRepaveInterval`,
            "nodeRepaveInterval is for worker pools",
        ],
        [!hasSubnets || isStatic, `${at}.subnets`, "subnets need the cluster's vpcId"],
        [
            hasSubnets || !isStatic,
            `${at}.subnets`,
            "a cluster in a VPC of yours (vpcId) needs subnets: zone → id",
        ],
    ];
}

const OVERRIDE =
    "updateStrategy OverrideScaling needs maxSurge and maxUnavailable, others take none";
