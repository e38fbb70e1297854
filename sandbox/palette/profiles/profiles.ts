import {
    ApiError,
    type Context,
    type InputMetadata,
    invalid,
    keptMetadata,
    notFound,
    ownerOf,
    refuseDuplicate,
    requireOwner,
    type Scope,
    timestamp,
    uid,
    visible,
} from "../context";
import { type Owner } from "../stored";
import { type Profile, type ProfileTemplate, type Variable } from "../stored";
import { type PackInput, resolveLayers } from "./layers";

/** The version of a profile that names none. */
const DEFAULT_VERSION = "1.0.0";

/** The profile, if the call's scope sees it. Throws 404. */
export function findProfile(context: Context, scope: Scope, profileUid: string): Profile {
    const profile = context.profiles.get(profileUid);
    if (!profile || !visible(scope, profile.owner)) {
        throw notFound("Cluster profile", profileUid);
    }
    return profile;
}

/** The profile, if the call may change it. Throws 404 or 403. */
export function changeableProfile(context: Context, scope: Scope, profileUid: string): Profile {
    const profile = findProfile(context, scope, profileUid);
    requireOwner(scope, profile.owner);
    return profile;
}

/** Refuses a (name, version) that is taken in the scope. */
export function refuseTakenProfile(
    context: Context,
    owner: Owner,
    wanted: { name: string; version: string },
    except?: string,
): void {
    const taken = context.profiles
        .values()
        .some(
            (profile) =>
                profile.uid !== except &&
                profile.name === wanted.name &&
                profile.version === wanted.version &&
                sameOwner(profile.owner, owner),
        );
    if (taken) {
        refuseDuplicate(context, "ClusterProfile", `${wanted.name} ${wanted.version}`);
    }
}

/** A new draft. */
export function createProfile(
    context: Context,
    scope: Scope,
    input: {
        metadata: InputMetadata;
        spec?: {
            version?: string;
            template?: { type?: ProfileTemplate["type"]; cloudType?: string; packs?: PackInput[] };
            variables?: Variable[];
        };
    },
): Profile {
    const { name } = input.metadata;
    if (!name) {
        throw invalid("metadata.name is required");
    }
    const owner = ownerOf(scope);
    const version = input.spec?.version || DEFAULT_VERSION;
    refuseTakenProfile(context, owner, { name, version });
    const { type = "cluster", cloudType = "all", packs = [] } = input.spec?.template ?? {};
    const now = timestamp(context);
    const profile: Profile = {
        uid: uid(),
        name,
        owner,
        ...keptMetadata(context, "profile", input.metadata),
        created: now,
        modified: now,
        version,
        draft: {
            type,
            cloudType,
            packs: resolveLayers(context, { type, cloudType, packs }),
            revision: 0,
        },
        variables: input.spec?.variables ?? [],
    };
    return context.profiles.put(profile.uid, profile);
}

/** Makes the draft the published side; without a draft there is nothing to do. */
export function publishProfile(context: Context, profile: Profile): Profile {
    const { draft, published, ...rest } = profile;
    if (!draft) {
        return profile;
    }
    return context.profiles.put(profile.uid, {
        ...rest,
        modified: timestamp(context),
        published: { ...draft, revision: (published?.revision ?? 0) + 1 },
    });
}

/** The side that is edited next: the draft, or a copy of what is published. */
export function editable(profile: Profile): ProfileTemplate {
    const side = profile.draft ?? profile.published;
    return side ?? { type: "cluster", cloudType: "all", packs: [], revision: 0 };
}

/** Stores another draft. */
export function putDraft(context: Context, profile: Profile, draft: ProfileTemplate): Profile {
    return context.profiles.put(profile.uid, { ...profile, draft, modified: timestamp(context) });
}

/** A copy under another name or version, both sides as they are. */
export function cloneProfile(
    context: Context,
    scope: Scope,
    source: Profile,
    input: { name: string; version?: string; target?: { scope: string; projectUid?: string } },
): Profile {
    const owner = cloneOwner(context, scope, input.target);
    const version = input.version || DEFAULT_VERSION;
    refuseTakenProfile(context, owner, { name: input.name, version });
    const now = timestamp(context);
    const profile: Profile = {
        ...structuredClone(source),
        uid: uid(),
        name: input.name,
        version,
        owner,
        created: now,
        modified: now,
    };
    return context.profiles.put(profile.uid, profile);
}

/** Deletes it, or refuses while clusters use it: switch `profileInUse`. */
export function deleteProfile(context: Context, profile: Profile): void {
    const [user] = context.clustersUsing(profile.uid);
    const position = context.switches.get("profileInUse");
    if (user && position !== "deleted") {
        throw new ApiError(
            Number(position),
            "ClusterProfileInUse",
            `Cluster profile '${profile.name}' is used by cluster '${user.name}'`,
        );
    }
    context.profiles.delete(profile.uid);
}

function sameOwner(left: Owner, right: Owner): boolean {
    return left.scope === right.scope && left.projectUid === right.projectUid;
}

function cloneOwner(
    context: Context,
    scope: Scope,
    target: { scope: string; projectUid?: string } | undefined,
): Owner {
    if (!target) {
        return ownerOf(scope);
    }
    if (target.scope === "project" && !context.projects.has(target.projectUid ?? "")) {
        throw notFound("Project", target.projectUid ?? "");
    }
    if (target.scope !== "project" && target.scope !== "tenant") {
        throw invalid("metadata.target.scope must be tenant or project");
    }
    const { userUid, tenantAdmin } = scope;
    return ownerOf(
        target.scope === "project"
            ? { userUid, tenantAdmin, projectUid: target.projectUid }
            : { userUid, tenantAdmin },
    );
}
