import semver from "semver";
import type { PackDependency } from "../stored";

/** What is wrong with a layer (`v1ConstraintError`). */
export interface LayerError {
    code: string;
    message: string;
}

/** A pack as it stands in a profile. */
export interface PresentPack {
    name: string;
    layer: string;
    version: string;
}

/**
 * What a pack's `constraints.dependencies` hold against the packs beside it ("Pack constraints").
 * A dependency without bounds is not looked at. `complete`: the profile is a cluster's only one, so
 * a required pack that is not in it is missing.
 */
export function dependencyErrors(
    dependencies: PackDependency[],
    present: PresentPack[],
    complete: boolean,
): LayerError[] {
    return dependencies.flatMap((dependency) => {
        const { packName, layer, type, minVersion, maxVersion } = dependency;
        if (type === "upgrade" || (!minVersion && !maxVersion)) {
            return [];
        }
        const range = [minVersion && `from ${minVersion}`, maxVersion && `to ${maxVersion}`];
        const wanted = `${packName} ${range.filter(Boolean).join(" ")}`;
        const other = present.find((pack) => pack.name === packName && pack.layer === layer);
        if (!other) {
            return type === "required" && complete
                ? [{ code: "DependencyMissing", message: `the pack requires ${wanted}` }]
                : [];
        }
        const fits = isWithin(other.version, minVersion, maxVersion);
        if (fits !== (type === "notSupported")) {
            return [];
        }
        const verb = type === "notSupported" ? "does not support" : "requires";
        const message = `the pack ${verb} ${wanted}, the profile has ${other.version}`;
        return [{ code: "DependencyVersion", message }];
    });
}

/** Both bounds are inclusive; versions of two parts occur (`1.29`). */
function isWithin(version: string, min: string, max: string): boolean {
    const read = (text: string): semver.SemVer => semver.coerce(text) ?? new semver.SemVer("0.0.0");
    return (
        (!min || semver.gte(read(version), read(min))) &&
        (!max || semver.lte(read(version), read(max)))
    );
}
