/** Uids of objects, and addresses of registries and repositories, that a resource of this run's program has. */
const managed = new Set<string>();

/** Uids of objects that this run has deleted. */
const deleted = new Set<string>();

/** Notes that a resource of the program has an object, where labels may not say so. */
export function noteManaged(uid: string): void {
    managed.add(uid);
}

/** Whether a resource of this run's program has an object, as far as this process knows. */
export function isManaged(uid: string): boolean {
    return managed.has(uid);
}

/** Notes that this run has deleted an object. */
export function noteDeleted(uid: string): void {
    deleted.add(uid);
}

/** Whether this run has deleted an object, as it does before a replacement. */
export function wasDeleted(uid: string): boolean {
    return deleted.has(uid);
}

/** Begins another run in the same process. */
export function forgetRun(): void {
    managed.clear();
    deleted.clear();
}
