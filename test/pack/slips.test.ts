import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPack } from "../../packages/pack/check/checkPack";
import { helmPack, manifestPack, Scratch } from "./packFolder";
import { moreSlips } from "./moreSlips";
import { packJsonSlips } from "./packJsonSlips";
import { renderedSlips } from "./renderedSlips";
import { slips as firstSlips } from "./slips";
import { valuesSlips } from "./valuesSlips";

const slips = [...firstSlips, ...moreSlips, ...packJsonSlips, ...valuesSlips];

const scratch = new Scratch();
afterAll(() => scratch.clear());

test("there are slips enough, and each has a title of its own", () => {
    expect(new Set(slips.map(({ title }) => title)).size).toBe(slips.length);
    expect(slips.length + renderedSlips.length).toBeGreaterThan(150);
});

test.each(slips)(
    "$title: one finding, at its line",
    async ({ pack, files, folder: name, rule, file, at, says }) => {
        const base = pack === "helm" ? helmPack() : manifestPack();
        const folder = await scratch.write({ ...base, ...files }, name);
        const findings = await checkPack(folder);
        expect(findings.map((found) => [found.rule, found.message])).toEqual([
            [rule, expect.any(String) as string],
        ]);
        const [found] = findings;
        expect(`${found?.message} ${found?.help}`).toMatch(says);
        expect(found?.file).toBe(file);
        if (file === undefined || at === undefined) {
            return;
        }
        const lines = readFileSync(join(folder, file), "utf8").split("\n");
        expect(lines[(found?.line ?? 0) - 1]).toContain(at);
    },
);
