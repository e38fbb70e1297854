import { configKey } from "../lifecycle/configKeys";
import { differ, isUnknown } from "../lifecycle/comparison";
import type { Cluster } from "./clusterStatus";
import type { OsPatch } from "./featureInputs";

/** OS patches as a request takes them (`v1MachineManagementConfig`). */
export function osPatchEntity({ onBoot = false, schedule, after, rebootIfRequired }: OsPatch) {
    return {
        osPatchConfig: {
            patchOnBoot: onBoot,
            schedule: schedule ?? "",
            ...(after && { onDemandPatchAfter: after }),
            rebootIfRequired: rebootIfRequired ?? false,
        },
    };
}

/** What Palette has, in the recorded form wherever nothing was changed. */
export function observedOsPatch({ spec }: Cluster, recorded: OsPatch): OsPatch {
    const config = spec?.clusterConfig?.machineManagementConfig?.osPatchConfig ?? {};
    const { patchOnBoot, schedule, rebootIfRequired } = config;
    const time = Date.parse(config.onDemandPatchAfter ?? "");
    // Go's zero time says that there is none. That of a patch that was made may be gone.
    const after = time > 0 ? config.onDemandPatchAfter : undefined;
    const isRecorded =
        after === undefined ? isPast(recorded) : time === Date.parse(recorded.after ?? "");
    return preferRecorded(
        {
            onBoot: patchOnBoot,
            schedule,
            after: isRecorded ? recorded.after : after,
            rebootIfRequired,
        },
        recorded,
    );
}

/** Whether the time of the patch on demand has come. */
export function isPast({ after }: OsPatch): boolean {
    return after !== undefined && Date.parse(after) <= Date.now();
}

/** Whether the patch on demand is for the recorded time. */
export function hasSameTime({ after }: OsPatch, recorded: OsPatch | undefined): boolean {
    return recorded?.after !== undefined && Date.parse(recorded.after) === Date.parse(after ?? "");
}

/** Without the time of a patch that was asked for before and whose time has come: sent again, it could patch again. */
export function withoutSpentTime(osPatch: OsPatch, recorded: OsPatch | undefined): OsPatch {
    const { after: _, ...rest } = osPatch;
    return isPast(osPatch) && hasSameTime(osPatch, recorded) ? rest : osPatch;
}

/** Why the time of a patch on demand cannot be meant: it is new, and has gone by. */
export function refusalOfTime(
    { name, osPatch }: { name: string; osPatch?: OsPatch },
    recorded: OsPatch | undefined,
): string | undefined {
    if (!osPatch || isUnknown(osPatch) || !isPast(osPatch) || hasSameTime(osPatch, recorded)) {
        return undefined;
    }
    return (
        `${configKey("clusters", name, "cluster")}.osPatch.after: "${osPatch.after}" has gone by ` +
        `(it is ${new Date().toISOString()}), and a patch on demand is for a time to come; set a later one, or remove it`
    );
}

/** Without what is absent, empty or false, which mean the same. */
export function withoutDefaults<T extends object>(object: T): T {
    const entries = Object.entries(object).filter(
        ([, value]) => value && !(Array.isArray(value) && value.length === 0),
    );
    return Object.fromEntries(entries) as T;
}

/** The record, where what was observed means the same; else what was observed. */
export function preferRecorded<T extends object>(observed: T, recorded: T): T {
    const reported = withoutDefaults(observed);
    return differ(reported, withoutDefaults(recorded)) ? reported : recorded;
}
