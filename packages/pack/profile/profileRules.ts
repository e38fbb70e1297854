import { finding, type Finding } from "../findings/finding";
import { asText, isMapping } from "../format/sourceDocument";
import { checkKubernetesVersion } from "./kubernetesVersion";
import { membersOf, type Member, type Profile } from "./profile";
import { checkDependencies } from "./profileDependencies";
import { checkResources } from "./profileResources";
import { macrosOf } from "../check/rules/macros";
import { INSTALL_PRIORITY } from "../check/rules/packJsonKeys";
import { MAXIMUM_RELEASE_NAME } from "../check/rules/values";
import { brokenConstraints, valueConstraints } from "../check/valueConstraints";
import { parseYaml } from "../format/yaml";

/** Packs that Palette installs together, when all packs before them are ready. */
export interface InstallStep {
    /** Priority of add-on packs; undefined for the infrastructure, which comes first. */
    priority?: number;
    /** Names of the packs, or their display names where they have one. */
    packs: string[];
}

/**
 * Checks the packs of a profile against each other and against the machines that will run them:
 * what Palette would refuse, and what would go wrong later. Pure; nothing is thrown.
 *
 * @returns Findings without a place (their messages name the packs), and the order in which the
 *     packs get installed.
 */
export function checkProfile(profile: Profile): {
    findings: Finding[];
    installOrder: InstallStep[];
} {
    const members = membersOf(profile);
    const findings = [
        ...checkDuplicates(members),
        ...checkDependencies(members, profile.deployed),
        ...checkKubernetesVersion(members),
        ...checkResources(members, profile.pools ?? []),
        ...checkConstraints(members),
        ...checkNamespaces(members),
        ...checkReleases(members),
        ...checkMacroTargets(members, profile.variables),
    ];
    return { findings, installOrder: installOrder(members, findings) };
}

/** Name under which a pack is in the profile (Palette documentation, "Duplicate Pack in Profile"). */
function displayNameOf({ name, section }: Member): string {
    const own = section["spectrocloud.com/display-name"];
    return typeof own === "string" && own !== "" ? own : name;
}

function* checkDuplicates(members: readonly Member[]): Iterable<Finding> {
    const first = new Map<string, Member>();
    for (const member of members) {
        const shown = displayNameOf(member);
        const earlier = first.get(shown);
        if (!earlier) {
            first.set(shown, member);
            continue;
        }
        const same = earlier.name === member.name;
        const message = same
            ? `The pack ${member.name} is in the profile twice (${earlier.version}, ${member.version}).`
            : `The packs ${earlier.name} and ${member.name} are both called ${shown} in the profile.`;
        const help =
            "Remove one, or give it another spectrocloud.com/display-name under pack in its values.";
        yield finding("profile-pack-duplicate", {}, message, { help });
    }
}

/** The add-on packs by priority, lowest first, after the infrastructure. */
function installOrder(members: readonly Member[], findings: Finding[]): InstallStep[] {
    const infrastructure: string[] = [];
    const steps = new Map<number, string[]>();
    for (const member of members) {
        if (member.layer !== "addon") {
            infrastructure.push(displayNameOf(member));
            continue;
        }
        const value = member.section[INSTALL_PRIORITY] ?? "0";
        const priority = /^\s*[+-]?\d+\s*$/.test(asText(value)) ? Number(value) : undefined;
        if (priority === undefined) {
            const message = `The install priority ${JSON.stringify(value)} of ${member.name} is not an integer.`;
            const help = 'Write a quoted integer, such as "10".';
            findings.push(finding("install-priority-not-integer", {}, message, { help }));
        }
        const step = steps.get(priority ?? 0) ?? [];
        step.push(displayNameOf(member));
        steps.set(priority ?? 0, step);
    }
    const addons = [...steps]
        .sort(([a], [b]) => a - b)
        .map(([priority, packs]) => ({ priority, packs }));
    return infrastructure.length > 0 ? [{ packs: infrastructure }, ...addons] : addons;
}

