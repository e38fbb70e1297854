import * as v from "valibot";
import { adopt, documented, flag, minutes, nameOf, objectName, text } from "../config/fields";
import type { NameRule } from "../config/names";

/** Schemas and rules that several kinds of registries share. */

/** The keys of every registry that the stack registers. */
export const registration = {
    name: documented(v.optional(objectName), "name in Palette", "`<kind>-registry-<stack>`"),
    adopt: documented(
        adopt,
        "take over an existing registration of this name; a uid says which one",
    ),
    syncTimeout: documented(v.optional(minutes, 10), "deadline in minutes for a synchronization"),
};

/** How the registry's certificate is trusted. `caFile`: PEM file, relative to the project folder. */
export const tls = {
    caFile: documented(
        v.optional(text),
        "PEM file of the CA to trust, relative to the project folder",
        "the system's CAs",
    ),
    insecureSkipVerify: documented(flag, "trust any certificate"),
};

/** An address as Palette wants it: `https://host[:port]`. */
export const httpsUrl = v.pipe(
    v.string(),
    v.regex(
        /^https:\/\/[^\s/?#@]+\/?$/,
        "expected an address such as https://harbor.example.com, without a path or credentials",
    ),
    v.transform((url) => url.replace(/\/$/, "")),
);

/** The address that packs are pushed to, where that is another one than Palette's: a registry may share its host with others. */
export const pushEndpoint = v.optional(
    v.pipe(
        v.string(),
        v.regex(
            /^https:\/\/[^\s/?#@]+(\/[a-z0-9._/-]*)?$/,
            "expected an address such as https://registry.example.com/packs-local, without credentials",
        ),
        v.transform((url) => url.replace(/\/+$/, "")),
    ),
);

/** The repository path before `/spectro-packs/archive`. */
export const basePathOf = (rule: NameRule) =>
    v.pipe(
        nameOf(rule),
        v.check(
            (path) => !path.split("/").includes("spectro-packs"),
            "expected the prefix before spectro-packs only: spectro-packs/archive is added",
        ),
    );

/** Segments of letters and digits with a separator in between, joined by slashes. */
export function repositoryPattern(separator: string): RegExp {
    const segment = `[a-z0-9]+(?:${separator}[a-z0-9]+)*`;
    return new RegExp(`^${segment}(?:/${segment})*$`);
}
