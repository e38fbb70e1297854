/** One call of the Palette API. */
export interface Call {
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
    /** Path below the host, such as `/v1/packs`. */
    path: string;
    query?: Record<string, string | number | boolean | undefined>;
    body?: unknown;
    /** Project uid, sent as the `ProjectUid` header. Absent means tenant scope (Palette's rule). */
    project?: string;
    /** Of a call in tenant scope: uid of the tenant that its object is in, where that is known. */
    tenant?: string;
    /** What the call is about, for error messages: `cluster "pack-tutorial-cluster"`. */
    subject: string;
    /** Whether a repetition does no harm. Default: every method but POST. */
    repeatable?: boolean;
    /**
     * What a success must bring: a JSON object, a text, or whatever comes (`any`). An answer without it is none: the page
     * of a proxy is no cluster, and an empty answer does not mean that an object is gone. Default: an object for GET.
     */
    answer?: "object" | "text" | "any";
}
