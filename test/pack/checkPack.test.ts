import { checkPack } from "../../components/pack/checkPack";
import { rules, type RuleId } from "../../components/pack/ruleTable";
import { archiveCases } from "./cases/archives";
import type { Change } from "./cases/case";
import { listedFileCases } from "./cases/listedFiles";
import { otherFileCases } from "./cases/otherFiles";
import { packJsonCases } from "./cases/packJson";
import { valuesCases } from "./cases/values";
import { chartArchive, helmPack, manifestPack, Scratch, type Files } from "./packFolder";

const folderCases = [...packJsonCases, ...listedFileCases, ...valuesCases, ...otherFileCases];
const scratch = new Scratch();
afterAll(() => scratch.clear());

async function apply(base: Files, change: Change): Promise<string> {
    const folder = await scratch.write({ ...base, ...change.files });
    change.onDisk?.(folder);
    return folder;
}

async function rulesOf(path: string): Promise<string[]> {
    return (await checkPack(path)).map(({ rule }) => rule).sort();
}

describe("folders: the bad pack and the closest good one", () => {
    test.each(folderCases)(
        "$title",
        async ({ rules: expected, base, bad, good, goodRules = [] }) => {
            expect(await rulesOf(await apply(base(), bad))).toEqual(expected);
            expect(await rulesOf(await apply(base(), good))).toEqual(goodRules);
        },
    );
});

describe("archives: the bad one and the closest good one", () => {
    test.each(archiveCases)("$title", async ({ rules: expected, name, bad, good, limits }) => {
        const check = async (content: Buffer, file: string) => {
            const path = scratch.file(file, content);
            const findings = await checkPack(path, limits ? { limits } : {});
            return findings.map(({ rule }) => rule).sort();
        };
        const goodName = "good/demo-1.0.0.tar.gz";
        expect(await check(await bad(), `bad/${name ?? "demo-1.0.0.tar.gz"}`)).toEqual(expected);
        expect(await check(await good(), goodName)).toEqual([]);
    });
});

test("a path that is not there, and a file that is no archive", async () => {
    expect(await rulesOf("/nowhere/at/all")).toEqual(["pack-not-found"]);
    expect(await rulesOf(scratch.file("notes.txt", "hello"))).toEqual(["pack-not-found"]);
    expect(await rulesOf("/dev/null")).toEqual(["pack-not-found"]);
});

test("more files than a pack may have", async () => {
    const folder = await scratch.write(manifestPack());
    const limits = { entries: 4, unpackedBytes: 1e6, ratio: 100 };
    expect((await checkPack(folder, { limits })).map(({ rule }) => rule)).toEqual([
        "limit-exceeded",
    ]);
});

test("every rule of the table is shown by a case", () => {
    const shown = new Set(
        [...folderCases, ...archiveCases].flatMap(({ rules: expected }) => expected),
    );
    const elsewhere = ["pack-not-found", "file-unreadable"];
    const missing = Object.keys(rules).filter(
        (rule) => !shown.has(rule as never) && !/^destination-/.test(rule),
    );
    expect(missing.sort()).toEqual(elsewhere.sort());
    expect(folderCases.length + archiveCases.length).toBeGreaterThanOrEqual(77);
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

    test("a JSON error has line and column", async () => {
        const found = await find({ ...manifestPack(), "pack.json": '{\n  "name": "demo",\n}\n' });
        expect(found).toMatchObject({ file: "pack.json", line: 3, column: 1 });
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
});
