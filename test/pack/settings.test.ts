import { join } from "node:path";
import { checkPack } from "../../packages/pack/check/checkPack";
import { readPack } from "../../packages/pack/check/readPack";
import {
    entriesOf,
    manifestPack,
    packSection,
    pod,
    Scratch,
    tarGz,
    type Files,
} from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const block = "manifests:\n  demo:\n    tag: 1.0.0\n";
const latest = "      - image: ghcr.io/demo/other:latest\n";
let count = 0;

/** Checks a pack in packs/demo of a repository that has the settings. */
async function checkIn(settings: string, files: Files, pack = "packs/demo") {
    count += 1;
    const repository = `repository-${count}`;
    await scratch.write({ "palette-pack.yaml": settings, ".git/HEAD": "" }, repository);
    const folder = await scratch.write({ ...manifestPack(), ...files }, join(repository, pack));
    const findings = await checkPack(folder);
    return findings.map(({ rule, severity, file, line }) => [rule, severity, file, line]);
}

const warned: Files = { "README.md": undefined, "values.yaml": packSection + latest + block };
const both = [
    ["readme-missing", "warning", undefined, undefined],
    ["image-latest", "info", "values.yaml", 6],
];

describe("palette-pack.yaml", () => {
    test("without settings everything is reported", async () => {
        expect(await checkIn("", warned)).toEqual(both);
    });

    test.each([
        ["a rule off", "rules:\n  readme-missing: off\n", both.slice(1)],
        [
            "another severity",
            "rules: { image-latest: error, readme-missing: info }",
            [
                ["readme-missing", "info", undefined, undefined],
                ["image-latest", "error", "values.yaml", 6],
            ],
        ],
        [
            "a rule off for this pack",
            "overrides:\n  - packs: packs/d*\n    rules: { readme-missing: off }\n",
            both.slice(1),
        ],
        [
            "a rule off for another pack",
            "overrides:\n  - packs: [packs/legacy-*]\n    rules: { readme-missing: off }\n",
            both,
        ],
        [
            "a rule off for files",
            "overrides:\n  - files: [values.*]\n    rules: { image-latest: off, readme-missing: off }\n",
            both.slice(0, 1),
        ],
        [
            "the last override decides",
            "rules: { image-latest: off }\noverrides:\n  - packs: packs/demo\n    rules: { image-latest: warning }\n",
            [both[0], ["image-latest", "warning", "values.yaml", 6]],
        ],
    ])("%s", async (_, settings, expected) => {
        expect(await checkIn(settings, warned)).toEqual(expected);
    });

    test.each([
        ["unknown rule", "rules:\n  readme-mising: off\n", 2],
        ["unknown severity", "rules:\n  readme-missing: low\n", 2],
        ["unknown key", "rules: {}\noverride: []\n", 2],
        ["unknown key of an override", "overrides:\n  - pack: a\n    rules: {}\n", 2],
        ["what no pack can do without", "rules:\n  name-missing: off\n", 2],
        ["no mapping", "- a\n", 1],
        ["no list of overrides", "overrides: {}\n", 1],
        ["no pattern", "overrides:\n  - files: 7\n    rules: {}\n", 2],
        ["broken YAML", 'rules:\n  a: "b\n', 2],
    ])("%s is an error at its line", async (_, settings, line) => {
        expect(await checkIn(settings, {})).toEqual([
            ["settings-invalid", "error", "../../palette-pack.yaml", line],
        ]);
    });

    test("in the pack's own folder they are no part of the pack", async () => {
        const settings = "rules: { readme-missing: off }\n";
        const files = { ...manifestPack(), "README.md": undefined, "palette-pack.yaml": settings };
        const folder = await scratch.write(files);
        expect(await checkPack(folder)).toEqual([]);
        const pack = await readPack(folder);
        expect(pack.files.map(({ path }) => path)).not.toContain("palette-pack.yaml");
    });

    test("they are those of an archive beside them too", async () => {
        const files = { ...manifestPack(), "README.md": undefined };
        scratch.file("archives/palette-pack.yaml", "rules: { readme-missing: off }\n");
        const content = await tarGz(await entriesOf(files, "demo/"));
        const archive = scratch.file("archives/demo-1.0.0.tar.gz", content);
        expect(await checkPack(archive)).toEqual([]);
    });

    test("the repository's folder is the last one that is looked into", async () => {
        await scratch.write({ "palette-pack.yaml": "rules: { readme-missing: off }\n" }, "outer");
        await scratch.write({ ".git/HEAD": "" }, "outer/repository");
        const files = { ...manifestPack(), "README.md": undefined };
        const folder = await scratch.write(files, "outer/repository/pack");
        expect((await checkPack(folder)).map(({ rule }) => rule)).toEqual(["readme-missing"]);
    });
});

describe("comments", () => {
    const findings = async (files: Files) => {
        const folder = await scratch.write({ ...manifestPack(), ...files });
        return (await checkPack(folder)).map(({ rule, line, message }) => [rule, line, message]);
    };
    const values = (comment: string, sameLine = "") =>
        findings({
            "values.yaml": `${packSection}${comment}${latest.trimEnd()}${sameLine}\n${block}`,
        });

    test.each([
        ["next-line", "      # palette-pack-disable-next-line image-latest -- no other tag\n", ""],
        ["line", "", " # palette-pack-disable-line image-latest -- no other tag"],
        ["file", "# palette-pack-disable-file image-latest -- no other tag\n", ""],
    ])("%s", async (_, before, sameLine) => {
        expect(await values(before, sameLine)).toEqual([]);
    });

    test("two comments above one line", async () => {
        const comment = (rule: string) => `# palette-pack-disable-next-line ${rule} -- known\n`;
        const twice = packSection.replace(/( +- image.*\n)/, "$1");
        const text = `${twice}      - image: ghcr.io/demo/other:latest\n${comment("image-latest")}${comment("image-duplicate")}${latest}`;
        const rules = (await findings({ "values.yaml": text + block })).map(([rule]) => rule);
        expect(rules).toEqual(["image-latest"]);
    });

    test("in a template's own comment", async () => {
        const text = `${pod}{{/* palette-pack-disable-next-line manifest-value-missing -- set by a profile */}}\n# {{ .Values.more }}\n`;
        expect(await findings({ "manifests/demo.yaml": text })).toEqual([]);
    });

    test.each([
        ["no reason", "image-latest", "suppression-invalid", /does not say why/],
        ["no reason behind --", "image-latest --", "suppression-invalid", /does not say why/],
        ["no rule", "-- because", "suppression-invalid", /turns off no rule/],
        ["unknown rule", "image-latest, image-latst -- x", "suppression-invalid", /is no rule/],
        ["unused", "image-latest, image-untagged -- x", "suppression-unused", /nothing to say/],
    ])("%s", async (title, said, rule, message) => {
        const told = await values(`# palette-pack-disable-next-line ${said}\n`);
        const line = 6;
        const own = told.filter(([name]) => String(name).startsWith("suppression"));
        expect(own).toEqual([[rule, line, expect.stringMatching(message)]]);
        expect(told.length).toBe(title === "no rule" ? 2 : 1);
    });
});
