import { parseDocument } from "yaml";
import { ApiError, type Context, invalid, notFound, type Scope, visible } from "../context";
import { type Pack, type Profile, type ProfilePack, type ProfileTemplate } from "../stored";
import { packEvents } from "./events";
import { variablesUsed } from "./macros";
import type { AttachedProfile, Cluster, ClusterPack, PackOverride } from "./records";
import type { ClusterStore } from "./clusterStore";
import { packs, schedule, serving } from "./timeline";

/** `v1SpectroClusterProfileEntity`. */
export interface ProfileRequest {
    uid?: string;
    packValues?: PackOverride[];
    replaceWithProfile?: string;
    variables?: { name: string; value?: string }[];
}

/** The profiles of a cluster, as a request sets them (`v1SpectroClusterProfiles`). */
export interface ProfilesRequest {
    profiles?: ProfileRequest[];
    spcApplySettings?: { actionType?: "DownloadAndInstall" | "DownloadAndInstallLater" };
}

/** A route of one cluster. */
export interface Uid {
    Params: { uid: string };
}

/** A profile that a call of this scope may attach, with its published side. Throws 404 or 400. */
export function attachable(
    context: Context,
    scope: Scope,
    wanted: string | undefined,
): { profile: Profile; template: ProfileTemplate } {
    const profile = wanted === undefined ? undefined : context.profiles.get(wanted);
    if (!profile || !visible(scope, profile.owner)) {
        throw notFound("ClusterProfile", wanted ?? "");
    }
    if (!profile.published) {
        throw invalid(`Cluster profile '${profile.name}' is not published`);
    }
    const { cloudType } = profile.published;
    if (cloudType !== "aws" && cloudType !== "all" && cloudType !== "") {
        throw invalid(`Cluster profile '${profile.name}' is for cloud '${cloudType}', not 'aws'`);
    }
    return { profile, template: profile.published };
}

/** The published side of a profile as a cluster takes it over; `apply` sets the times. */
export function attach(
    context: Context,
    store: ClusterStore,
    scope: Scope,
    request: ProfileRequest,
): AttachedProfile {
    const { profile, template } = attachable(context, scope, request.uid);
    const { packValues = [] } = request;
    const stray = packValues.find(({ name }) => !template.packs.some((pack) => pack.name === name));
    if (stray) {
        throw invalid(`packValues: profile '${profile.name}' has no pack '${stray.name}'`);
    }
    const variables = (request.variables ?? []).map(({ name, value = "" }) => ({ name, value }));
    checkVariables(profile, variables);
    return {
        ...copy(profile, template),
        packs: template.packs.map((pack) =>
            clusterPack(pack, packValues, context.packs.get(pack.uid), store),
        ),
        variables,
        packValues,
    };
}

/** What a cluster keeps of a profile besides its packs. */
export function copy(
    { uid, name, version }: Profile,
    { type, cloudType, revision }: ProfileTemplate,
): Omit<AttachedProfile, "packs" | "variables" | "packValues"> {
    return { uid, name, version, type, cloudType, revision };
}

/** Throws for a set of profiles that cannot make a cluster. */
export function checkSet(context: Context, profiles: AttachedProfile[]): void {
    const infra = profiles.filter(({ type }) => type === "cluster" || type === "infra");
    if (infra.length !== 1) {
        throw invalid(
            `A cluster takes exactly one profile of type 'cluster' or 'infra', there are ${infra.length}`,
        );
    }
    const layers = infra[0]!.packs.map(({ layer }) => layer);
    const lacking = (["os", "k8s", "cni"] as const).filter((layer) => !layers.includes(layer));
    if (lacking.length > 0) {
        throw invalid(`Profile '${infra[0]!.name}' has no ${lacking.join(", ")} layer`);
    }
    const names = profiles.flatMap((profile) => profile.packs.map(({ name }) => name));
    const duplicate = names.find((name, index) => names.indexOf(name) !== index);
    const answer = context.switches.get("duplicatePacks");
    if (duplicate !== undefined && answer !== "added") {
        throw new ApiError(
            Number(answer),
            "DuplicateClusterPacksForbidden",
            `Cluster profiles have the same pack '${duplicate}'`,
        );
    }
}

/**
 * Makes the cluster run these profiles: a pack that stays the same is left alone, one that changed
 * is rolled out while its old revision answers, the events of which are kept. `now` is virtual
 * milliseconds: the time of creation for a new cluster.
 */
