import * as v from "valibot";
import { adopt, flag, minutes, nameOf, objectName, text } from "../config/fields";
import type { NameRule } from "../config/names";

/** Schemas and rules that several kinds of registries share. */

/** The keys of every registry that the stack registers. */
export const registration = {
    name: v.optional(objectName),
    adopt,
    syncTimeout: v.optional(minutes, 10),
};

/** How the registry's certificate is trusted. `caFile`: PEM file, relative to the project folder. */
export const tls = {
    caFile: v.optional(text),
    insecureSkipVerify: flag,
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