/** Palette checks values against schema.yaml whenever a profile or a cluster changes. */
function* checkConstraints(members: readonly Member[]): Iterable<Finding> {
    for (const { name, pack, valuesRoot } of members) {
        if (pack?.schema === undefined) {
            continue;
        }
        const schema = parseYaml("schema.yaml", pack.schema).document?.value;
        for (const { constraint, problem } of brokenConstraints(
            valueConstraints(schema),
            valuesRoot,
            true,
        )) {
            const message = `${name}: the value ${constraint.path} ${problem}, says its schema.yaml.`;
            const help = "Set it in the values that the profile has for the pack.";
            yield finding("profile-value-constraint", {}, message, { help });
        }
    }
}

function namespaceOf({ section }: Member): string {
    return typeof section.namespace === "string" && section.namespace !== ""
        ? section.namespace
        : "default";
}

function* checkNamespaces(members: readonly Member[]): Iterable<Finding> {
    const byNamespace = new Map<string, string[]>();
    for (const member of members) {
        if (member.layer !== "addon" || !member.values) {
            continue;
        }
        const names = byNamespace.get(namespaceOf(member)) ?? [];
        names.push(displayNameOf(member));
        byNamespace.set(namespaceOf(member), names);
    }
    for (const [namespace, names] of byNamespace) {
        if (names.length < 2 || namespace.includes("{{")) {
            continue;
        }
        const message =
            `The packs ${names.join(", ")} share the namespace ${namespace}: ` +
            "removing one of them deletes what the others have in it.";
        const help = "Give each a namespace of its own.";
        yield finding("profile-namespace-shared", {}, message, { help });
    }
}

/** Helm keeps release names apart within a namespace, up to a length. */
function* checkReleases(members: readonly Member[]): Iterable<Finding> {
    const first = new Map<string, string>();
    for (const member of members) {
        const overrides = member.section.releaseNameOverride;
        for (const chart of member.pack?.charts ?? []) {
            const override = isMapping(overrides) ? overrides[chart] : undefined;
            const own = typeof override === "string" && override !== "";
            const release = own ? override : `${member.name}-${chart}`;
            if (release.includes("{{")) {
                continue;
            }
            if (release.length > MAXIMUM_RELEASE_NAME) {
                const message =
                    `The release name ${release} of ${member.name} has ${release.length} characters; ` +
                    `Helm allows ${MAXIMUM_RELEASE_NAME}.`;
                const help = `Set pack.releaseNameOverride.${chart} in its values.`;
                yield finding("release-name-too-long", {}, message, { help });
            }
            const place = `${namespaceOf(member)}/${release}`;
            const earlier = first.get(place);
            if (earlier === undefined) {
                first.set(place, displayNameOf(member));
                continue;
            }
            const message =
                `${earlier} and ${displayNameOf(member)} both install a release ${release} ` +
                `into the namespace ${namespaceOf(member)}.`;
            const help = `Set pack.releaseNameOverride.${chart}, or another namespace.`;
            yield finding("profile-release-duplicate", {}, message, { help });
        }
    }
}

/** Macros that name what is not in the profile resolve to nothing, and nothing says so. */
function* checkMacroTargets(
    members: readonly Member[],
    variables: Profile["variables"],
): Iterable<Finding> {
    const names = members.map(({ name }) => name);
    for (const member of members) {
        if (!member.values) {
            continue;
        }
        for (const { name, action } of macrosOf(member.values)) {
            const [root, ...rest] = name.split(".");
            const target = rest.join(".");
            if (/(?<![\w.-])default\s/.test(action)) {
                continue;
            }
            const unknown =
                root === "pack"
                    ? !names.some((known) => target.startsWith(`${known}.`))
                    : root === "var" && variables !== undefined && !variables.includes(target);
            if (!unknown) {
                continue;
            }
            const what = root === "pack" ? "pack" : "variable";
            const message = `The macro .spectro.${name} in the values of ${member.name} names no ${what} of the profile.`;
            const help = 'It would be empty; correct it, or add | default "…".';
            yield finding("profile-macro-unresolved", {}, message, { help });
        }
    }
}
