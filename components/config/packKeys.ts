import * as v from "valibot";
import { objectName, text, whole } from "./fields";

/** The key `packs`. */
export const packs = v.pipe(
    v.array(v.strictObject({ path: text, registry: v.optional(objectName) })),
    v.minLength(1, "expected at least one pack"),
);

/** How many versions stay beside the current one. */
export const keepVersions = v.optional(whole(0));
