import { PaletteError } from "../api/paletteError";
import type { Call } from "../api/call";
import { clusterCall, type Cluster, type ClusterRef } from "./clusterStatus";
import type { BackupPolicy, ClusterFeatures, RoleBinding, ScanSchedules } from "./featureInputs";
import { differ, inOrderOf } from "../lifecycle/comparison";
import { isComplete } from "../lifecycle/provider";
import { palette } from "../api/session";
import {
    hasSameTime,
    isPast,
    osPatchEntity,
    observedOsPatch,
    preferRecorded,
    withoutDefaults,
    withoutSpentTime,
} from "./osPatch";

/** The features as the request that creates a cluster takes them. */
export function featureEntities({ scans, backup, roleBindings, osPatch }: ClusterFeatures) {
    return {
        policies: {
            ...(scans && { scanPolicy: scanEntity(scans) }),
            ...(backup && { backupPolicy: backupEntity(backup) }),
        },
        clusterConfig: {
            ...(roleBindings?.length && { resources: { rbacs: rbacEntities(roleBindings) } }),
            ...(osPatch && { machineManagementConfig: osPatchEntity(osPatch) }),
        },
    };
}

/**
 * Writes the features that are not as wanted.
 *
 * @param recorded What they were the last time; absent for a cluster that somebody else made. Where it is not known
 *     whether they are, they are compared with what is there.
 */
export async function changeFeatures(
    ref: ClusterRef,
    cluster: Cluster,
    wanted: ClusterFeatures,
    recorded: ClusterFeatures | undefined,
): Promise<void> {
    const isDue = (key: keyof ClusterFeatures) =>
        recorded && isComplete(recorded)
            ? differ(recorded[key], wanted[key])
            : (wanted[key] ?? recorded?.[key]) !== undefined;
    const observed = await observedFeatures(ref, cluster, {
        ...(isDue("scans") && { scans: wanted.scans ?? {} }),
        ...(isDue("backup") && { backup: wanted.backup ?? NO_BACKUP }),
        ...(isDue("roleBindings") && { roleBindings: wanted.roleBindings ?? [] }),
        ...(isDue("osPatch") && { osPatch: wanted.osPatch ?? {} }),
    });
    const send = (method: Call["method"], path: string, body?: object) =>
        palette().request({ ...clusterCall(ref, method, path), ...(body && { body }) });
    if (isDue("scans") && differ(observed.scans, wanted.scans ?? {})) {
        const exists = (await findFeature(ref, SCANS)) !== undefined;
        await send(exists ? "PUT" : "POST", SCANS, scanEntity(wanted.scans ?? {}));
    }
    if (isDue("backup") && differ(observed.backup, wanted.backup)) {
        const method = observed.backup === undefined ? "POST" : wanted.backup ? "PUT" : "DELETE";
        await send(method, BACKUP, wanted.backup && backupEntity(wanted.backup));
    }
    if (isDue("roleBindings") && differ(observed.roleBindings, wanted.roleBindings ?? [])) {
        await send("PUT", RBACS, { rbacs: rbacEntities(wanted.roleBindings ?? []) });
    }
    const osPatch = wanted.osPatch ?? {};
    // One whose time has come on the way here was not done, though it looks so.
    const hasJustCome = isPast(osPatch) && !hasSameTime(osPatch, recorded?.osPatch);
    if (isDue("osPatch") && (hasJustCome || differ(observed.osPatch, osPatch))) {
        const entity = osPatchEntity(withoutSpentTime(osPatch, recorded?.osPatch));
        await send("PATCH", "/clusterConfig/osPatch", entity);
    }
}

const SCANS = "/features/complianceScan";
const BACKUP = "/features/backup";
const RBACS = "/config/rbacs";

/** Stands for a policy to be looked for that is not configured. */
const NO_BACKUP = {} as BackupPolicy;

/** The features that Palette has, of those that are managed, in the recorded form wherever nothing was changed. */
export async function observedFeatures(
    ref: ClusterRef,
    cluster: Cluster,
    recorded: ClusterFeatures,
): Promise<ClusterFeatures> {
    const { scans, backup, roleBindings, osPatch } = recorded;
    const [observedScans, observedBackup, observedBindings] = await Promise.all([
        scans && readScans(ref),
        backup && readBackup(ref, backup),
        roleBindings && readBindings(ref, roleBindings),
    ]);
    const observedPatch = osPatch && observedOsPatch(cluster, osPatch);
    return {
        ...(observedScans && { scans: observedScans }),
        ...(observedBackup && { backup: observedBackup }),
        ...(observedBindings && { roleBindings: observedBindings }),
        ...(observedPatch && { osPatch: observedPatch }),
    };
}

