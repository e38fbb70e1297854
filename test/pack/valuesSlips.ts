import { packSection } from "./packFolder";
import type { Slip } from "./slips";

const block = "manifests:\n  demo:\n    tag: 1.0.0\n";

function slip(
    title: string,
    rule: Slip["rule"],
    text: string,
    at: string,
    says: RegExp,
    pack: Slip["pack"] = "manifest",
): Slip {
    return { title, pack, files: { "values.yaml": text }, rule, file: "values.yaml", at, says };
}

/** Values of a chart. */
function chart(title: string, rule: Slip["rule"], text: string, at: string, says: RegExp): Slip {
    return slip(title, rule, packSection + text, at, says, "helm");
}

/** Values of a manifest under another key than its own. */
function manifests(title: string, text: string, at: string, says: RegExp): Slip {
    const rule = "manifest-values-unmatched";
    return slip(`manifests: ${title}`, rule, packSection + text, at, says);
}

function image(title: string, reference: string, says: RegExp, rule?: Slip["rule"]): Slip {
    const text = packSection.replace("ghcr.io/demo/demo:1.0.0", reference) + block;
    return slip(`image: ${title}`, rule ?? "image-reference-invalid", text, reference, says);
}

function labels(title: string, text: string, says: RegExp): Slip {
    const values = `${packSection}  namespaceLabels:\n    ${text}\n${block}`;
    return slip(`labels: ${title}`, "namespace-labels-shape", values, text, says);
}

function macro(title: string, rule: Slip["rule"], text: string, says: RegExp): Slip {
    const values = `${packSection}other: '${text}'\n${block}`;
    return slip(`macro: ${title}`, rule, values, "other:", says);
}

function preset(title: string, rule: Slip["rule"], lines: string, at: string, says: RegExp): Slip {
    const text = `presets:\n  - name: small\n    displayName: Small\n    group: size\n${lines}`;
    const files = { "presets.yaml": text };
    return { title: `preset: ${title}`, pack: "helm", files, rule, file: "presets.yaml", at, says };
}
const removing = (path: string) => `    remove:\n      - ${path}\n`;
const adding = (...lines: string[]) =>
    ["    remove: []", "    add: |", ...lines.map((line) => `      ${line}`), ""].join("\n");

function schema(title: string, template: string, says: RegExp, rule?: Slip["rule"]): Slip {
    return {
        title: `schema: ${title}`,
        pack: "helm",
        files: { "schema.yaml": `charts.server.replicas:\n  schema: ${template}\n` },
        rule: rule ?? "schema-format-unknown",
        file: "schema.yaml",
        at: "schema:",
        says,
    };
}
const format = (title: string, text: string, says: RegExp) =>
    schema(title, `'{{ format "${text}" }}'`, says);

