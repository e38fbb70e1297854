import { sources } from "./factSources";
import type { RuleId } from "./ruleTable";

/** Why a rule is one. */
export interface RuleFacts {
    /** What happens to who breaks it. */
    consequence: string;
    /** Where it is written. */
    source: string;
}

/** Rule → source and consequence. */
const table: Record<RuleId, readonly [source: keyof typeof sources, consequence: string]> = {
    "pack-not-found": ["palette", "There is nothing to check, build or push."],
    "archive-invalid": [
        "palette",
        "Palette unpacks the archive and looks for pack.json in its one folder.",
    ],
    "limit-exceeded": [
        "tool",
        "An archive that unpacks to far more than its size is refused by this tool and fills the disk of others.",
    ],
    "archive-name": [
        "palette",
        "The name becomes the title of the layer in the registry, which is how the archive is called again after a pull.",
    ],
    "path-unsafe": ["palette", "Such a path leads out of the pack, or exists on one system only."],
    "path-collision": ["tool", "On macOS and Windows one of the files overwrites the other."],
    "link-in-pack": [
        "tool",
        "Whoever unpacks the archive gets a link to something that is not there, or nothing.",
    ],
    "file-unreadable": ["tool", "What cannot be read can be neither checked nor packed."],
    "junk-file": [
        "tool",
        "Such files make the archive differ from machine to machine; they are left out of it.",
    ],
    "secret-file": ["tool", "Everyone who may read the registry can read the pack."],
    "pack-json-missing": [
        "palette",
        "Without it a folder is no pack: it holds the name, the version and the list of what is installed.",
    ],
    "pack-json-encoding": [
        "json",
        "Parsers of JSON need not read other encodings, nor a byte-order mark.",
    ],
    "pack-json-syntax": ["json", "Palette cannot read the pack at all."],
    "pack-json-not-object": ["palette", "Palette finds none of the fields."],
    "pack-json-duplicate-key": [
        "json",
        "Which of the two counts depends on the parser; most take the last one.",
    ],
    "pack-json-misspelt-key": [
        "palette",
        "Palette does not find the list, so nothing is installed.",
    ],
    "pack-json-unknown-key": ["palette", "Palette ignores the key."],
    "pack-json-type": ["palette", "The field breaks the schema of pack.json."],
    "name-missing": ["palette", "The name becomes the pack's repository in the registry."],
    "name-invalid": ["oci", "The registry refuses a repository of that name."],
    "name-not-portable": [
        "ecr",
        "Amazon ECR refuses a repository of that name; other registries take it.",
    ],
    "display-name-missing": ["palette", "Palette shows the pack under this name."],
    "version-missing": ["palette", "The version becomes the pack's tag in the registry."],
    "version-not-a-tag": ["oci", "The registry refuses a tag of that form."],
    "version-leading-v": [
        "central",
        "The public packs write versions without it, so the pack would be sorted apart.",
    ],
    "version-not-semver": [
        "semver",
        "Palette compares versions when it offers an upgrade and when it checks constraints.",
    ],
    "layer-missing": ["palette", "Palette does not know where in a profile the pack goes."],
    "layer-unknown": ["palette", "Palette does not know where in a profile the pack goes."],
    "addon-type-missing": ["palette", "The console files add-on packs under their type."],
    "addon-type-unusual": [
        "palette",
        "The console has no such group, so users do not find the pack where they look.",
    ],
    "addon-type-ignored": ["palette", "Only add-on packs have types."],
    "cloud-types-missing": ["palette", "Palette offers a pack for the clouds that it names."],
    "cloud-types-type": ["palette", "The field breaks the schema of pack.json."],
    "cloud-type-unknown": [
        "palette",
        "No profile is for such a cloud, so nobody is offered the pack.",
    ],
    "cloud-types-without-aws": ["palette", "Profiles for AWS do not take the pack."],
    "cloud-types-redundant": ["palette", "The others say nothing any more."],
    "annotations-invalid": ["palette", "The field breaks the schema of pack.json."],
    "eol-format": ["palette", "Palette reads the end of life as a date."],
    "constraints-invalid": ["constraints", "The field breaks the schema of pack.json."],
    "dependency-range": [
        "constraints",
        "No version is in the range, so no profile can have the pack.",
    ],
    "dependency-never-checked": [
        "constraints",
        "A dependency without bounds is not checked, so nothing is required or refused.",
    ],
    "dependency-on-itself": ["constraints", "A profile would have to have the pack twice."],
    "resource-min-limit": ["constraints", "The limit breaks the schema of pack.json."],
    "resource-schedule-type": ["constraints", "Palette does not know whose resources are meant."],
    "resource-reference-unresolved": ["constraints", "The resources are counted as nothing."],
    "file-list-type": ["palette", "The list breaks the schema of pack.json."],
    "path-case-mismatch": [
        "tool",
        "The file is found on macOS and Windows, and missing everywhere else.",
    ],
    "nothing-to-deploy": ["palette", "The pack installs nothing."],
    "file-unlisted": ["palette", "Only what pack.json lists is installed."],
    "chart-missing": ["palette", "The pack cannot be installed."],
    "chart-not-packaged": [
        "palette",
        "Palette hands the archive to Helm; folders are not looked into.",
    ],
    "chart-archive-invalid": ["helm", "Helm cannot read it."],
    "chart-placeholder": ["helm", "The real file was never fetched, so Helm cannot read it."],
    "chart-name-duplicate": ["helm", "Both charts have the same values and the same release name."],
    "chart-dependency-missing": [
        "helm",
        "Helm refuses a chart whose dependencies are not in its charts folder.",
    ],
    "chart-defaults-invalid": ["helm", "Helm refuses the chart."],
    "chart-copy-differs": [
        "central",
        "The archive is what is installed; who reads or edits the copy reads something else.",
    ],
    "manifest-missing": ["palette", "The pack cannot be installed."],
    "manifest-name-duplicate": [
        "palette",
        "Values are addressed by the base name, so both manifests would have the same.",
    ],
    "manifest-empty": ["kubernetes", "It installs nothing."],
    "manifest-yaml-invalid": ["yaml", "Kubernetes cannot read it."],
    "manifest-not-object": ["kubernetes", "Kubernetes refuses what has no apiVersion and kind."],
    "manifest-template-braces": ["template", "Go cannot parse the template."],
    "manifest-template-blocks": ["template", "Go cannot parse the template."],
    "template-braces-apart": [
        "template",
        "Two braces with a space in between are a mapping in YAML and nothing to a template.",
    ],
    "manifest-value-missing": [
        "template",
        "The value is rendered as nothing, or the rendering fails.",
    ],
    "manifest-value-prefix": [
        "palette",
        "The values of a manifest begin at its own block, so the path leads nowhere.",
    ],
    "values-missing": ["palette", "Palette reads the default values from it."],
    "values-syntax": ["yaml", "Palette cannot read the values."],
    "values-duplicate-key": [
        "yaml",
        "Which of the two counts depends on the parser; most take the last one, and YAML forbids it.",
    ],
    "values-unquoted-macro": [
        "macros",
        "YAML reads the braces as a mapping before Palette sees the macro.",
    ],
    "macro-unknown": ["macros", "Palette replaces a macro that it does not know with nothing."],
    "macro-braces": ["macros", "It stays as it is written, and nothing replaces it."],
    "macro-function-unknown": ["macros", "Palette cannot render the values."],
    "macro-reference-unresolved": ["macros", "Palette replaces the macro with nothing."],
    "namespace-invalid": ["kubernetes", "Kubernetes refuses the namespace."],
    "namespace-missing": ["values", "The pack is installed into the namespace default."],
    "namespace-shared": [
        "values",
        "Palette deletes the namespace with everything in it when the pack is removed.",
    ],
    "namespace-labels-shape": ["values", "Palette reads one text for each namespace."],
    "install-priority-not-integer": ["values", "Palette cannot sort by it."],
    "install-priority-unquoted": [
        "values",
        "The documentation writes it as a text; that a number works is not confirmed.",
    ],
    "install-priority-misplaced": [
        "values",
        "Palette reads it from values.yaml only, so the pack is installed in no order.",
    ],
    "images-missing": [
        "airgap",
        "Clusters without internet access fetch the images that are listed, and no others.",
    ],
    "image-entry-shape": ["airgap", "The entry names no image, so it is not fetched."],
    "image-reference-invalid": ["images", "No registry has an image of that name."],
    "image-untagged": ["images", "The image is that of the tag latest, which changes."],
    "image-latest": [
        "images",
        "What is installed changes from day to day, and rolling back does not bring it back.",
    ],
    "chart-values-unmatched": [
        "values",
        "The chart is installed with its own defaults; nothing says that the values are ignored.",
    ],
    "chart-values-misplaced": [
        "values",
        "The chart is installed with its own defaults; nothing says that the values are ignored.",
    ],
    "chart-values-inert": ["values", "The chart reads none of the values."],
    "chart-value-unknown": ["helm", "The chart does not read the value, and nothing says so."],
    "release-name-unknown-chart": ["values", "No release gets the name."],
    "release-name-too-long": ["helm", "Helm refuses the release."],
    "manifest-values-unmatched": ["values", "No manifest reads the values."],
    "presets-invalid": ["presets", "Palette cannot show the presets, or merges nothing."],
    "preset-incomplete": ["presets", "The console shows presets by display name, in their groups."],
    "schema-invalid": [
        "constraintsOfValues",
        "Palette cannot read the constraint, so the value is not checked.",
    ],
    "schema-format-unknown": [
        "constraintsOfValues",
        "Palette does not know the format, so the value is not checked.",
    ],
    "value-constraint": [
        "constraintsOfValues",
        "Whoever uses the pack as it is gets the complaint.",
    ],
    "logo-missing": ["tutorial", "The tutorial demands it, and the console shows it."],
    "logo-not-png": ["tutorial", "Browsers may not show it under that name."],
    "logo-large": ["central", "Every list of packs in the console loads it."],
    "readme-missing": ["central", "The console shows it as the description of the pack."],
    "key-misspelt": ["palette", "Nobody reads the key, so what is below it has no effect."],
    "key-misplaced": ["values", "Nobody reads the key there, so what is below it has no effect."],
    "file-name-misspelt": ["presets", "Palette looks for exactly this name."],
    "preset-path-unknown": ["presets", "Choosing the preset changes nothing."],
    "schema-path-unknown": ["constraintsOfValues", "The value is not checked."],
    "enabled-preset-unknown": ["presets", "The console cannot show which preset is on."],
    "preset-display-name-duplicate": ["presets", "Users cannot tell the presets apart."],
    "release-name-invalid": ["helm", "Helm refuses the release."],
    "release-name-duplicate": [
        "helm",
        "Helm refuses a second release of the same name in the namespace.",
    ],
    "namespace-labels-elsewhere": ["values", "The pack's own namespace gets none of the labels."],
    "image-duplicate": [
        "airgap",
        "It does no harm, but one of the two was meant to be another image.",
    ],
    "manifest-template-invalid": [
        "template",
        "Go cannot parse the template, so the pack cannot be installed.",
    ],
    "chart-template-invalid": [
        "template",
        "Helm cannot parse the template, so the chart cannot be installed.",
    ],
    "chart-value-shape": [
        "helm",
        "Helm drops the chart's defaults below it, and templates that read them fail.",
    ],
    "chart-metadata-invalid": ["helm", "Helm refuses the chart."],
    "chart-archive-name": ["helm", "Whoever looks for a version finds another one."],
    "folder-version": ["central", "Whoever looks for a version finds another one."],
    "pack-duplicate": [
        "palette",
        "The one that is pushed later replaces the other, or is refused.",
    ],
    "file-listed-twice": ["palette", "One of the two was meant to be another file."],
    "render-failed": ["helm", "The pack cannot be installed."],
    "preset-render-failed": ["presets", "Whoever chooses the preset cannot install the pack."],
    "object-incomplete": ["kubernetes", "Kubernetes refuses the object."],
    "object-name-invalid": ["kubernetes", "Kubernetes refuses the object."],
    "object-duplicate": ["helm", "Helm fails, or one of the two overwrites the other."],
    "object-duplicate-key": ["yaml", "The last of the two counts, and nothing says so."],
    "object-field-unknown": ["kubernetesApi", "Kubernetes drops the field, or refuses the object."],
    "object-field-type": ["kubernetesApi", "Kubernetes refuses the object."],
    "object-inconsistent": ["kubernetesApi", "Kubernetes refuses the object."],
    "object-kind-unknown": ["kubernetesApi", "Kubernetes refuses the object."],
    "object-api-removed": ["deprecations", "Kubernetes refuses the object."],
    "image-unlisted": ["airgap", "Clusters without internet access cannot start it."],
    "image-unused": ["airgap", "Content bundles grow by an image that nothing starts."],
    "settings-invalid": ["tool", "The setting has no effect."],
    "suppression-invalid": ["tool", "Nobody can tell later whether the comment is still needed."],
    "suppression-unused": ["tool", "The comment hides a finding that may come back."],
    "profile-pack-duplicate": ["profiles", "Palette refuses the profile."],
    "profile-dependency-missing": ["constraints", "Palette refuses the profile."],
    "profile-dependency-version": ["constraints", "Palette refuses the profile."],
    "profile-dependency-not-supported": ["constraints", "Palette refuses the profile."],
    "profile-dependency-upgrade": ["constraints", "Palette may refuse the upgrade."],
    "profile-kubernetes-version": ["helm", "Helm refuses to install the chart."],
    "profile-resources": ["constraints", "Palette refuses the cluster, or pods stay pending."],
    "profile-resources-total": ["constraints", "Pods may stay pending."],
    "profile-value-constraint": ["constraintsOfValues", "Palette refuses the values."],
    "profile-namespace-shared": [
        "values",
        "Removing one of the packs deletes what the other has installed.",
    ],
    "profile-release-duplicate": ["helm", "Helm refuses the second release."],
    "profile-macro-unresolved": ["macros", "Palette replaces the macro with nothing."],
};

/** Why a rule is one, and where that is written. */
export function factsOf(rule: RuleId): RuleFacts {
    const [source, consequence] = table[rule];
    return { consequence, source: sources[source] };
}
