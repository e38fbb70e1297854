import { readFileSync } from "node:fs";
import { FILE, fieldDocument, missingTests } from "./document";

test("every case of docs/field.md names a test that is there", () => {
    expect(missingTests()).toEqual([]);
});

test("docs/field.md is the one that its generator writes", () => {
    expect(readFileSync(FILE, "utf8")).toBe(fieldDocument());
});
