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
            digest: documented(
                v.optional(
                    v.pipe(
                        v.string(),
                        v.regex(
                            /^sha256:[0-9a-f]{64}$/,
                            "expected sha256: and 64 hexadecimal digits, as at the end of the output packReferences",
                        ),
                    ),
                ),
                "digest that the image must have in the registry: a version that another stack has published is promoted ([environments](environments.md))",
                "any",
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
