import { randomUUID } from "node:crypto";
import {
    CLAIM_LABEL,
    isOwnedBy,
    OWNER_LABEL,
    type AdoptionRequest,
    type Claimed,
    type Existing,
    type Labels,
} from "./ownership";
import { isManaged, noteDeleted } from "./runNotes";

/** A value of {@link CLAIM_LABEL} that no other resource has. */
export function newClaim(): string {
    return randomUUID();
}

/**
 * Says that a create takes an object that Palette has already: the stack's own, of which the state knows nothing (it was
 * restored, or the run that made it was interrupted) or which another of its resources has; or one that it adopts.
 */
export function reportTaken(subject: string, { uid, labels }: Existing, { owner, adopt }: Wanted) {
    const isAdopted = adopt !== false && adopt !== undefined && !isOwnedBy(labels, owner);
    console.log(
        isAdopted
            ? `${subject} (uid ${uid}) is adopted`
            : `${subject} (uid ${uid}) is in Palette already and this stack's own: it is taken back, no other one is made`,
    );
}

type Wanted = Pick<AdoptionRequest, "owner"> & Partial<Pick<AdoptionRequest, "adopt">>;

/** Uids of objects that deletions of this run have left to another resource; and how to delete them all the same. */
const kept = new Map<string, () => Promise<void>>();

/**
 * Deletes an object, unless another resource has reclaimed it by now.
 *
 * @param object.labels What Palette keeps; none at all where it keeps no labels of that kind of object.
 * @param object.reclaimed Whether another resource has it, where labels do not tell; default: as noted of its uid.
 * @param recorded What the resource that is deleted has recorded.
 */
export async function deleteUnlessReclaimed(
    object: { subject: string; uid: string; labels: Labels | undefined; reclaimed?: boolean },
    recorded: Claimed,
    remove: () => Promise<void>,
): Promise<void> {
    const { subject, uid, labels, reclaimed = isManaged(uid) } = object;
    const ownerId = labels?.[OWNER_LABEL];
    const claim = labels?.[CLAIM_LABEL];
    if (ownerId !== undefined && ownerId !== recorded.owner.id) {
        console.log(
            `${subject} (uid ${uid}) stays: another stack has taken it over (its tag ${OWNER_LABEL} is ${ownerId})`,
        );
    } else if (ownerId === undefined ? reclaimed : claim && claim !== recorded.claim) {
        kept.set(uid, remove);
        console.log(
            `${subject} (uid ${uid}) stays: another resource of this stack stands for it now`,
        );
    } else {
        await remove();
        noteDeleted(uid);
    }
}

/**
 * Deletes an object that a deletion of this run has left to another resource. The owner id goes last, after every resource
 * that could have the object: a create that was interrupted has claimed it, and no state knows.
 *
 * @returns whether there was one of that uid.
 */
export async function deleteKept(uid: string): Promise<boolean> {
    const remove = kept.get(uid);
    kept.delete(uid);
    await remove?.();
    return remove !== undefined;
}
