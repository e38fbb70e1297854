import { spawnSync } from "node:child_process";
import fs, { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeArchive } from "../../packages/pack/format/archive";
import { readPack } from "../../packages/pack/check/readPack";
import { checkPack } from "../../packages/pack/check/checkPack";
import type { Finding } from "../../packages/pack/findings/finding";
import { rules, type RuleId } from "../../packages/pack/findings/ruleTable";
import { unless } from "../skip";
import { allMistakes } from "./cases/all";
import { moreSlips } from "./moreSlips";
import { renderedSlips } from "./renderedSlips";
import { slips } from "./slips";
import { factsTable } from "./cases/factsTable";
import {
    chartArchive,
    helmPack,
    manifestPack,
    packSection,
    Scratch,
    type Files,
} from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());
const mistakes = allMistakes(scratch);

describe("the mistake and the closest pack without it", () => {
    test.each(mistakes)("$title", async ({ rules: expected, bad, good, goodRules }) => {
        const rulesOf = (findings: Finding[]) => findings.map(({ rule }) => rule).sort();
        expect(rulesOf(await bad())).toEqual(expected);
        expect(rulesOf(await good())).toEqual(goodRules);
    });
});

test("a whole folder of broken packs: every rule that is expected, and nothing else", async () => {
    const written = mistakes.filter(({ write }) => write);
    expect(written.length).toBeGreaterThan(77);
    const paths: string[] = [];
    for (const { write } of written) {
        paths.push(await write!());
    }
    const tool = join(__dirname, "../../scripts/pack.js");
    const { status, stdout } = spawnSync(
        process.execPath,
        [tool, "check", "--no-render", "--json", ...paths],
        {
            encoding: "utf8",
            maxBuffer: 2 ** 26,
        },
    );
    expect(status).toBe(1);
    const { packs } = JSON.parse(stdout) as { packs: { path: string; findings: Finding[] }[] };
    const told = packs.map(({ findings }) =>
        findings
            .map(({ rule }) => rule)
            // They all have one name.
            .filter((rule) => rule !== "pack-duplicate")
            .sort(),
    );
    expect(told).toEqual(written.map(({ rules: expected }) => expected));
});

describe("the list of the format's facts", () => {
    const byTitle = new Map(mistakes.map((mistake) => [mistake.title, mistake]));

    test("titles are unique, and all rows that a pack shows are there in order", () => {
        expect(byTitle.size).toBe(mistakes.length);
        const aboutDestinations = [71, 72, 73, 74, 77];
        expect(factsTable.map(([number]) => number)).toEqual(
            Array.from({ length: 77 }, (_, index) => index + 1).filter(
                (number) => !aboutDestinations.includes(number),
            ),
        );
    });

    test.each(factsTable)("%i has severity %s", async (...[, severities, ...titles]) => {
        const seen = new Set<string>();
        for (const title of titles) {
            const findings = await byTitle.get(title)!.bad();
            expect(findings).toHaveLength(1);
            for (const { severity } of findings) {
                seen.add(severity.charAt(0).toUpperCase());
            }
        }
        expect([...seen].sort()).toEqual([...severities].sort());
    });

    const facts = join(__dirname, "../../../shared/pack-format/FACTS.md");
    const testWithFacts = unless(existsSync(facts) ? undefined : "the list is not there", test);
    testWithFacts("is the one that the facts have now", () => {
        const text = readFileSync(facts, "utf8");
        const section = text.slice(text.indexOf("### 6.1"), text.indexOf("### 6.2"));
        const rows = [...section.matchAll(/^\| (\d+) \|.*?\| ([EWI][^|]*) \|/gm)].map((match) => {
            const [, number, severity = ""] = match;
            return [Number(number), [...new Set(severity.match(/\b[EWI]\b/g))].join("")];
        });
        // "E strict" is what --strict does.
        const strict = new Map([16, 49, 50].map((number) => [number, "W"]));
        const known = new Map(rows as [number, string][]);
        for (const [number, own] of factsTable) {
            expect([number, own]).toEqual([number, strict.get(number) ?? known.get(number)]);
        }
    });
});

test("a folder has the limits of its archive: entries with folders, and bytes", async () => {
    const folder = await scratch.write(manifestPack());
    const archive = scratch.file("limited/demo-1.0.0.tar.gz", "");
    await writeArchive(await readPack(folder), archive);
    const rules = async (path: string, limits: { entries: number; unpackedBytes: number }) =>
        (await checkPack(path, { limits: { ...limits, ratio: 100 } })).map(({ rule }) => rule);
    // Two folders and five files.
    for (const [limits, expected] of [
        [{ entries: 6, unpackedBytes: 1e6 }, ["limit-exceeded"]],
        [{ entries: 7, unpackedBytes: 500 }, ["limit-exceeded"]],
        [{ entries: 7, unpackedBytes: 1e6 }, []],
    ] as const) {
        expect(await rules(folder, limits)).toEqual(expected);
        expect(await rules(archive, limits)).toEqual(expected);
    }
});