/** Slips in values.yaml, presets.yaml and schema.yaml. */
export const valuesSlips: Slip[] = [
    ...[
        ["ns: demo", "namespace"],
        ["installPriority: '1'", "spectrocloud.com/install-priority"],
        ["displayName: Demo", "spectrocloud.com/display-name"],
    ].map(([line, meant]): Slip => {
        const key = (line as string).split(":")[0] as string;
        const text = packSection.replace("namespace: demo", line as string);
        const rest = meant === "namespace" ? text : `${packSection}  ${line}\n`;
        const says = new RegExp(`Rename it to ${meant}`);
        return slip(`${key} under pack by another name`, "key-misspelt", rest + block, key, says);
    }),
    slip(
        "images beside content",
        "key-misplaced",
        `pack:\n  namespace: demo\n  images:\n    - image: a/b:1\n${block}`,
        "images:",
        /stands in pack\.content/,
    ),
    slip(
        "content at the root",
        "key-misplaced",
        `pack:\n  namespace: demo\ncontent:\n  images:\n    - image: a/b:1\n${block}`,
        "content:",
        /Indent it under pack\./,
    ),
    slip(
        "namespace at the root",
        "key-misplaced",
        `namespace: demo\n${packSection.replace("  namespace: demo\n", "")}${block}`,
        "namespace:",
        /Indent it under pack\./,
    ),
    slip(
        "values of a manifest at the root",
        "key-misplaced",
        `${packSection}demo:\n  tag: 1.0.0\n`,
        "demo:",
        /Indent it under manifests/,
    ),
    slip("a list for values", "values-syntax", "- pack\n", "- pack", /must hold a mapping/),
    slip(
        "a condition of readiness outside of its list",
        "key-misplaced",
        `${packSection}${block}readinessCheck:\n  v1beta1:\n    - name: a\n      kind: Pod\n      keyToCheck: status\n`,
        "keyToCheck",
        /stands in an item of keysToCheck/,
    ),
    slip(
        "a key of readiness misspelt",
        "key-misspelt",
        `${packSection}${block}readinessCheck:\n  v1beta1:\n    - name: a\n      knid: Pod\n`,
        "knid",
        /Rename it to kind/,
    ),
    slip(
        "manifest for manifests tells the values that are there",
        "key-misspelt",
        `${packSection}manifest:\n  demo:\n    tag: 1.0.0\n`,
        "manifest:",
        /Rename it to manifests/,
    ),
    manifests("a file name", "manifests:\n  demo.yaml:\n    tag: 1\n", "demo.yaml", /key to demo/),
    manifests("a path", "manifests:\n  manifests/demo:\n    tag: 1\n", "manifests/demo", /to demo/),
    manifests("a level too few", "manifests:\n  tag: 1\n", "tag: 1", /under manifests\.demo/),
    manifests("a list", "manifests:\n  - demo:\n      tag: 1\n", "- demo", /must be a mapping/),
    {
        ...manifests(
            "a chart",
            "manifests:\n  server:\n    replicas: 2\n",
            "server",
            /charts\.server/,
        ),
        pack: "helm",
    },
    slip(
        "values of a manifest under charts",
        "chart-values-unmatched",
        `${packSection}charts:\n  demo:\n    tag: 1.0.0\n`,
        "demo:",
        /Move it to manifests\.demo/,
    ),
    chart(
        "points in a key of a chart",
        "chart-value-unknown",
        "charts:\n  server:\n    image.tag: 2\n",
        "image.tag",
        /Write image: and below it tag:/,
    ),
    chart(
        "points in a key at the root",
        "key-misplaced",
        "charts.server:\n  replicas: 2\n",
        "charts.server",
        /Write charts: and below it server:/,
    ),
    chart(
        "values of a chart one level too deep",
        "chart-values-inert",
        "charts:\n  server:\n    values:\n      replicas: 2\n",
        "server:",
        /Move what is in values one level up/,
    ),
    chart(
        "the only key of a chart misspelt",
        "chart-values-inert",
        "charts:\n  server:\n    replica: 2\n",
        "server:",
        /Did you mean replicas/,
    ),
    image("a scheme", "https://ghcr.io/demo/demo:1", /Leave https:\/\/ out/),
    image("capitals", "ghcr.io/Demo/demo:1", /in lower case/),
    image("a template", "ghcr.io/demo/demo:{{ .Values.tag }}", /write the image out/),
    image("a digest without its name", `a/b@${"a".repeat(64)}`, /name@sha256/),
    image("two tags", "ghcr.io/demo/demo:v:1", /Write registry\/name:tag/),
    image("another digest", `a/b@sha1:${"a".repeat(40)}`, /not an image reference/),
    labels("colons", 'demo: "a: b"', /"a: b", which is no label/),
    labels("semicolons", "demo: a=b;c=d", /which is no label/),
    labels(
        "no namespace",
        "pod-security.kubernetes.io/enforce: privileged",
        /namespace is expected/,
    ),
    slip(
        "a space in the install priority",
        "install-priority-not-integer",
        `${packSection}  spectrocloud.com/install-priority: " 5"\n${block}`,
        "install-priority",
        /" 5" is not an integer/,
    ),
    macro("three braces", "macro-braces", "{{{ .spectro.var.a }}}", /Three braces/),
    macro("no end", "macro-braces", "{{ .spectro.var.a", /Write }} behind it/),
    macro("no name", "macro-unknown", "{{ .spectro.var }}", /\.spectro\.var\.<name>/),
    macro(
        "two bars",
        "macro-function-unknown",
        "{{ .spectro.var.a || upper }}",
        /missing before \|/,
    ),
    macro("a parenthesis", "macro-function-unknown", "{{ (.spectro.var.a }}", /not closed/),
    macro("a function before", "macro-function-unknown", "{{ uper .spectro.var.a }}", /mean upper/),
    preset(
        "a text of set",
        "presets-invalid",
        "    remove: []\n    add: a.b=1\n",
        "add:",
        /mapping/,
    ),
    preset(
        "points in add",
        "preset-path-unknown",
        adding("charts.server.replicas: 2"),
        "charts.server",
        /line of its own/,
    ),
    preset(
        "a chart without charts",
        "preset-path-unknown",
        adding("server:", "  replicas: 2"),
        "server:",
        /charts\.server/,
    ),
    preset(
        "a key of a chart misspelt",
        "chart-value-unknown",
        adding("charts:", "  server:", "    replcas: 2"),
        "replcas",
        /mean replicas/,
    ),
    preset(
        "add not indented",
        "key-misplaced",
        "    remove: []\n    add: |\n    charts:\n      server: {}\n",
        "charts:",
        /above it/,
    ),
    preset(
        "values for add",
        "key-misspelt",
        "    remove: []\n    values: |\n      charts: {}\n",
        "values:",
        /Rename it to add/,
    ),
    preset(
        "slashes",
        "preset-path-unknown",
        removing("charts/server/replicas"),
        "charts/",
        /charts\.server\.replicas/,
    ),
    preset(
        "a point before",
        "preset-path-unknown",
        removing(".charts.server.replicas"),
        ".charts",
        /Leave \. out/,
    ),
    preset(
        "a point behind",
        "preset-path-unknown",
        removing("charts.server.replicas."),
        "replicas.",
        /point ends it/,
    ),
    preset(
        "values before",
        "preset-path-unknown",
        removing("values.charts.server"),
        "values.",
        /Leave values\. out/,
    ),
    preset(
        "remove as text",
        "presets-invalid",
        "    remove: charts.server.a\n",
        "remove:",
        /one line for each/,
    ),
    {
        ...preset("no list", "presets-invalid", "", "- name", /Write presets: above/),
        files: { "presets.yaml": "- name: a\n" },
    },
    {
        ...preset("the key preset", "presets-invalid", "", "- name", /Rename preset to presets/),
        files: { "presets.yaml": "preset:\n  - name: a\n" },
    },
    {
        ...preset("a number as name", "presets-invalid", "", "name: 1", /Write "1" in quotes/),
        files: {
            "presets.yaml":
                "presets:\n  - name: 1\n    displayName: A\n    group: g\n    remove: []\n",
        },
    },
    schema("something behind required", "'{{ required true }}'", /has true behind required/),
    schema("a comma", "'{{ required, readonly }}'", /Write required \| readonly/),
    schema("no bar", "'{{ required format \"${number}\" }}'", /no \| before format/),
    schema("no quotes", "'{{ format ${number} }}'", /Write format "\$\{number\}"/),
    schema("single quotes", "\"{{ format '${number}' }}\"", /Write format "\$\{number\}"/),
    schema("a hyphen", "'{{ read-only }}'", /Write readonly/),
    schema("nothing", "'{{ }}'", /has nothing where/),
    schema("a bar too many", "'{{ required | }}'", /has nothing where/),
    schema("two pairs of braces", "'{{ required }} | {{ readonly }}'", /Write all in one/),
    schema("no quotes at all", "{{ required }}", /template in quotes/, "schema-invalid"),
    format("no dollar", "{number}", /Write \$\{number\}/),
    format("parentheses", "$(number)", /Write \$\{number\}/),
    format("a brace is open", "${number", /Write \} behind it/),
    format("no range", "${number:[1,5]}", /Write \$\{number:\[1-10\]\}/),
    format("a range reversed", "${number:[5-1]}", /Write \[1-5\]/),
    format("an expression is open", "${string:/abc}", /Write \/ behind it/),
    format("a list without brackets", "${list:1,2}", /Write \$\{list:\[1,2\]\}/),
    {
        ...schema("slashes in a path", "", /Write charts\.server\.replicas/, "schema-path-unknown"),
        files: { "schema.yaml": "charts/server/replicas:\n  schema: '{{ required }}'\n" },
        at: "charts/",
    },
    {
        ...schema("nested paths", "", /charts\.server\.<key>/, "schema-invalid"),
        files: { "schema.yaml": "charts:\n  server:\n    replicas: '{{ required }}'\n" },
        at: "server:",
    },
];
