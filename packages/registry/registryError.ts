import { UserError } from "../pack/userError";

/** A registry, or the way to it, failed for another reason than that something is not there. */
export class RegistryError extends UserError {
    constructor(
        /** What was done: `oras push`, `manifest delete`. */
        private readonly action: string,
        /** What was said about it, which ends with the registry's own words. */
        readonly said: string,
    ) {
        super(`${action} failed: ${said}`);
    }

    /** What was done to the registry. */
    get operation(): "push" | "pull" | "delete" {
        return /\bpush\b/.test(this.action)
            ? "push"
            : /\bdelete\b/.test(this.action)
              ? "delete"
              : "pull";
    }

    /** Status of the registry's answer, where it has one. */
    get status(): number | undefined {
        const [, status] = /status code (\d{3})/.exec(this.said) ?? [];
        return status === undefined ? undefined : Number(status);
    }

    /** The registry refused: not logged in, or not allowed. */
    get refused(): boolean {
        return /\b40[13]\b|unauthorized|denied|forbidden/i.test(this.said);
    }
}
