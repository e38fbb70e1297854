import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explain } from "../../packages/pack/cli/commands/explain";
import { rules } from "../../packages/pack/findings/ruleTable";
import written from "../../packages/pack/findings/ruleExamples.json";
import { ruleExamples } from "./ruleExamples";
import { rulesDocument } from "./rulesDocument";

const byHand = "run npx tsx test/pack/writeRules.ts";

test(`the examples are those of the tests: ${byHand}`, async () => {
    expect(await ruleExamples()).toEqual(written);
});

test(`docs/rules.md is that of the rules: ${byHand}`, () => {
    const text = readFileSync(join(__dirname, "../../docs/rules.md"), "utf8");
    expect(text).toBe(rulesDocument(written));
});

test("every rule that a file can show has an example", () => {
    const without = Object.keys(rules).filter(
        (rule) => !Object.hasOwn(written, rule) && !rule.startsWith("profile-"),
    );
    expect(without).toEqual(["file-unreadable", "pack-duplicate"]);
});

function run(rule: string | undefined, json = false) {
    const printed = { out: "", err: "" };
    const out = jest.spyOn(process.stdout, "write").mockImplementation((text) => {
        printed.out += String(text);
        return true;
    });
    const err = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
        printed.err += String(text);
        return true;
    });
    try {
        return { status: explain(rule, { json }), ...printed };
    } finally {
        out.mockRestore();
        err.mockRestore();
    }
}

test.each(Object.keys(rules))("explain %s", (rule) => {
    const { status, out } = run(rule);
    expect(status).toBe(0);
    expect(out).toMatch(/^[a-z0-9-]+ \((error|warning|info)\)\n.+\n\nOtherwise: .+\n/);
    expect(out).toMatch(/\nSource: .+\n$/);
});

test("explain shows bad beside good; --json has the same", () => {
    const { out } = run("image-latest");
    expect(out).toMatch(/Bad: values\.yaml\n[^]*:latest[^]*Good: values\.yaml\n/);
    const explained = JSON.parse(run("image-latest", true).out);
    expect(explained).toMatchObject({ id: "image-latest", severity: "info" });
    expect(explained.example.bad).not.toEqual([]);
});

test("explain without a rule lists all; an unknown one is wrong usage", () => {
    expect(run(undefined).out.trimEnd().split("\n")).toHaveLength(Object.keys(rules).length);
    expect(run("image-latst")).toMatchObject({
        status: 2,
        err: "No rule is called image-latst. Did you mean image-latest?\n",
    });
});
