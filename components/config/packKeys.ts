import * as v from "valibot";
import { documented, objectName, text, whole } from "./fields";

/** The key `packs`. */
export const packs = v.pipe(
    v.array(
        v.strictObject({
            path: documented(
                text,
                "folder or archive of a pack; its `pack.json` has name and version",
            ),
            registry: documented(
                v.optional(objectName),
                "name of the registry that the pack goes to",
                "the first registry",
            ),
        }),
    ),
    v.minLength(1, "expected at least one pack"),
);

/** How many versions stay beside the current one. */
export const keepVersions = documented(
    v.optional(whole(0)),
    "how many replaced versions of profiles and packs stay, beside those in use",
    "all, until the destroy",
);
