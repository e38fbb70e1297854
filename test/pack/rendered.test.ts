import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPack } from "../../packages/pack/check/checkPack";
import { findHelm } from "../../packages/pack/render/helm";
import { manifestPack, Scratch } from "./packFolder";
import { renderedControls } from "./renderedControls";
import { renderablePack, renderedSlips } from "./renderedSlips";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const helm = findHelm() as string;
const options = { rendering: { helm } };

test("the packs that the slips are in have no finding, rendered or not", async () => {
    for (const files of [renderablePack(), manifestPack()]) {
        const folder = await scratch.write(files);
        expect(await checkPack(folder)).toEqual([]);
        expect(await checkPack(folder, options)).toEqual([]);
    }
});

test.each(Object.entries(renderedControls))("%s: no finding", async (_, files) => {
    expect(await checkPack(await scratch.write(files), options)).toEqual([]);
});

test.each(renderedSlips)(
    "$title: one finding, at its line, and only when rendered",
    async ({ files, rule, file, at, says }) => {
        const folder = await scratch.write(files);
        const findings = await checkPack(folder, options);
        expect(findings.map((found) => [found.rule, found.message])).toEqual([
            [rule, expect.any(String) as string],
        ]);
        const [found] = findings;
        expect(`${found?.message} ${found?.help}`).toMatch(says);
        expect(found?.file).toBe(file);
        const lines = readFileSync(join(folder, file as string), "utf8").split("\n");
        expect(lines[(found?.line ?? 0) - 1]).toContain(at);
        const unrendered = await checkPack(folder);
        expect(unrendered.filter(({ severity }) => severity !== "info")).toEqual([]);
    },
);