test("two packs of one name and version in one call", async () => {
    const checked = new Map<string, string>();
    const first = await scratch.write(manifestPack());
    const second = await scratch.write(manifestPack());
    expect(await checkPack(first, { checked })).toEqual([]);
    expect(await checkPack(first, { checked })).toEqual([]);
    const [found, ...rest] = await checkPack(second, { checked });
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ rule: "pack-duplicate", file: "pack.json", line: 2 });
    expect(found?.message).toContain(`${first} is demo 1.0.0, too`);
});

test("every rule of the table is shown by a mistake", () => {
    const shown = new Set([
        ...mistakes.flatMap(({ rules: expected }) => expected),
        ...[...slips, ...moreSlips].map(({ rule }) => rule),
        ...renderedSlips.map(({ rule }) => rule),
    ]);
    // The rules on profiles are in profileRules.test.ts.
    const missing = Object.keys(rules).filter(
        (rule) => !shown.has(rule as RuleId) && !rule.startsWith("profile-"),
    );
    expect(missing).toEqual(["file-unreadable", "pack-duplicate"]);
});

test("a file that cannot be read is told once, and the rest is checked", async () => {
    const folder = await scratch.write({ ...manifestPack(), "logo.png": undefined });
    const open = fs.createReadStream;
    const spy = jest.spyOn(fs, "createReadStream").mockImplementation((path, options) => {
        const readable = /(README\.md|values\.yaml)$/.test(String(path)) ? `${path}.gone` : path;
        return open(readable, options);
    });
    try {
        const told = (await checkPack(folder)).map(({ rule, file }) => [rule, file ?? ""]);
        expect(told).toEqual([
            ["logo-missing", ""],
            ["file-unreadable", "README.md.gone"],
            ["file-unreadable", "values.yaml"],
        ]);
    } finally {
        spy.mockRestore();
    }
});

test("strict makes warnings errors and leaves hints alone", async () => {
    const files: Files = { ...manifestPack(), "README.md": undefined };
    const values = String(files["values.yaml"]).replace("  namespace: demo\n", "");
    const folder = await scratch.write({ ...files, "values.yaml": values });
    const severities = (findings: Awaited<ReturnType<typeof checkPack>>) =>
        findings.map(({ rule, severity }) => [rule, severity]);
    expect(severities(await checkPack(folder))).toEqual([
        ["readme-missing", "warning"],
        ["namespace-missing", "info"],
    ]);
    expect(severities(await checkPack(folder, { strict: true }))).toEqual([
        ["readme-missing", "error"],
        ["namespace-missing", "info"],
    ]);
});

