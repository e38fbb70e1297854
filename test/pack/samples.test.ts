import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { checkPack } from "../../packages/pack/check/checkPack";
import { newPack } from "../../packages/pack/cli/new/skeleton";
import { packageChart } from "../../packages/pack/format/packageChart";
import { readPack } from "../../packages/pack/check/readPack";
import { applyPresets, parsePresets } from "../../packages/pack/format/values";
import golden from "./golden.json";

const packs = join(__dirname, "../../packs");
const samples = readdirSync(packs).filter((name) => existsSync(join(packs, name, "pack.json")));
const scratch = mkdtempSync(join(tmpdir(), "pack-samples-"));
afterAll(() => rmSync(scratch, { recursive: true }));

test("every sample has a golden digest", () => {
    expect(Object.keys(golden).sort()).toEqual([...samples].sort());
});

test.each(samples)("%s is clean", async (sample) => {
    expect(await checkPack(join(packs, sample))).toEqual([]);
});

test("the chart archives are packaged from the sources beside them", async () => {
    const charts = join(packs, "hello-helm-pack/charts");
    const folders = readdirSync(charts, { withFileTypes: true }).filter((item) =>
        item.isDirectory(),
    );
    expect(folders).toHaveLength(2);
    for (const { name } of folders) {
        const archive = await packageChart(join(charts, name), scratch);
        const committed = readFileSync(join(charts, basename(archive)));
        expect(readFileSync(archive).equals(committed)).toBe(true);
    }
});

test("every preset of the Helm sample can be chosen, and changes its values", async () => {
    const pack = await readPack(join(packs, "hello-helm-pack"));
    const before = parse(pack.values) as unknown;
    const presets = parsePresets(pack.presets);
    expect(presets).toHaveLength(3);
    for (const { name } of presets) {
        const text = applyPresets(pack.values, parsePresets(pack.presets), [name]);
        expect(parse(text)).not.toEqual(before);
        expect(text).toContain("# The page, behind a load balancer.");
    }
});

describe("a new pack is clean", () => {
    test.each([
        ["manifest", "demo", false],
        ["Helm", "demo", true],
        ["manifest with points", "demo.v2_x-y", false],
        ["Helm with hyphens", "demo-1", true],
    ])("%s", async (title, name, helm) => {
        const folder = join(scratch, "deep", title);
        await newPack(folder, name, { helm });
        expect(await checkPack(folder)).toEqual([]);
        await expect(newPack(folder, name, { helm })).rejects.toThrow(/already there/);
    });

    test("a name that cannot be one is refused, and nothing is written", async () => {
        const folder = join(scratch, "Bad");
        await expect(newPack(folder, "Bad Name", { helm: false })).rejects.toThrow(/lower-case/);
        expect(existsSync(folder)).toBe(false);
    });
});
