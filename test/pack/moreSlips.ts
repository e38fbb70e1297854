import { chartArchive, packJson, packSection, pod, type Files } from "./packFolder";
import type { Slip } from "./slips";

const block = "manifests:\n  demo:\n    tag: 1.0.0\n";

function values(title: string, rule: Slip["rule"], text: string, at: string, says: RegExp): Slip {
    const files: Files = { "values.yaml": text };
    return { title, pack: "manifest", files, rule, file: "values.yaml", at, says };
}

/** A line of values.yaml that holds a macro. */
function macro(
    title: string,
    text: string,
    says: RegExp,
    rule: Slip["rule"] = "macro-unknown",
): Slip {
    return values(
        `macro: ${title}`,
        rule,
        `${packSection}other: '${text}'\n${block}`,
        "other:",
        says,
    );
}

/** values.yaml that is not YAML. */
function broken(title: string, lines: string, at: string, says: RegExp): Slip {
    return values(`YAML: ${title}`, "values-syntax", `${packSection}${block}${lines}`, at, says);
}

function json(title: string, rule: Slip["rule"], change: object, at: string, says: RegExp): Slip {
    const files = {
        "pack.json": { ...packJson, kubeManifests: ["manifests/demo.yaml"], ...change },
    };
    return {
        title: `pack.json: ${title}`,
        pack: "manifest",
        files,
        rule,
        file: "pack.json",
        at,
        says,
    };
}

function manifestText(
    title: string,
    rule: Slip["rule"],
    text: string,
    at: string,
    says: RegExp,
): Slip {
    const files = { "manifests/demo.yaml": text };
    return { title, pack: "manifest", files, rule, file: "manifests/demo.yaml", at, says };
}

function archive(
    title: string,
    content: Buffer | Promise<Buffer>,
    rule: Slip["rule"],
    says: RegExp,
): Slip {
    const files = { "charts/archive.tgz": content };
    return {
        title: `chart archive: ${title}`,
        pack: "helm",
        files,
        rule,
        file: "pack.json",
        at: "archive.tgz",
        says,
    };
}

const parent = chartArchive({
    "Chart.yaml":
        "apiVersion: v2\nname: server\nversion: 0.1.0\ndependencies:\n  - name: redis\n    version: 1.0.0\n",
    "values.yaml": "replicas: 1\nglobal:\n  imageRegistry: ''\n",
    "templates/deployment.yaml": "a: {{ .Values.replicas }} {{ .Values.global.imageRegistry }}\n",
    "charts/redis/Chart.yaml": "apiVersion: v2\nname: redis\nversion: 1.0.0\n",
    "charts/redis/values.yaml": "persistence:\n  size: 1Gi\npassword: ''\n",
    "charts/redis/templates/a.yaml": "a: {{ .Values.persistence.size }} {{ .Values.password }}\n",
});
function dependency(title: string, text: string, at: string, says: RegExp): Slip {
    return {
        title: `dependency: ${title}`,
        pack: "helm",
        files: {
            "charts/archive.tgz": parent,
            "values.yaml": `${packSection}charts:\n  server:\n    replicas: 2\n${text}`,
        },
        rule: "chart-value-unknown",
        file: "values.yaml",
        at,
        says,
    };
}

