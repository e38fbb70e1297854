import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diffPacks } from "../../packages/pack/format/diffPacks";
import { readFileOf } from "../../packages/pack/format/packFile";
import { InvalidPackError, readPack } from "../../packages/pack/check/readPack";
import { entriesOf, helmPack, manifestPack, Scratch, tarGz } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const sample = join(__dirname, "../../packs/hello-universe-pack");

test("the tutorial's pack", async () => {
    const pack = await readPack(sample);
    expect(pack).toMatchObject({
        name: "hellouniverse",
        version: "1.0.0",
        layer: "addon",
        displayName: "Hello Universe",
        source: { kind: "folder", path: sample },
    });
    expect(pack.packJson.kubeManifests).toEqual(["manifests/hello-universe.yaml"]);
    expect(pack.values).toContain("tag: 1.2.0");
    expect(pack.files.map(({ path }) => path)).toEqual([
        "README.md",
        "logo.png",
        "manifests/hello-universe.yaml",
        "pack.json",
        "values.yaml",
    ]);
});

test("an archive and a folder of the same content are the same pack", async () => {
    const files = { ...helmPack(), "presets.yaml": "presets: []\n" };
    const folder = await readPack(await scratch.write(files));
    const archive = scratch.file("demo-1.0.0.tar.gz", await tarGz(await entriesOf(files, "./x/")));
    const spools = () => readdirSync(tmpdir()).filter((name) => /^pack-\w{6}$/.test(name));
    const before = spools();
    const packed = await readPack(archive);
    expect(spools()).toEqual(before);
    expect(packed.source.kind).toBe("archive");
    expect(packed.presets).toBe("presets: []\n");
    expect(packed.values).toBe(folder.values);
    expect(packed.files.map(({ path, size }) => [path, size])).toEqual(
        folder.files.map(({ path, size }) => [path, size]),
    );
    expect(await diffPacks(folder, packed)).toEqual([]);
    packed.close();
    packed.close();
    await expect(readFileOf(packed.files[0]!)).rejects.toThrow(/closed/);
});

test.each([
    ["no pack.json", { "pack.json": undefined }, /pack.json is missing/],
    ["no values.yaml", { "values.yaml": undefined }, /values.yaml is missing/],
    [
        "no version",
        { "pack.json": { name: "demo", displayName: "D", layer: "addon" } },
        /version is missing/,
    ],
    ["broken JSON", { "pack.json": "{" }, /not valid JSON/],
])("%s: the reason is in the error", async (_, files, message) => {
    const folder = await scratch.write({ ...manifestPack(), ...files });
    const error = await readPack(folder).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidPackError);
    expect((error as Error).message).toMatch(message);
    expect((error as InvalidPackError).findings).not.toHaveLength(0);
});

test("a missing pack is named", async () => {
    await expect(readPack("/nowhere/at/all")).rejects.toThrow(/nowhere\/at\/all does not exist/);
});

test("differences between two packs", async () => {
    const before = await readPack(await scratch.write({ ...manifestPack(), "old.txt": "x" }));
    const after = await readPack(
        await scratch.write({ ...manifestPack(), "README.md": "# Dem!\n", "new.txt": "x" }),
    );
    expect(await diffPacks(before, after)).toEqual([
        { path: "README.md", change: "changed" },
        { path: "new.txt", change: "added" },
        { path: "old.txt", change: "removed" },
    ]);
});
