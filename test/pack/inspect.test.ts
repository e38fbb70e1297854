import { readPack } from "../../packages/pack/check/readPack";
import { formatSummary, inspectPack } from "../../packages/pack/cli/inspectPack";
import { chartArchive, helmPack, manifestPack, packJson, Scratch, type Files } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

async function inspect(files: Files, withFiles = false) {
    const summary = await inspectPack(await readPack(await scratch.write(files)));
    return { summary, lines: formatSummary(summary, withFiles).split("\n") };
}

test("what a pack is for, what it demands, and what its charts install", async () => {
    const { summary, lines } = await inspect({
        ...helmPack(),
        "pack.json": {
            ...packJson,
            cloudTypes: ["aws", "vsphere"],
            charts: ["charts/archive.tgz"],
            constraints: {
                dependencies: [
                    { packName: "kubernetes", layer: "k8s", type: "optional", minVersion: "1.25" },
                ],
                resources: [{ type: "cpu", minLimit: 100 }],
            },
        },
        "presets.yaml":
            "presets:\n  - {name: large, displayName: Many servers, group: size, add: 'charts: {}'}\n",
        "charts/archive.tgz": chartArchive({
            "Chart.yaml":
                "name: server\nversion: 0.2.0\nappVersion: 1.30\nkubeVersion: '>=1.25'\n" +
                "dependencies: [{name: db, version: ^15.0.0, alias: store}]\n",
        }),
    });
    expect(lines).toEqual(
        expect.arrayContaining([
            "Namespace: demo",
            "Clouds:    aws, vsphere",
            "  kubernetes (k8s) optional from 1.25",
            "  cpu at least 100",
            "  server 0.2.0, installs 1.3, Kubernetes >=1.25 (charts/archive.tgz)",
            "    with db ^15.0.0 as store",
            "  large: Many servers (size)",
            "  ghcr.io/demo/demo:1.0.0",
        ]),
    );
    expect(summary).toMatchObject({ namespace: "demo", missing: ["schema.yaml"] });
});

test("files are listed where they are asked for", async () => {
    const { lines } = await inspect(manifestPack());
    expect(lines.join("\n")).not.toContain("README.md");
    expect(lines.join("\n")).toMatch(/bytes, of 5 files with \d+ bytes/);
    const { lines: printed } = await inspect(manifestPack(), true);
    expect(printed).toContain(`${String(7).padStart(12)}  README.md`);
});

test("what is missing is told, a chart that cannot be read included", async () => {
    const { lines } = await inspect({
        "pack.json": { ...packJson, cloudTypes: undefined, charts: ["charts/a.tgz", "b.tgz"] },
        "values.yaml": "",
        "charts/a.tgz": "version https://git-lfs.github.com/spec/v1\n",
    });
    const missing = lines.slice(lines.indexOf("Missing:") + 1).filter(Boolean);
    expect(missing).toEqual([
        "  a namespace: Palette installs into default",
        "  clouds: cloudTypes in pack.json",
        "  images for air-gapped clusters: pack.content.images",
        "  logo.png",
        "  README.md",
        "  presets.yaml",
        "  schema.yaml",
    ]);
    expect(lines).toEqual(
        expect.arrayContaining([
            "  charts/a.tgz: a Git LFS pointer",
            "  b.tgz: it is not in the pack",
        ]),
    );
});