/** More slips: macros, broken files, archives, dependencies, pack.json. */
export const moreSlips: Slip[] = [
    macro(
        "a closing brace is missing",
        "{{ .spectro.system.cluster.name }",
        /Write \{\{ \.spectro\.system\.cluster\.name \}\}/,
        "macro-braces",
    ),
    macro(
        "single braces",
        "{ .spectro.system.cluster.uid }",
        /two braces on both sides/,
        "macro-braces",
    ),
    macro("the dot is missing", "{{ spectro.system.cluster.name }}", /not with spectro/),
    macro("a capital", "{{ .Spectro.system.project.uid }}", /not with \.Spectro/),
    macro("spectrocloud", "{{ .spectrocloud.system.cluster.name }}", /not with \.spectrocloud/),
    macro("letters swapped", "{{ .sepctro.system.cluster.name }}", /not with \.sepctro/),
    macro(
        "an unknown function",
        "{{ .spectro.system.cluster.name | uppper }}",
        /Did you mean upper/,
        "macro-function-unknown",
    ),
    macro(
        "a filter of another language",
        "{{ .spectro.system.cluster.name | capitalize }}",
        /no function of templates/,
        "macro-function-unknown",
    ),
    macro(
        "a value of the pack that is not there",
        "{{ .spectro.pack.demo.manifests.demo.port }}",
        /reads manifests\.demo\.port/,
        "macro-reference-unresolved",
    ),
    macro(
        "a block of the pack that is misspelt",
        "{{ .spectro.pack.demo.manifest.demo.tag }}",
        /Did you mean manifests/,
        "macro-reference-unresolved",
    ),
    macro("a plural", "{{ .spectro.system.clusters.name }}", /cluster\.name/),
    macro("system left out", "{{ .spectro.cluster.name }}", /\.spectro\.system\.cluster\.name/),
    {
        ...macro("in a preset", "", /not with \.Spectro/),
        files: {
            "presets.yaml":
                "presets:\n  - name: a\n    displayName: A\n    group: g\n    remove: []\n    add: |\n      manifests:\n        demo:\n          tag: '{{ .Spectro.system.cluster.name }}'\n",
        },
        file: "presets.yaml",
        at: ".Spectro",
    },
    manifestText(
        "macro: in a manifest without its dot",
        "macro-unknown",
        `${pod}# one\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: more\ndata:\n  a: "{{ printf "%s" "x" }}{{ .specto.system.cluster.name }}"\n`,
        "specto",
        /Write \.spectro/,
    ),
    broken(
        "a merge that Git could not finish",
        "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> main\n",
        "<<<<<<<",
        /merge conflict/,
    ),
    broken(
        "no space behind the colon",
        "more:\n  key:value\n  other: 1\n",
        "key:value",
        /write key: value/,
    ),
    broken("a colon in a value", "more: a: b\n", "more: a", /in quotes|second colon/),
    broken("quotes that are not closed", 'more: "abc\n', "more:", /not closed/),
    broken("a bracket that is not closed", "more: [a, b\n", "", /not closed/),
    broken("a line of words", "more words here\nother: 1\n", "more words", /neither a key/),
    broken("an at sign", "more: @admin\n", "@admin", /needs quotes/),
    broken("a star", "more: *\n", "more: *", /anchor|quotes/),
    broken("indentation that fits nothing", "more:\n    a: 1\n  b: 2\n", "b: 2", /fits none/),
    broken("a backslash in double quotes", 'more: "C:\\Temp"\n', "C:", /single quotes/),
    manifestText(
        "a merge conflict in a manifest",
        "manifest-yaml-invalid",
        "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> main\n",
        "<<<<<<<",
        /merge conflict/,
    ),
    manifestText(
        "no space behind a colon in a manifest",
        "manifest-yaml-invalid",
        "apiVersion: v1\nkind:Pod\nmetadata:\n  name: a\n",
        "kind:Pod",
        /write kind: Pod/,
    ),
    {
        ...json("a merge conflict", "pack-json-syntax", {}, "<<<<<<<", /merge conflict/),
        files: {
            "pack.json": '{\n<<<<<<< HEAD\n"name": "a"\n=======\n"name": "b"\n>>>>>>> x\n}\n',
        },
    },
    archive(
        "a zip",
        Buffer.from("PK\u0003\u0004and so on"),
        "chart-archive-invalid",
        /zip archive/,
    ),
    archive(
        "a text",
        Buffer.from("hello, this is no archive at all\n"),
        "chart-archive-invalid",
        /not compressed with gzip/,
    ),
    archive(
        "cut off",
        chartArchive().then((bytes) => bytes.subarray(0, bytes.length - 60)),
        "chart-archive-invalid",
        /cut off|damaged/,
    ),
    dependency(
        "a key of the dependency misspelt",
        "    redis:\n      pasword: x\n",
        "pasword",
        /Did you mean password/,
    ),
    dependency(
        "a deeper key misspelt",
        "    redis:\n      persistence:\n        sise: 2Gi\n",
        "sise",
        /Did you mean size/,
    ),
    dependency(
        "its name misspelt",
        "    reddis:\n      password: x\n",
        "reddis",
        /Did you mean redis/,
    ),
    dependency(
        "a global key misspelt",
        "    global:\n      imageRegistri: x\n",
        "imageRegistri",
        /Did you mean imageRegistry/,
    ),
    json(
        "an unknown key",
        "pack-json-unknown-key",
        { maintainer: "me" },
        "maintainer",
        /not a field/,
    ),
    json(
        "a misspelt displayname",
        "pack-json-unknown-key",
        { displayname: "Demo" },
        "displayname",
        /Did you mean displayName/,
    ),
    json("a version with a v", "version-leading-v", { version: "v1.0.0" }, "v1.0.0", /Use 1\.0\.0/),
    json(
        "a number as annotation",
        "annotations-invalid",
        { annotations: { source: "community", revision: 3 } },
        "revision",
        /in quotes/,
    ),
    json(
        "a cloud that is not there",
        "cloud-type-unknown",
        { cloudTypes: ["aws", "azur"] },
        "azur",
        /Did you mean azure/,
    ),
    json("add-on with a hyphen", "layer-unknown", { layer: "add-on" }, "add-on", /addon/),
    json(
        "the type in capitals",
        "addon-type-unusual",
        { addonType: "Monitoring" },
        "Monitoring",
        /monitoring/,
    ),
    json("end of life in words", "eol-format", { eol: "May 2028" }, "May", /2028-04-30/),
    json(
        "a minimum above the maximum",
        "dependency-range",
        {
            constraints: {
                dependencies: [
                    {
                        packName: "k8s",
                        layer: "k8s",
                        type: "required",
                        minVersion: "1.30",
                        maxVersion: "1.28",
                    },
                ],
            },
        },
        "minVersion",
        /1\.30|above/,
    ),
    values(
        "a rule that is turned off for no reason",
        "suppression-invalid",
        packSection.replace(
            "  namespace: demo\n",
            "  # palette-pack-disable-next-line namespace-shared\n  namespace: default\n",
        ) + block,
        "palette-pack-disable",
        /Write -- and the reason/,
    ),
    values(
        "a rule that is turned off where it has nothing to say",
        "suppression-unused",
        `# palette-pack-disable-next-line image-latest -- no other tag\n${packSection}${block}`,
        "palette-pack-disable",
        /Delete it/,
    ),
    {
        title: "settings of a rule that is not there",
        pack: "manifest",
        files: { "palette-pack.yaml": "rules:\n  readme-mising: off\n" },
        rule: "settings-invalid",
        file: "palette-pack.yaml",
        at: "readme-mising",
        says: /Did you mean readme-missing/,
    },
];
