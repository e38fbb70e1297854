import { readFileSync } from "node:fs";
import { fieldCases } from "./cases";
import { FILE, fieldDocument, rowsWithoutTest } from "./document";

test("docs/field.md is the one that its generator writes, which names a test that is there in every row", () => {
    expect(readFileSync(FILE, "utf8")).toBe(fieldDocument());
});

test("a row without a test stops the generator", () => {
    const [first, second, ...rest] = Object.values(fieldCases).flat();
    expect(rowsWithoutTest([{ ...first!, tests: [] }, ...rest])).toEqual([first!.id, second!.id]);
});
