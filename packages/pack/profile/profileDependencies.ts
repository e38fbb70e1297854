import { finding, type Finding } from "../findings/finding";
import { isMapping, valueAt } from "../format/sourceDocument";
import type { Member, Profile } from "./profile";
import { compareVersions } from "../format/schema";

/** A `constraints.dependencies` item of pack.json, as far as it has the right types. */
interface Dependency {
    packName: string;
    layer?: string;
    type: string;
    minVersion?: string;
    maxVersion?: string;
}

/**
 * Checks the dependencies of a profile's custom packs against the packs of the profile, as Palette
 * does (Palette documentation, "Pack Dependency Constraints"): bounds are inclusive, and without
 * any bound nothing is checked. What has the wrong shape is for a check of the pack to say.
 */
export function checkDependencies(
    members: readonly Member[],
    deployed: Profile["deployed"],
): Finding[] {
    return members.flatMap((member) =>
        dependenciesOf(member).flatMap((dependency) =>
            dependency.type === "upgrade"
                ? checkUpgrade(member, dependency, deployed)
                : checkDependency(member, dependency, members),
        ),
    );
}

function dependenciesOf({ pack }: Member): Dependency[] {
    const list = valueAt(pack?.packJson, ["constraints", "dependencies"]);
    if (!Array.isArray(list)) {
        return [];
    }
    return list.flatMap((item: unknown) => {
        if (!isMapping(item)) {
            return [];
        }
        const { packName, layer, type, minVersion, maxVersion } = item;
        if (typeof packName !== "string" || typeof type !== "string") {
            return [];
        }
        const dependency: Dependency = { packName, type };
        if (typeof layer === "string") {
            dependency.layer = layer;
        }
        if (typeof minVersion === "string" && minVersion !== "") {
            dependency.minVersion = minVersion;
        }
        if (typeof maxVersion === "string" && maxVersion !== "") {
            dependency.maxVersion = maxVersion;
        }
        return [dependency];
    });
}

function checkDependency(
    member: Member,
    dependency: Dependency,
    members: readonly Member[],
): Finding[] {
    const { packName, layer, type } = dependency;
    const providers = members.filter(
        (candidate) =>
            candidate !== member &&
            candidate.name === packName &&
            (layer === undefined || candidate.layer === undefined || candidate.layer === layer),
    );
    if (providers.length === 0) {
        return type === "required" ? [absent(member, dependency)] : [];
    }
    if (!hasBounds(dependency)) {
        return [];
    }
    return providers.flatMap(({ version }) => {
        const position = positionIn(dependency, version);
        const [shown, range] = [`${packName} ${version}`, rangeOf(dependency)];
        if (type === "notSupported") {
            if (position === "outside") {
                return [];
            }
            const message = `${idOf(member)} does not support ${packName} ${range}; the profile has ${shown}.`;
            const help = `Choose a version of ${packName} outside of that range.`;
            return [notice("profile-dependency-not-supported", message, help, position)];
        }
        if (position === "inside") {
            return [];
        }
        const message = `${idOf(member)} needs ${packName} ${range}; the profile has ${shown}.`;
        const help = `Choose a version of ${packName} in that range.`;
        return [notice("profile-dependency-version", message, help, position)];
    });
}

function absent(member: Member, dependency: Dependency): Finding {
    const { packName, layer } = dependency;
    const range = hasBounds(dependency) ? ` ${rangeOf(dependency)}` : "";
    const message = `${idOf(member)} requires the pack ${packName}${range}, which is not in the profile.`;
    const help = `Add ${packName} to the profile${layer ? `, in the layer ${layer}` : ""}.`;
    // Palette skips a dependency without bounds.
    const severity = hasBounds(dependency) ? "error" : "warning";
    return finding("profile-dependency-missing", {}, message, { help, severity });
}

function checkUpgrade(
    member: Member,
    dependency: Dependency,
    deployed: Profile["deployed"],
): Finding[] {
    const { packName } = dependency;
    const version = deployed?.get(packName);
    if (version === undefined || !hasBounds(dependency)) {
        return [];
    }
    if (packName === member.name && version === member.version) {
        return [];
    }
    if (positionIn(dependency, version) !== "outside") {
        return [];
    }
    const message =
        `${idOf(member)} is to be upgraded from ${packName} ${rangeOf(dependency)}; ` +
        `${packName} ${version} is deployed.`;
    const help = "Upgrade to a version in between first.";
    return [finding("profile-dependency-upgrade", {}, message, { help })];
}

function notice(
    rule: "profile-dependency-version" | "profile-dependency-not-supported",
    message: string,
    help: string,
    position: "inside" | "outside" | "unclear",
): Finding {
    if (position !== "unclear") {
        return finding(rule, {}, message, { help });
    }
    const doubt = `${message} Whether a bound without a patch number includes all patches is not documented.`;
    return finding(rule, {}, doubt, { help, severity: "warning" });
}

function hasBounds({ minVersion, maxVersion }: Dependency): boolean {
    return minVersion !== undefined || maxVersion !== undefined;
}

/** `unclear`: above a maximum that is the beginning of the version, as 1.29.4 is above 1.29. */
function positionIn(
    { minVersion, maxVersion }: Dependency,
    version: string,
): "inside" | "outside" | "unclear" {
    const exact = version.replace(/\.x$/, "");
    const compare = (bound: string) => compareVersions(exact, bound) ?? 0;
    if (minVersion !== undefined && compare(minVersion) < 0) {
        return "outside";
    }
    if (maxVersion === undefined || compare(maxVersion) <= 0) {
        return "inside";
    }
    const trim = (text: string) => text.trim().replace(/^v/, "");
    return trim(exact).startsWith(`${trim(maxVersion)}.`) ? "unclear" : "outside";
}

function rangeOf({ minVersion, maxVersion }: Dependency): string {
    if (minVersion === undefined) {
        return `${maxVersion} at most`;
    }
    return maxVersion === undefined ? `${minVersion} at least` : `${minVersion} to ${maxVersion}`;
}

function idOf({ name, version }: Member): string {
    return `${name} ${version}`;
}
