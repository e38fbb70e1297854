import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPack } from "../../packages/pack/check/checkPack";
import { fixPack } from "../../packages/pack/check/fixPack";
import { findHelm } from "../../packages/pack/render/helm";
import { manifestPack, packJson, packSection, pod, Scratch, type Files } from "./packFolder";
import { renderablePack } from "./renderedSlips";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const block = "manifests:\n  demo:\n    tag: 1.0.0\n";
const json = (change: object): Files => ({
    "pack.json": { ...packJson, kubeManifests: ["manifests/demo.yaml"], ...change },
});

/** A mistake, the file that it is in, and a text of the corrected file. */
const cases: [title: string, files: Files, file: string, text: string][] = [
    [
        "a key of pack",
        { "values.yaml": packSection.replace("namespace", "nameSpace") + block },
        "values.yaml",
        "  namespace: demo",
    ],
    [
        "a key in quotes",
        { "values.yaml": packSection.replace("namespace", '"namepsace"') + block },
        "values.yaml",
        '  "namespace": demo',
    ],
    [
        "a list of pack.json",
        json({ kubeManifests: undefined, KubeManifests: ["manifests/demo.yaml"] }),
        "pack.json",
        '"kubeManifests"',
    ],
    [
        "the letter case of a path",
        json({ kubeManifests: ["manifests/Demo.yaml"] }),
        "pack.json",
        '"manifests/demo.yaml"',
    ],
    [
        "a number as annotation",
        json({ annotations: { source: "community", revision: 3 } }),
        "pack.json",
        '"revision": "3"',
    ],
    [
        "a priority without quotes",
        { "values.yaml": `${packSection}  spectrocloud.com/install-priority: -5\n${block}` },
        "values.yaml",
        'install-priority: "-5"',
    ],
    [
        "a bare image",
        { "values.yaml": packSection.replace("- image: ", "- ") + block },
        "values.yaml",
        "- image: ghcr.io/demo/demo:1.0.0",
    ],
    [
        "an image twice",
        { "values.yaml": `${packSection}      - image: ghcr.io/demo/demo:1.0.0\n${block}` },
        "values.yaml",
        packSection + block,
    ],
    [
        "a macro without quotes",
        {
            "values.yaml":
                `${packSection}other: {{ .spectro.system.cluster.name }}-x # why\n${block}`.replace(
                    " # why",
                    "",
                ),
        },
        "values.yaml",
        'other: "{{ .spectro.system.cluster.name }}-x"\n',
    ],
    [
        "a macro with one brace",
        { "values.yaml": `${packSection}other: "{{ .spectro.system.cluster.name }"\n${block}` },
        "values.yaml",
        'other: "{{ .spectro.system.cluster.name }}"\n',
    ],
    [
        "a macro without its dot",
        { "values.yaml": `${packSection}other: "{{ spectro.system.cluster.name }}"\n${block}` },
        "values.yaml",
        'other: "{{ .spectro.system.cluster.name }}"\n',
    ],
    [
        ".values in a manifest",
        { "manifests/demo.yaml": pod.replace(".Values.tag", ".values.tag") },
        "manifests/demo.yaml",
        "{{ .Values.tag }}",
    ],
    ["the name of a file", { "presets.yml": "presets: []\n" }, "presets.yaml", "presets: []\n"],
];

test.each(cases)("%s", async (_, files, file, text) => {
    const folder = await scratch.write({ ...manifestPack(), ...files });
    const findings = await checkPack(folder);
    expect(findings).toHaveLength(1);
    const before = existsSync(join(folder, file)) && readFileSync(join(folder, file), "utf8");
    await fixPack(folder, findings, false);
    expect(existsSync(join(folder, file)) && readFileSync(join(folder, file), "utf8")).toBe(before);
    const { lines, renamed } = await fixPack(folder, findings, true);
    expect(lines.length + renamed.length).toBe(1);
    expect(readFileSync(join(folder, file), "utf8")).toContain(text);
    expect(await checkPack(folder)).toEqual([]);
});

test("rendered images are added to the list", async () => {
    const files = renderablePack({
        "values.yaml": `${packSection}charts:\n  server:\n    image:\n      tag: 2.0.0\n`,
    });
    const folder = await scratch.write(files);
    const options = { rendering: { helm: findHelm() as string } };
    await fixPack(folder, await checkPack(folder, options), true);
    expect(readFileSync(join(folder, "values.yaml"), "utf8")).toContain(
        "      - image: ghcr.io/demo/demo:1.0.0\n      - image: ghcr.io/demo/demo:2.0.0\ncharts:",
    );
});

test("what has no one right answer stays as it is", async () => {
    const files: Files = {
        ...manifestPack(),
        "README.md": undefined,
        ...json({ layer: "add-on" }),
    };
    const folder = await scratch.write(files);
    const findings = await checkPack(folder);
    expect(await fixPack(folder, findings, true)).toEqual({ lines: [], renamed: [] });
    expect(await checkPack(folder)).toEqual(findings);
});

test("--dry-run shows a difference and changes nothing; --fix corrects, and reports what is left", async () => {
    const wrong = packSection.replace("namespace", "namepsace") + block;
    const files = { ...manifestPack(), "README.md": undefined, "values.yaml": wrong };
    await scratch.write(files, "pack");
    const run = (option: string) => {
        const args = [
            join(__dirname, "../../scripts/pack.js"),
            "check",
            "--no-render",
            option,
            "pack",
        ];
        return spawnSync(process.execPath, args, { cwd: scratch.path, encoding: "utf8" });
    };
    const difference = "pack/values.yaml:2\n-  namepsace: demo\n+  namespace: demo\n";
    const shown = run("--dry-run");
    expect(shown.stderr).toBe(difference);
    expect(shown.stdout).toContain("[key-misspelt]");
    expect(readFileSync(join(scratch.path, "pack/values.yaml"), "utf8")).toBe(wrong);
    const fixed = run("--fix");
    expect(fixed.stderr).toBe(difference);
    expect(fixed.stdout).toContain("[readme-missing]");
    expect(fixed.stdout).not.toContain("[key-misspelt]");
    expect(run("--fix").stderr).toBe("");
});

test("one --fix corrects what an earlier correction brings to light, and leaves line endings and comments", async () => {
    const lines = [
        "pack:",
        "  namepsace: demo # ours",
        "  content:",
        "    images:",
        "      - image: ghcr.io/demo/demo:1.0.0",
        "      - image: https://ghcr.io/demo/demo:1.0.0",
        "manifests:",
        "  demo:",
        "    tag: 1.0.0",
        "other: {{ .spectro.var.a }}",
        "",
    ];
    await scratch.write({ ...manifestPack(), "values.yaml": lines.join("\r\n") }, "layers");
    const args = [
        join(__dirname, "../../scripts/pack.js"),
        "check",
        "--no-render",
        "--fix",
        "layers",
    ];
    const { stdout } = spawnSync(process.execPath, args, { cwd: scratch.path, encoding: "utf8" });
    expect(stdout).toBe("layers: clean\n");
    const corrected = lines.filter((line) => !line.includes("https:")).join("\r\n");
    expect(readFileSync(join(scratch.path, "layers/values.yaml"), "utf8")).toBe(
        corrected
            .replace("namepsace", "namespace")
            .replace("{{ .spectro.var.a }}", '"{{ .spectro.var.a }}"'),
    );
});