export function apply(
    store: ClusterStore,
    cluster: Cluster,
    next: AttachedProfile[],
    now: number,
): void {
    const before = packs(cluster).map(({ pack }) => pack);
    const variablesBefore = variableValues(cluster.profiles);
    const variablesNow = variableValues(next);
    const asked: ClusterPack[] = [];
    for (const profile of next) {
        profile.packs = profile.packs.map((pack) => {
            const old = before.find(({ name }) => name === pack.name);
            const changed = variablesUsed(store.text(pack.values)).some(
                (name) => variablesBefore.get(name) !== variablesNow.get(name),
            );
            if (old && !changed && sameRevision(old, pack)) {
                return old;
            }
            const previous = old && serving(cluster, old, now);
            if (previous) {
                const { displayName, version, outcome } = previous;
                pack.previous = { displayName, version, outcome };
            }
            pack.requestedAt = now;
            pack.initial = old ? old.initial && !previous : now === cluster.createdAt;
            asked.push(pack);
            return pack;
        });
    }
    const remaining = next.flatMap((profile) => profile.packs);
    for (const old of before.filter((pack) => !remaining.includes(pack))) {
        cluster.history.push(...packEvents(cluster, old, now));
    }
    cluster.profiles = next;
    schedule(asked, cluster, now);
}

/** Packs whose change makes nodes anew: operating system and Kubernetes ("Repave"). */
export function repaveReasons(
    cluster: Cluster,
    next: AttachedProfile[],
): { code: string; message: string; pack: string; current: ClusterPack; target: ClusterPack }[] {
    const before = packs(cluster).map(({ pack }) => pack);
    return next
        .flatMap((profile) => profile.packs)
        .filter(({ layer }) => ["kernel", "os", "k8s"].includes(layer))
        .flatMap((target) => {
            const current = before.find(({ layer }) => layer === target.layer);
            if (!current || sameRevision(current, target)) {
                return [];
            }
            const what = current.version === target.version ? "values" : "version";
            const message =
                what === "version"
                    ? `${target.name} changes from ${current.version} to ${target.version}`
                    : `Values of ${target.name} change`;
            return [{ code: "PackChanged", message, pack: target.name, current, target }];
        });
}

function clusterPack(
    pack: ProfilePack,
    overrides: PackOverride[],
    stored: Pack | undefined,
    store: ClusterStore,
): ClusterPack {
    const override = overrides.find(({ name }) => name === pack.name);
    const values = override?.values ?? pack.values;
    const extra = override?.manifests ?? [];
    return {
        name: pack.name,
        displayName: stored?.displayName ?? pack.name,
        uid: pack.uid,
        registryUid: pack.registryUid,
        layer: pack.layer,
        type: pack.type,
        tag: pack.tag,
        version: pack.version,
        digest: stored?.digest ?? "",
        values: store.keep(values),
        overridden: override?.values !== undefined,
        manifests: pack.manifests.map(({ uid, name, content }) => ({
            uid,
            name,
            content: store.keep(
                extra.find((manifest) => manifest.name === name)?.content ?? content,
            ),
        })),
        priority: installPriority(values),
        initial: false,
        requestedAt: 0,
        start: 0,
    };
}

/** `pack["spectrocloud.com/install-priority"]`, 0 if there is none ("Add-on profile"). */
function installPriority(values: string): number {
    const key = "spectrocloud.com/install-priority";
    const priority: unknown = values.includes(key) && parseDocument(values).getIn(["pack", key]);
    return Number.parseInt(String(priority), 10) || 0;
}

function checkVariables(profile: Profile, given: { name: string; value: string }[]): void {
    for (const { name, value } of given) {
        const variable = profile.variables.find((candidate) => candidate.name === name);
        if (!variable) {
            throw invalid(`variables: profile '${profile.name}' has no variable '${name}'`);
        }
        if (variable.regex && value !== "" && !new RegExp(variable.regex).test(value)) {
            throw invalid(`variables: value of '${name}' does not match ${variable.regex}`);
        }
    }
    const missing = profile.variables.find(
        ({ name, required, defaultValue }) =>
            required && !defaultValue && !given.some((value) => value.name === name && value.value),
    );
    if (missing) {
        throw invalid(`variables: profile '${profile.name}' needs a value of '${missing.name}'`);
    }
}

function variableValues(profiles: AttachedProfile[]): Map<string, string> {
    return new Map(
        profiles.flatMap(({ variables }) => variables.map(({ name, value }) => [name, value])),
    );
}

function sameRevision(left: ClusterPack, right: ClusterPack): boolean {
    const identity = ({ uid, version, values, manifests }: ClusterPack): string =>
        JSON.stringify([
            uid,
            version,
            values,
            manifests.map(({ name, content }) => [name, content]),
        ]);
    return identity(left) === identity(right);
}