describe("places and proposals", () => {
    const find = async (files: Files, rule?: RuleId) => {
        const findings = await checkPack(await scratch.write(files));
        return findings.find((found) => rule === undefined || found.rule === rule);
    };

    test("a folder inside of a pack, and one of something else, lack pack.json and nothing more", async () => {
        const folder = await scratch.write(manifestPack());
        const inside = await checkPack(join(folder, "manifests"));
        expect(inside.map(({ rule }) => rule)).toEqual(["pack-json-missing"]);
        expect(inside[0]?.help).toBe(
            `There is one in ${join(folder, "pack.json")}: name that folder instead.`,
        );
        const other = await checkPack(await scratch.write({ "main.tf": "" }));
        expect(other.map(({ rule }) => rule)).toEqual(["pack-json-missing"]);
    });

    test("a JSON error has line and column", async () => {
        const found = await find({ ...manifestPack(), "pack.json": '{\n  "name": "demo",\n}\n' });
        expect(found).toMatchObject({ file: "pack.json", line: 2, column: 17 });
    });

    test("a duplicate key names both lines", async () => {
        const values = "pack:\n  namespace: demo\nother: 1\npack:\n  namespace: demo\n";
        const files = { ...manifestPack(), "values.yaml": values };
        const found = await find(files, "values-duplicate-key");
        expect(found).toMatchObject({ file: "values.yaml", line: 4, column: 1 });
        expect(found?.message).toContain("lines 1 and 4");
    });

    test("a value deep in a list is found where it stands", async () => {
        const values = String(manifestPack()["values.yaml"]).replace("demo:1.0.0", "demo");
        const found = await find({ ...manifestPack(), "values.yaml": values });
        expect(found).toMatchObject({ rule: "image-untagged", line: 5, column: 16 });
    });

    test("a macro in a block of text is found where it stands", async () => {
        const block = "note: |\n  one\n  two {{ .spectro.system.cluster.nme }}\n";
        const values = `${block}${String(manifestPack()["values.yaml"])}`;
        const found = await find({ ...manifestPack(), "values.yaml": values });
        expect(found).toMatchObject({ rule: "macro-unknown", line: 3, column: 7 });
        expect(found?.help).toContain(".spectro.system.cluster.name");
    });

    test.each([
        ["addonType", "app-services", "app services"],
        ["layer", "Addon", "addon"],
        ["name", "My Demo", "my-demo"],
        ["version", "v1.2.3", "1.2.3"],
    ])("%s %s: %s is proposed", async (key, value, proposal) => {
        const packJson = { ...(manifestPack()["pack.json"] as object), [key]: value };
        const found = await find({ ...manifestPack(), "pack.json": packJson });
        expect(found?.help).toContain(proposal);
    });

    test.each([
        ["namespace-missing", "pack:\n  content:\n    images: []\n", 2, 1],
        ["images-missing", "pack:\n  namespace: demo\n", 2, 1],
        ["images-missing", "pack:\n  namespace: demo\n  content: {charts: []}\n", 4, 3],
        ["images-missing", "pack:\n  content:\n    images: []\n", 4, 13],
    ])("%s points at the key that lacks it", async (rule, section, line, column) => {
        const values = `# values\n${section}manifests:\n  demo:\n    tag: 1.0.0\n`;
        const found = await find({ ...manifestPack(), "values.yaml": values }, rule as RuleId);
        expect(found).toMatchObject({ file: "values.yaml", line, column });
    });

    test.each([
        [".Values.other", "It is rendered as nothing; add a default."],
        [".Values.tag.other", "Rendering fails without manifests.demo.tag; add a default."],
        [".Values.a.b", "Rendering fails without manifests.demo.a; add a default."],
        [".Values.a.b-c.d", 'Write index .Values.a "b-c" "d".'],
    ])("%s without a default", async (expression, help) => {
        const manifest = `apiVersion: v1\nkind: {{ ${expression} }}\n`;
        const found = await find({ ...manifestPack(), "manifests/demo.yaml": manifest });
        expect(found).toMatchObject({ line: 2, column: 10, help });
    });

    test.each([
        ["a file that is not listed", [], "Did you mean manifests/demo.yaml?"],
        ["no file that is listed", ["manifests/demo.yaml"], undefined],
    ])("for a missing manifest, %s is proposed", async (_, files, help) => {
        const kubeManifests = ["manifests/demo2.yaml", ...files];
        const packJson = { ...(manifestPack()["pack.json"] as object), kubeManifests };
        const found = await find({ ...manifestPack(), "pack.json": packJson }, "manifest-missing");
        expect(found?.help).toBe(help);
    });

    test("a misspelt chart block names the chart", async () => {
        const values = String(helmPack()["values.yaml"]).replace("server:", "serve:");
        const found = await find({ ...helmPack(), "values.yaml": values });
        expect(found).toMatchObject({ rule: "chart-values-unmatched", line: 7, column: 3 });
        expect(found?.message).toContain("the chart is called server");
    });

    test("overrides one level off say so", async () => {
        const chart = chartArchive({
            "values.yaml": "server:\n  replicas: 1\n",
            "templates/deployment.yaml": "",
        });
        const found = await find({ ...helmPack(), "charts/archive.tgz": chart });
        expect(found).toMatchObject({ rule: "chart-values-inert" });
        expect(found?.help).toContain("one level more");
    });

    test("a field of Kubernetes is not called ignored where no template is seen to copy it", async () => {
        const chart = chartArchive({
            "values.yaml": "replicas: 1\nrules:\n  labelsSelector: {}\n",
        });
        const told = (key: string) =>
            find({
                ...helmPack(),
                "values.yaml": `${packSection}charts:\n  server:\n    rules:\n      ${key}: {}\n`,
                "charts/archive.tgz": chart,
            });
        expect(await told("labelsSelectr")).toMatchObject({
            severity: "warning",
            message: expect.stringContaining("is ignored"),
        });
        const found = await told("labelSelector");
        expect(found).toMatchObject({ rule: "chart-value-unknown", severity: "info" });
        expect(found?.message).not.toContain("ignored");
    });
});