/** A schedule is removed by an empty one. */
function scanEntity({ configuration = "", penetration = "", conformance = "" }: ScanSchedules) {
    const at = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
    return { kubeBench: at(configuration), kubeHunter: at(penetration), sonobuoy: at(conformance) };
}

function backupEntity({ schedule, ...policy }: BackupPolicy) {
    return { ...policy, schedule: { scheduledRunTime: schedule } };
}

/** One entity for each binding, as the official Terraform provider sends them. */
function rbacEntities(bindings: RoleBinding[]) {
    return bindings.map((binding) => ({ spec: { bindings: [binding] } }));
}

/** Palette has codes of its own for a feature that is not configured. */
async function findFeature<T>(ref: ClusterRef, path: string): Promise<T | undefined> {
    try {
        return await palette().find<T>(clusterCall(ref, "GET", path));
    } catch (error) {
        if (error instanceof PaletteError && error.code === "BackupNotConfigured") {
            return undefined;
        }
        throw error;
    }
}

async function readScans(ref: ClusterRef): Promise<ScanSchedules> {
    const scan = await findFeature<{
        spec?: {
            driverSpec?: Record<
                string,
                { config?: { schedule?: { scheduledRunTime?: string } } } | undefined
            >;
        };
    }>(ref, SCANS);
    const scheduled = (driver: string) =>
        scan?.spec?.driverSpec?.[driver]?.config?.schedule?.scheduledRunTime || undefined;
    return withoutDefaults({
        configuration: scheduled("kube-bench"),
        penetration: scheduled("kube-hunter"),
        conformance: scheduled("sonobuoy"),
    });
}

async function readBackup(
    ref: ClusterRef,
    recorded: BackupPolicy,
): Promise<BackupPolicy | undefined> {
    const backup = await findFeature<{
        spec?: {
            config?: Omit<BackupPolicy, "schedule"> & { schedule?: { scheduledRunTime?: string } };
        };
    }>(ref, BACKUP);
    const config = backup?.spec?.config;
    const schedule = config?.schedule?.scheduledRunTime;
    if (config === undefined || !schedule) {
        return undefined;
    }
    const { backupLocationName: name, backupLocationUid: uid } = recorded;
    const observed: BackupPolicy = {
        backupPrefix: config.backupPrefix,
        // Palette may report both name and uid of a location where one was given.
        ...((name || !uid) && { backupLocationName: config.backupLocationName ?? name }),
        ...((uid || !name) && { backupLocationUid: config.backupLocationUid ?? uid }),
        schedule,
        durationInHours: config.durationInHours,
        includeAllDisks: config.includeAllDisks,
        includeClusterResourceMode:
            config.includeClusterResourceMode ?? recorded.includeClusterResourceMode,
        namespaces: inOrderOf(
            config.namespaces ?? [],
            recorded.namespaces ?? [],
            (namespace) => namespace,
        ),
    };
    const reported = preferRecorded(observed, recorded);
    return reported === recorded
        ? recorded
        : { ...reported, includeAllDisks: !!observed.includeAllDisks };
}

/** The bindings that people made; Palette makes some itself. */
async function readBindings(ref: ClusterRef, recorded: RoleBinding[]): Promise<RoleBinding[]> {
    const rbacs = await findFeature<{
        items?: { spec?: { bindings?: RoleBinding[] | null; isSystem?: boolean } }[];
    }>(ref, RBACS);
    const observed = (rbacs?.items ?? [])
        .filter(({ spec }) => !spec?.isSystem)
        .flatMap(({ spec }) => spec?.bindings ?? [])
        .map(plainBinding);
    const known = recorded.map((binding) => ({ binding, plain: plainBinding(binding) }));
    return inOrderOf(
        observed,
        known.map(({ plain }) => plain),
        (binding) => JSON.stringify(binding),
    ).map((binding) => known.find(({ plain }) => !differ(plain, binding))?.binding ?? binding);
}

/** In one order of keys and subjects, without what is empty. */
function plainBinding({ type, namespace, role, subjects }: RoleBinding): RoleBinding {
    return {
        type,
        ...(namespace && { namespace }),
        role: { kind: role.kind, name: role.name },
        subjects: (subjects ?? [])
            .map((subject) => ({
                type: subject.type,
                name: subject.name,
                ...(subject.namespace && { namespace: subject.namespace }),
            }))
            .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
    };
}
