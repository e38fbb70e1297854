import { comparePacks, formatComparison } from "../../packages/pack/cli/comparePacks";
import { readPack } from "../../packages/pack/check/readPack";
import { chartArchive, helmPack, packSection, Scratch, type Files } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

async function compare(before: Files, after: Files) {
    const [a, b] = await Promise.all(
        [before, after].map(async (files) => readPack(await scratch.write(files))),
    );
    return comparePacks(a!, b!);
}

const before: Files = {
    ...helmPack(),
    "pack.json": { ...(helmPack()["pack.json"] as object), eol: "" },
    "presets.yaml": "presets: []\n",
    "old.txt": "x\n",
};
const after: Files = {
    ...helmPack(),
    "pack.json": { ...(helmPack()["pack.json"] as object), version: "1.1.0" },
    "presets.yaml": "presets:\n  - name: large\n",
    "values.yaml": `${packSection.replace("demo:1.0.0", "demo:1.1.0")}charts:\n  server:\n    replicas: 3\n    a: [1, 2]\n`,
    "charts/archive.tgz": chartArchive({ "Chart.yaml": "name: server\nversion: 0.2.0\n" }),
    "new.bin": Buffer.from([0, 1, 2]),
};

test("files, values and charts that changed", async () => {
    const comparison = await compare(before, after);
    expect(comparison).toMatchObject({
        before: { name: "demo", version: "1.0.0" },
        after: { name: "demo", version: "1.1.0" },
    });
    expect(comparison.files.map(({ path, change }) => [change, path])).toEqual([
        ["changed", "charts/archive.tgz"],
        ["added", "new.bin"],
        ["removed", "old.txt"],
        ["changed", "pack.json"],
        ["changed", "presets.yaml"],
        ["changed", "values.yaml"],
    ]);
    expect(comparison.values).toEqual([
        { file: "pack.json", path: "version", before: "1.0.0", after: "1.1.0" },
        { file: "pack.json", path: "eol", before: "" },
        { file: "presets.yaml", path: "presets[large]", after: { name: "large" } },
        {
            file: "values.yaml",
            path: "pack.content.images[0].image",
            before: "ghcr.io/demo/demo:1.0.0",
            after: "ghcr.io/demo/demo:1.1.0",
        },
        { file: "values.yaml", path: "charts.server.replicas", before: 2, after: 3 },
        { file: "values.yaml", path: "charts.server.a", after: [1, 2] },
    ]);
    expect(comparison.charts).toEqual([{ name: "server", before: "0.1.0", after: "0.2.0" }]);
    expect(formatComparison(comparison).split("\n")).toEqual(
        expect.arrayContaining([
            "demo 1.0.0 → demo 1.1.0",
            "D old.txt",
            "M values.yaml (+3 -2 lines)",
            "    charts.server.a: [1,2] added",
            '    version: "1.0.0" → "1.1.0"',
            'chart server: "0.1.0" → "0.2.0"',
        ]),
    );
});

test("of lists of other lengths, the items that only one has", async () => {
    const list = (items: string) => ({ ...helmPack(), "presets.yaml": `presets: [${items}]\n` });
    const { values } = await compare(list("a, b, c"), list("c, d"));
    expect(values.map(({ path, before: old, after: now }) => [path, old, now])).toEqual([
        ["presets[0]", "a", undefined],
        ["presets[1]", "b", undefined],
        ["presets[1]", undefined, "d"],
    ]);
});

test("no difference", async () => {
    expect(formatComparison(await compare(before, before))).toContain("no difference");
});

test("text from a pack cannot reach the terminal's controls", async () => {
    const changed = { ...before, "values.yaml": `${packSection}a: "\\e[31m"\n`, "x\u009by": "" };
    expect(formatComparison(await compare(before, changed))).not.toMatch(/[\u001b\u009b]/);
});
