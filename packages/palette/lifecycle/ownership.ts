import { wasDeleted } from "./runNotes";
import { UserError } from "../../pack/userError";

/** The owner of an object in Palette: the owner id that the stack keeps, and the stack's full name. */
export interface Owner {
    id: string;
    stack: string;
    /** Uid of the tenant in Palette; absent where Palette does not report it. */
    tenant?: string;
}

/** Labels of an object in Palette. */
export type Labels = Record<string, string>;

/** The label (a tag in Palette's console) that carries the owner id. */
export const OWNER_LABEL = "pulumi-owner";

/**
 * The label that says which resource of the stack has an object. Only a create that finds its object in Palette writes
 * it, with a value of its own: the object may still be in the state of another resource, which the engine deletes
 * afterwards (a forced replacement, another name of the resource), and that deletion must not take the object along.
 */
export const CLAIM_LABEL = "pulumi-claim";

/** Stack and resource that have an object in Palette. */
export interface Claimed {
    owner: Owner;
    /** Value of {@link CLAIM_LABEL}; absent when the resource has made the object itself. */
    claim?: string;
}

/** Owner and claim as labels, which every write of an object's labels has to send. */
export function ownerLabels({ owner, claim }: Claimed): Labels {
    return { [OWNER_LABEL]: owner.id, ...(claim && { [CLAIM_LABEL]: claim }) };
}

const BARE_TAG = "spectro__tag";

/**
 * Tags as Palette's API keeps them: `key:value` is the label `key: value`, a bare word has the value
 * `spectro__tag` (the convention of the console and the official Terraform provider). Owner and claim are added.
 */
export function labelsOf(tags: string[], claimed: Claimed): Labels {
    const labels = tags.map((tag) => {
        const colon = tag.indexOf(":");
        return colon < 0 ? [tag, BARE_TAG] : [tag.slice(0, colon), tag.slice(colon + 1)];
    });
    return { ...Object.fromEntries(labels), ...ownerLabels(claimed) };
}

/**
 * The reverse of {@link labelsOf}, in the order of the recorded tags, so that order is no difference. Where there is no
 * label at all Palette does not keep them, and where another stack has taken the object over they are its own: then the
 * recorded tags are all there is to know. Somebody who only sets other tags takes the owner id away, too.
 */
export function tagsOf(labels: Labels | undefined, recorded: string[], owner: Owner): string[] {
    const found = Object.entries(labels ?? {});
    if (found.length === 0 || (labels?.[OWNER_LABEL] ?? owner.id) !== owner.id) {
        return recorded;
    }
    const tags = found
        .filter(([key]) => key !== OWNER_LABEL && key !== CLAIM_LABEL)
        .map(([key, value]) => (value === BARE_TAG ? key : `${key}:${value}`));
    return [
        ...recorded.filter((tag) => tags.includes(tag)),
        ...tags.filter((tag) => !recorded.includes(tag)),
    ];
}

/** Whether an object carries the owner id of the stack. */
export function isOwnedBy(labels: Labels | undefined, owner: Owner): boolean {
    return labels?.[OWNER_LABEL] === owner.id;
}

/** @throws Error that names every property of an object to be adopted that is not as configured and cannot change. */
export function requireMatch(
    subject: string,
    properties: Record<string, { is: string | undefined; wanted: string | undefined }>,
): void {
    const differing = Object.entries(properties)
        .filter(([, { is, wanted }]) => (is ?? "") !== (wanted ?? ""))
        .map(([name, { is, wanted }]) => `${name} is ${is || "empty"}, not ${wanted || "empty"}`);
    if (differing.length > 0) {
        throw new UserError(
            `${subject} cannot be adopted: ${differing.join("; ")}; ` +
                "correct the configuration so that it describes what exists, or choose another name",
        );
    }
}

/** Why an object that is not there cannot be adopted by its uid; undefined where that is not asked for. */
export function refusalOfAbsent({
    adopt,
    subject,
    adoptKey,
}: Omit<AdoptionRequest, "owner">): string | undefined {
    return typeof adopt === "string" && !wasDeleted(adopt)
        ? `${subject} with uid ${adopt} does not exist, so it cannot be adopted; correct ${adoptKey} or the name`
        : undefined;
}

/** An object of a wanted name that exists in Palette already. */
export interface Existing {
    uid: string;
    labels?: Labels;
    /** When it was created, where Palette reports that. */
    creationTimestamp?: string;
}

/** What a resource wants of an object that exists already. */
export interface AdoptionRequest {
    /** `cluster "pack-tutorial-cluster"`. */
    subject: string;
    owner: Owner;
    /** Whether to take over what is not the stack's; a text is the uid that it must have. */
    adopt: boolean | string;
    /** The configuration key that adopts it, such as `cluster.adopt`. */
    adoptKey: string;
}

/**
 * Why an object that exists already may not be taken for this stack's own: it does not carry the owner id of the stack (a
 * preview of a stack that has made nothing yet does not know its own), and the user does not say that it is to be adopted.
 *
 * @returns what names the object and the ways out; undefined where it may be taken.
 */
export function refusalOf(existing: Existing, wanted: AdoptionRequest): string | undefined {
    const { uid, labels, creationTimestamp } = existing;
    const { subject, owner, adopt, adoptKey } = wanted;
    const ownerId = labels?.[OWNER_LABEL];
    if (ownerId === owner.id || adopt === true || adopt === uid) {
        return undefined;
    }
    const since = creationTimestamp ? `, since ${creationTimestamp}` : "";
    const exists = `${subject} exists already (uid ${uid})${since}`;
    if (adopt) {
        return `${exists}, but ${adoptKey} is ${adopt}; correct the uid or the name`;
    }
    return ownerId === undefined
        ? `${exists} and was not created by this stack; choose another name, delete it in Palette, ` +
              `or set ${adoptKey}: true to let this stack take it over`
        : `${exists} and belongs to another stack (its tag ${OWNER_LABEL} is ${ownerId}); choose another name, ` +
              `or set ${adoptKey}: true to let this stack take it over`;
}

/** @throws Error with the refusal, where there is one. */
export function throwRefusal(refusal: string | undefined): void {
    if (refusal !== undefined) {
        throw new UserError(refusal);
    }
}
