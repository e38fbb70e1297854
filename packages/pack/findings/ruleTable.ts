/**
 * How much a finding matters: an `error` stops a build, a `warning` does not, an `info` is a hint.
 */
export type Severity = "error" | "warning" | "info";

/** One row of the rule table. */
export interface Rule {
    /** The severity that a finding of the rule has unless the rule says otherwise. */
    severity: Severity;
    /** One sentence for the documentation: what a good pack looks like. */
    summary: string;
}

const error = (summary: string): Rule => ({ severity: "error", summary });
const warning = (summary: string): Rule => ({ severity: "warning", summary });
const info = (summary: string): Rule => ({ severity: "info", summary });

/** All rules of the pack check, by id. The ids are stable: scripts may rely on them. */
export const rules = {
    // The folder or archive as a whole
    "pack-not-found": error("The pack is a folder or a .tar.gz archive that exists."),
    "archive-invalid": error("A pack archive is a gzip tar with one folder that holds pack.json."),
    "limit-exceeded": error("A pack stays within the limits on entries, sizes and compression."),
    "archive-name": warning("A pack archive is named <name>-<version>.tar.gz."),
    "path-unsafe": error("Paths are relative, use forward slashes and stay inside the pack."),
    "path-collision": error("No two files of a pack differ in letter case alone."),
    "link-in-pack": error("A pack holds plain files and folders: no links, devices or sockets."),
    "file-unreadable": error("Every file of the pack can be read."),
    "junk-file": warning("Editor, system and version control files stay out of the pack."),
    "secret-file": warning("No private keys, cloud access keys or .env files are in the pack."),

    // pack.json
    "pack-json-missing": error("pack.json is at the top of the pack."),
    "pack-json-encoding": error("pack.json is UTF-8 without byte-order mark."),
    "pack-json-syntax": error("pack.json is strict JSON."),
    "pack-json-not-object": error("pack.json holds one JSON object."),
    "pack-json-duplicate-key": error("No key occurs twice in an object of pack.json."),
    "pack-json-misspelt-key": error("charts and kubeManifests are written exactly like this."),
    "pack-json-unknown-key": warning("pack.json has known keys only."),
    "pack-json-type": error("Every field of pack.json has the type of the pack schema."),
    "name-missing": error("name is there and not empty."),
    "name-invalid": error("name can be a segment of an OCI repository path."),
    "name-not-portable": warning("name has single separators, as every registry takes them."),
    "display-name-missing": error("displayName is there and not empty."),
    "version-missing": error("version is a non-empty string."),
    "version-not-a-tag": error("version can be an OCI tag."),
    "version-leading-v": warning("version has no leading v."),
    "version-not-semver": warning("version follows semantic versioning."),
    "layer-missing": error("layer is there."),
    "layer-unknown": error("layer is one of kernel, os, k8s, cni, csi, addon."),
    "addon-type-missing": warning("A pack of the addon layer has an addonType."),
    "addon-type-unusual": warning("addonType is one of the types that Palette files packs under."),
    "addon-type-ignored": info("addonType is for packs of the addon layer."),
    "cloud-types-missing": warning("cloudTypes names at least one cloud."),
    "cloud-types-type": error("cloudTypes is an array of strings."),
    "cloud-type-unknown": warning("cloudTypes has known clouds only."),
    "cloud-types-without-aws": info("cloudTypes has aws, where the pack is for AWS."),
    "cloud-types-redundant": warning("cloudTypes repeats nothing, and all stands alone."),
    "annotations-invalid": error("annotations maps strings to strings."),
    "eol-format": warning("eol is a date (yyyy-MM-dd) or blank."),
    "constraints-invalid": error("constraints has the shape of the pack schema."),
    "dependency-range": warning("A dependency's minVersion is not above its maxVersion."),
    "dependency-never-checked": warning(
        "A required or notSupported dependency has a version bound.",
    ),
    "dependency-on-itself": warning("A pack depends on itself for upgrades only."),
    "resource-min-limit": error("minLimit is a number that is not negative."),
    "resource-schedule-type": warning("scheduleType is all, master or worker."),
    "resource-reference-unresolved": warning(
        "Parameter references lead to a value in values.yaml.",
    ),

    // Files that pack.json names
    "file-list-type": error("charts and kubeManifests are arrays of paths."),
    "path-case-mismatch": error("Listed paths have the letter case of the files."),
    "nothing-to-deploy": error("An add-on pack lists charts or manifests."),
    "file-unlisted": warning("Every manifest and chart archive in the pack is listed."),
    "chart-missing": error("Every listed chart is in the pack."),
    "chart-not-packaged": error("Charts are packaged .tgz files, not folders."),
    "chart-archive-invalid": error("Every listed chart is a Helm chart archive."),
    "chart-placeholder": error("Chart archives are no Git LFS pointers or downloaded web pages."),
    "chart-name-duplicate": error("No two charts of a pack have the same name."),
    "chart-dependency-missing": warning("The dependencies of a chart are inside its archive."),
    "chart-defaults-invalid": warning("The values.yaml of a chart is a YAML mapping."),
    "chart-copy-differs": warning("An unpacked copy of a chart is the one in the archive."),
    "manifest-missing": error("Every listed manifest is in the pack."),
    "manifest-name-duplicate": error("No two manifests share a base name."),
    "manifest-empty": error("No manifest is empty."),
    "manifest-yaml-invalid": error("A manifest without templates is valid YAML."),
    "manifest-not-object": warning("Every document of a manifest has apiVersion and kind."),
    "manifest-template-braces": error("Template braces are balanced."),
    "manifest-template-blocks": warning("Every block of a manifest's template has its end."),
    "template-braces-apart": warning("No space is between the two braces of a template."),
    "manifest-value-missing": warning("Every value that a manifest uses has a default."),
    "manifest-value-prefix": warning("Manifests address their values from their own block on."),

    // values.yaml
    "values-missing": error("values.yaml is at the top of the pack; it may be empty."),
    "values-syntax": error("values.yaml is one YAML document with a mapping."),
    "values-duplicate-key": error("No key occurs twice in a mapping of values.yaml."),
    "values-unquoted-macro": error("Macros are quoted."),
    "macro-unknown": warning("Macros are documented ones."),
    "macro-braces": warning("Macros have two braces on both sides."),
    "macro-function-unknown": warning("Macros are template actions with functions that there are."),
    "macro-reference-unresolved": warning("Macros read values of the pack that are there."),
    "namespace-invalid": error("pack.namespace is a Kubernetes namespace name."),
    "namespace-missing": info("pack.namespace says where the pack is installed."),
    "namespace-shared": info("A pack has a namespace of its own."),
    "namespace-labels-shape": warning(
        "Namespace labels and annotations are one string per namespace.",
    ),
    "install-priority-not-integer": error("The install priority is an integer."),
    "install-priority-unquoted": warning("The install priority is quoted."),
    "install-priority-misplaced": warning("The install priority is in values.yaml under pack."),
    "images-missing": warning("pack.content.images lists the images for air-gapped clusters."),
    "image-entry-shape": warning("Every entry of pack.content.images is a mapping with image."),
    "image-reference-invalid": error("Image references can be parsed."),
    "image-untagged": warning("Image references have a tag or digest."),
    "image-latest": info("Images are pinned to something better than latest."),
    "chart-values-unmatched": warning("The keys under charts are names of the pack's charts."),
    "chart-values-misplaced": warning("Chart values are under charts.<chart name>."),
    "chart-values-inert": warning("Chart values have keys that the chart knows."),
    "chart-value-unknown": warning("Keys of chart values are spelt as in the chart."),
    "release-name-unknown-chart": warning("Keys of releaseNameOverride are charts of the pack."),
    "release-name-too-long": warning("Helm release names have at most 53 characters."),
    "manifest-values-unmatched": warning("The keys under manifests are manifests of the pack."),

    // Other files
    "presets-invalid": error("presets.yaml has a list of presets with unique names and YAML text."),
    "preset-incomplete": warning("Every preset has a displayName, a group and a remove list."),
    "schema-invalid": error("Every entry of schema.yaml has a schema that can be parsed."),
    "schema-format-unknown": warning(
        "schema.yaml uses documented format types and RE2 expressions.",
    ),
    "value-constraint": warning("Default values keep to the constraints in schema.yaml."),
    "logo-missing": error("logo.png is at the top of the pack."),
    "logo-not-png": warning("logo.png holds a PNG image."),
    "logo-large": info("logo.png is of moderate size."),
    "readme-missing": warning("README.md describes the pack."),

    // Names that files of a pack use for each other
    "key-misspelt": warning("No key is a slip of the pen away from a known one."),
    "key-misplaced": warning("Keys stand where Palette reads them."),
    "file-name-misspelt": warning("presets.yaml and schema.yaml have exactly these names."),
    "preset-path-unknown": warning("Presets change values of charts and manifests of the pack."),
    "schema-path-unknown": warning("Constraints are about charts and manifests of the pack."),
    "enabled-preset-unknown": warning("The presets that values.yaml has enabled exist."),
    "preset-display-name-duplicate": warning("Presets of one group have different names."),
    "release-name-invalid": error("Release names are in the form that Helm accepts."),
    "release-name-duplicate": error("No two charts of a pack have one release name."),
    "namespace-labels-elsewhere": warning("Labels are for the pack's own namespace."),
    "image-duplicate": warning("No image is listed twice."),
    "manifest-template-invalid": error("Templates of manifests can be parsed."),
    "chart-template-invalid": error("Templates of charts can be parsed."),
    "chart-value-shape": warning("Values are mappings where the chart has mappings."),
    "chart-metadata-invalid": error("Helm accepts the version and type of every chart."),
    "chart-archive-name": warning("A chart's archive is named after its version."),
    "folder-version": warning("A folder with a version in its name has the pack's."),
    "pack-duplicate": warning("No two packs of one call have the same name and version."),
    "file-listed-twice": warning("pack.json lists every file once."),

    // What comes out when Helm renders charts and manifests
    "render-failed": error("Helm renders every chart and manifest with the pack's values."),
    "preset-render-failed": error("Helm renders charts and manifests with each preset."),
    "object-incomplete": error("Every rendered object has an apiVersion, a kind and a name."),
    "object-name-invalid": error("Kubernetes accepts the names of all objects."),
    "object-duplicate": warning("No object is rendered twice."),
    "object-duplicate-key": warning("No key occurs twice in a mapping of a rendered object."),
    "object-field-unknown": warning(
        "Objects of common kinds have only fields that Kubernetes knows.",
    ),
    "object-field-type": warning("Fields of common kinds have the type that Kubernetes wants."),
    "object-inconsistent": warning(
        "Objects of common kinds have values that Kubernetes takes, and what they name is in them.",
    ),
    "object-kind-unknown": warning(
        "Kubernetes has the kinds that its own groups are said to have.",
    ),
    "object-api-removed": warning("Kubernetes serves the API of every object."),
    "image-unlisted": warning("pack.content.images has every image that the pack runs."),
    "image-unused": info("The pack names every image of pack.content.images."),

    // What turns rules off
    "settings-invalid": error("palette-pack.yaml has known keys, rules and severities."),
    "suppression-invalid": warning("A comment that turns rules off names them and says why."),
    "suppression-unused": warning("A comment turns off only what would be reported."),

    // The profile that packs are in
    "profile-pack-duplicate": error(
        "A pack that is in a profile twice has a display name each time.",
    ),
    "profile-dependency-missing": error("The packs that a pack requires are in the profile."),
    "profile-dependency-version": error("They have a version that the pack works with."),
    "profile-dependency-not-supported": error(
        "No pack is in the profile that another one refuses.",
    ),
    "profile-dependency-upgrade": warning("A pack is upgraded from a version that it allows."),
    "profile-kubernetes-version": error(
        "The profile's Kubernetes is in the range that every chart wants.",
    ),
    "profile-resources": error("The pools have the CPU, memory and disk that a pack asks for."),
    "profile-resources-total": warning("The pools have what all packs together ask for."),
    "profile-value-constraint": warning("Values in a profile keep to the pack's constraints."),
    "profile-namespace-shared": info("Every pack of a profile has a namespace of its own."),
    "profile-release-duplicate": warning(
        "No two charts of a namespace have the same release name.",
    ),
    "profile-macro-unresolved": warning("Macros name packs and variables of the profile."),
} satisfies Record<string, Rule>;

/** Id of a rule. */
export type RuleId = keyof typeof rules;
