import { UserError } from "../../pack/userError";

/** A call that Palette refused, or that never got an answer. */
export class PaletteError extends UserError {
    constructor(
        message: string,
        /** HTTP status; undefined when no complete answer arrived. */
        readonly status?: number,
        /** Palette's own error code, such as `ResourceNotFound`. */
        readonly code?: string,
        /** Of a call without an answer: whether it got to Palette for all we know. */
        readonly reach: "sent" | "notSent" | "untrusted" = "sent",
    ) {
        super(message);
        this.name = "PaletteError";
    }

    /**
     * Gone, or never there: by status or by code, as Palette has codes of its own for some kinds. A 404 without an error
     * body is not Palette's (but of a gateway, or of another host) and tells nothing about the object.
     */
    get notFound(): boolean {
        return this.code !== undefined && (this.status === 404 || this.code === "ResourceNotFound");
    }

    /** The server may have acted on the request although its answer says otherwise or got lost. */
    get ambiguous(): boolean {
        return this.status === undefined
            ? this.reach === "sent"
            : [502, 503, 504].includes(this.status);
    }

    /** Palette did not act, and a repetition may do better, whatever the method. */
    get refusedForNow(): boolean {
        return this.status === 429 || (this.status === undefined && this.reach === "notSent");
    }

    /** Likely to pass by itself. */
    get transient(): boolean {
        return (
            this.ambiguous ||
            this.refusedForNow ||
            (this.status ?? 0) >= 500 ||
            (this.status === 404 && !this.notFound)
        );
    }
}
