import { packJson } from "./packFolder";
import type { Slip } from "./slips";

const whole = { ...packJson, kubeManifests: ["manifests/demo.yaml"] };

function slip(
    title: string,
    rule: Slip["rule"],
    text: string | object,
    at: string,
    says: RegExp,
): Slip {
    const files = { "pack.json": text };
    return { title, pack: "manifest", files, rule, file: "pack.json", at, says };
}

/** A field of another name; the pack lacks the field itself. */
function renamed(field: keyof typeof packJson, key: string, rule: Slip["rule"]): Slip {
    const text = JSON.stringify(whole, null, 2).replace(`"${field}":`, `"${key}":`);
    const says = new RegExp(`${field} is missing: ${key} is no field.*Rename it to ${field}`);
    return slip(`${key} for ${field}`, rule, text, `"${key}"`, says);
}

/** A slip in the text of pack.json. */
function syntax(title: string, from: string, to: string, at: string, says: RegExp): Slip {
    const text = JSON.stringify(whole, null, 2).replace(from, to);
    return slip(`JSON: ${title}`, "pack-json-syntax", text, at, says);
}

function dependency(title: string, rule: Slip["rule"], change: object, says: RegExp): Slip {
    const one = { packName: "k8s", layer: "k8s", type: "required", ...change };
    const constraints = { dependencies: [one] };
    const at = Object.keys(change).at(-1) as string;
    return slip(`dependency: ${title}`, rule, { ...whole, constraints }, at, says);
}

function listed(title: string, path: string, rule: Slip["rule"], says: RegExp): Slip {
    const text = { ...whole, kubeManifests: [path] };
    const at = path.replaceAll("\\", "\\\\");
    return slip(`listed: ${title}`, rule, text, at, says);
}

/** Slips in pack.json: fields under other names, JSON that is none, paths, versions. */
export const packJsonSlips: Slip[] = [
    renamed("name", "Name", "name-missing"),
    renamed("name", "packName", "name-missing"),
    renamed("displayName", "display_name", "display-name-missing"),
    renamed("version", "versions", "version-missing"),
    renamed("layer", "Layer", "layer-missing"),
    renamed("addonType", "type", "addon-type-missing"),
    renamed("cloudTypes", "clouds", "cloud-types-missing"),
    syntax("a comma too many", '"Demo",', '"Demo",,', '"Demo",,', /property name in double quotes/),
    syntax("a comma before the end", "]\n}", "],\n}", "],", /comma is one too many/),
    syntax("a comma is missing", '"1.0.0",', '"1.0.0"', '"1.0.0"', /a comma is missing here/),
    syntax("single quotes", '"Demo"', "'Demo'", "'Demo'", /' is no quote of JSON/),
    syntax("quotes of a word processor", '"Demo"', "“Demo”", "“Demo”", /“ is no quote of JSON/),
    syntax("a boolean of Python", '"Demo"', "True", "True", /write true for True/),
    syntax("nothing of Python", '"Demo"', "None", "None", /write null for None/),
    syntax("a comment of YAML", "{\n", "{\n  # the name\n", "# the name", /no comments/),
    syntax("a tab in a text", '"Demo"', '"De\tmo"', "De\tmo", /has a tab: write \\t/),
    slip("JSON: YAML", "pack-json-syntax", "name: demo\nlayer: addon\n", "name", /looks like YAML/),
    slip("JSON: nothing", "pack-json-syntax", "\n", "", /it is empty/),
    slip(
        "a number as version keeps its digits",
        "version-missing",
        JSON.stringify(whole, null, 2).replace('"1.0.0"', "1.10"),
        "1.10",
        /Write "1\.10" in quotes/,
    ),
    slip(
        "the layer kubernetes",
        "layer-unknown",
        { ...whole, layer: "kubernetes" },
        "layer",
        /k8s/,
    ),
    slip("the layer storage", "layer-unknown", { ...whole, layer: "storage" }, "layer", /mean csi/),
    slip(
        "the cloud VMware",
        "cloud-type-unknown",
        { ...whole, cloudTypes: ["VMware"] },
        "VMware",
        /Did you mean vsphere/,
    ),
    slip(
        "an annotation of another spelling",
        "key-misspelt",
        { ...whole, annotations: { source: "community", contributer: "me" } },
        "contributer",
        /Rename it to contributor/,
    ),
    slip(
        "dependencies beside constraints",
        "pack-json-unknown-key",
        { ...whole, dependencies: [] },
        "dependencies",
        /Move it into constraints/,
    ),
    dependency("a range", "dependency-range", { minVersion: ">=1.28" }, /Write "1\.28"/),
    dependency("a wildcard", "dependency-range", { maxVersion: "1.28.x" }, /not one version/),
    dependency(
        "the layer network",
        "constraints-invalid",
        { minVersion: "1", layer: "network" },
        /cni/,
    ),
    {
        ...dependency("a version", "dependency-never-checked", { version: "1.28" }, /minVersion/),
        at: "{",
    },
    slip(
        "dependency: name for packName",
        "constraints-invalid",
        {
            ...whole,
            constraints: {
                dependencies: [{ name: "k8s", layer: "k8s", type: "required", minVersion: "1" }],
            },
        },
        "{",
        /Rename name to packName/,
    ),
    listed(
        "an absolute path",
        "/manifests/demo.yaml",
        "path-unsafe",
        /Write manifests\/demo\.yaml/,
    ),
    listed("a backslash", "manifests\\demo.yaml", "path-unsafe", /Write manifests\/demo\.yaml/),
    listed(
        "a space behind",
        "manifests/demo.yaml ",
        "manifest-missing",
        /"manifests\/demo\.yaml "/,
    ),
    listed(
        "no extension",
        "manifests/demo",
        "manifest-missing",
        /Did you mean manifests\/demo\.yaml/,
    ),
    listed(
        "an address",
        "https://x.example/demo.yaml",
        "manifest-missing",
        /nothing is downloaded/,
    ),
    slip(
        "listed: an object",
        "file-list-type",
        { ...whole, kubeManifests: [{ path: "manifests/demo.yaml" }] },
        "{",
        /kubeManifests\[0\] must be a path/,
    ),
];
