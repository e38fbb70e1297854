import { isUnknown } from "../lifecycle/comparison";
import type { Checked, Cloud, Rule } from "./cloud";
import type { ClusterInputs } from "./clusterInputs";
import type { MachinePool } from "./poolInputs";

/** A mistake in inputs (`pulumi.dynamic.CheckFailure`). */
export interface Mistake {
    property: string;
    reason: string;
}

/**
 * What is wrong with the inputs of a cluster as far as that is sure without Palette, so that nothing is sent that Palette
 * would drop silently or refuse half-way. Values that are not known yet pass.
 *
 * @param keyOf How a property (`pools[1].name`) is called where the reader wrote it.
 */
export function clusterMistakes<Inputs extends ClusterInputs>(
    cloud: Pick<Cloud<Inputs>, "rules">,
    inputs: Checked<Inputs>,
    keyOf: (property: string) => string = (property) => property,
): Mistake[] {
    const { profiles, backup } = inputs;
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
        ...pools.flatMap((pool, index) => poolRules(pool, `pools[${index}]`)),
        ...(isUnknown(inputs.pools) ? [] : cloud.rules(inputs)),
    ];
    return rules
        .filter(([holds]) => !holds)
        .map(([, property, reason]) => ({ property: keyOf(property), reason }));
}

/** The list, where all of it is known; else nothing, as no rule can be checked. */
function known<T>(list: T[]): T[] {
    return isUnknown(list) ? [] : list;
}

function poolRules(pool: MachinePool, at: string): Rule[] {
    const { minSize, maxSize, size, controlPlane } = pool;
    const isOverride = pool.updateStrategy === "OverrideScaling";
    const overrides = [pool.maxSurge, pool.maxUnavailable].filter(Boolean).length;
    const limits = [minSize, maxSize].filter((limit) => limit !== undefined).length;
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
        [overrides === (isOverride ? 2 : 0), at, OVERRIDE],
        [
            overrides < 2 || !isNothing(pool.maxSurge) || !isNothing(pool.maxUnavailable),
            at,
            "maxSurge and maxUnavailable are both 0, so that no node could ever be replaced",
        ],
        [
            !pool.nodeRepaveInterval || !controlPlane,
            `${at}.nodeRepaveInterval`,
            "nodeRepaveInterval is for worker pools",
        ],
    ];
}

const isNothing = (share: string | undefined) => /^0+%?$/.test(share ?? "");

const OVERRIDE =
    "updateStrategy OverrideScaling needs maxSurge and maxUnavailable, others take none";
