import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { chartArchive, png } from "../packFolder";
import { files, helm, nothing, type Case } from "./case";

const chart = chartArchive();
const preset = (lines: string) => ({ "presets.yaml": `presets:\n${lines}` });
const goodPreset = `  - name: small
    displayName: Small
    group: size
    remove: []
    add: |
      manifests:
        demo:
          tag: 1.0.1
`;
const schema = (template: string) => ({
    "schema.yaml": `manifests.demo.other:\n  schema: '${template}'\n`,
});
const privateKey = `-----BEGIN RSA ${"PRIVATE"} KEY-----\n${"MIIEowIBAAKCAQEA".repeat(4)}\n-----END`;

/** Presets, value constraints, logo, README, and what does not belong into a pack. */
export const otherFileCases: Case[] = [
    // presets.yaml and schema.yaml
    files(
        "presets.yaml is not YAML",
        ["presets-invalid"],
        { "presets.yaml": "presets: [" },
        preset(goodPreset),
    ),
    files(
        "no list of presets",
        ["presets-invalid"],
        { "presets.yaml": "small: {}\n" },
        preset(goodPreset),
    ),
    files(
        "preset without name",
        ["presets-invalid"],
        preset(goodPreset.replace("name: small\n    d", "d")),
        preset(goodPreset),
    ),
    files(
        "two presets of one name",
        ["presets-invalid"],
        preset(goodPreset + goodPreset),
        preset(goodPreset + goodPreset.replaceAll("small", "large").replace("Small", "Large")),
    ),
    files(
        "mapping as add",
        ["presets-invalid"],
        preset(goodPreset.replace("add: |", "add:")),
        preset(goodPreset),
    ),
    files(
        "add is no mapping",
        ["presets-invalid"],
        preset(goodPreset.replace(/add: \|[^]*/, "add: text\n")),
        preset(goodPreset),
    ),
    files(
        "preset without group",
        ["preset-incomplete"],
        preset(goodPreset.replace("    group: size\n", "")),
        preset(goodPreset),
    ),
    files(
        "constraint without schema",
        ["schema-invalid"],
        { "schema.yaml": "a.b:\n  format: x\n" },
        schema("{{ required }}"),
    ),
    files(
        "bad regular expression",
        ["schema-invalid"],
        schema('{{ required | format "${string:/[a-/}" }}'),
        schema('{{ required | format "${string:/^(?i)[[:alpha:]]{2,}$/}" }}'),
    ),
    files(
        "unknown format type",
        ["schema-format-unknown"],
        schema('{{ format "${strin}" }}'),
        schema('{{ format "${string}/${number:[1-5]}" }}'),
    ),
    files(
        "look-around",
        ["schema-format-unknown"],
        schema('{{ format "${string:/(?!a)b/}" }}'),
        schema('{{ format "${string:/[^a]b/}" | hints "a" }}'),
    ),
    files(
        "default that breaks a constraint",
        ["value-constraint"],
        {
            "schema.yaml":
                "manifests.demo.tag:\n  schema: '{{ format \"${list:[2.0.0,3.0.0]}\" }}'\n",
        },
        {
            "schema.yaml":
                "manifests.demo.tag:\n  schema: '{{ format \"${list:[1.0.0,3.0.0]}\" }}'\n",
        },
    ),
    // other files
    files("no logo", ["logo-missing"], { "logo.png": undefined }, nothing),
    files("Logo.PNG", ["logo-missing"], { "logo.png": undefined, "Logo.PNG": png }, nothing),
    files(
        "JPEG as logo.png",
        ["logo-not-png"],
        { "logo.png": Buffer.from("ffd8ffe000104a464946", "hex") },
        nothing,
    ),
    files("empty logo", ["logo-not-png"], { "logo.png": "" }, nothing),
    files(
        "large logo",
        ["logo-large"],
        { "logo.png": Buffer.concat([png, Buffer.alloc(200_000)]) },
        {
            "logo.png": Buffer.concat([png, Buffer.alloc(100_000)]),
        },
    ),
    files(
        "huge logo",
        ["logo-large"],
        { "logo.png": Buffer.concat([png, Buffer.alloc(2_000_000)]) },
        nothing,
    ),
    files("no README.md", ["readme-missing"], { "README.md": undefined }, { "README.md": "" }),
    files("AppleDouble file", ["junk-file"], { "._values.yaml": "x" }, { "docs/values.txt": "x" }),
    files(".DS_Store", ["junk-file"], { "manifests/.DS_Store": "x" }, nothing),
    files(".git folder", ["junk-file"], { ".git/config": "x", ".git/HEAD": "x" }, nothing),
    helm("chart before a merge", ["junk-file"], { "charts/archive.tgz.orig": chart }, nothing),
    files("archive built earlier", ["junk-file"], { "demo-1.0.0.tar.gz": chart }, nothing),
    files(
        "private key",
        ["secret-file"],
        { "manifests/key.txt": privateKey },
        {
            "manifests/key.txt": privateKey.replace("PRIVATE", "PUBLIC"),
        },
    ),
    files(".env", ["secret-file"], { ".env": "A=b\n" }, { ".env.example": "A=b\n" }),
    files(
        "AWS access key",
        ["secret-file"],
        { "note.txt": `key ${"AKIA"}${"Q7".repeat(8)}\n` },
        {
            "note.txt": `key ${"AKIA"}IOSFODNN7EXAMPLE\n`,
        },
    ),
    files(
        "Slack token",
        ["secret-file"],
        { "note.txt": `token: ${"xoxb"}-123456789012-${"a1B2".repeat(6)}\n` },
        { "note.txt": "token: xoxb-your-token\n" },
    ),
    files(
        "GitHub token",
        ["secret-file"],
        { "note.txt": `token: ${"ghp"}_${"a1B2".repeat(9)}\n` },
        { "note.txt": "token: ghp_…\n" },
    ),
    files("backslash in a file name", ["path-unsafe"], { "a\\b.txt": "" }, { "a/b.txt": "" }),
    {
        ...files("symbolic link", ["link-in-pack"], {}, nothing),
        bad: { onDisk: (folder) => symlinkSync("README.md", join(folder, "link.md")) },
    },
    {
        ...files("symbolic link to a folder", ["link-in-pack"], {}, nothing),
        bad: { onDisk: (folder) => symlinkSync("/", join(folder, "root")) },
        good: { onDisk: (folder) => mkdirSync(join(folder, "empty")) },
    },
    {
        ...files("named pipe", ["link-in-pack"], {}, nothing),
        bad: { onDisk: (folder) => void execFileSync("mkfifo", [join(folder, "pipe")]) },
    },
    {
        ...files("hard link", ["link-in-pack"], {}, nothing),
        bad: {
            onDisk: (folder) => linkSync(join(folder, "README.md"), join(folder, "twin.md")),
        },
        good: {
            onDisk: (folder) =>
                linkSync(join(folder, "README.md"), `${folder}-outside-of-the-pack`),
        },
    },
];
