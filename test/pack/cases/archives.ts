import { gzipSync } from "node:zlib";
import type { RuleId } from "../../../packages/pack/findings/ruleTable";
import { archiveLimits, type ArchiveLimits } from "../../../packages/pack/format/tarReader";
import { entriesOf, manifestPack, tarGz, type Entry } from "../packFolder";

/**
 * A broken pack archive and the closest good one, both named `demo-1.0.0.tar.gz` unless `name` says
 * otherwise.
 */
export interface ArchiveCase {
    title: string;
    rules: RuleId[];
    name?: string;
    bad: () => Promise<Buffer>;
    good: () => Promise<Buffer>;
    limits?: ArchiveLimits;
}

async function withEntries(entries: Entry[], root = "demo-1.0.0/"): Promise<Buffer> {
    return tarGz([...(await entriesOf(manifestPack(), root)), ...entries]);
}

const plain = () => withEntries([]);

function extra(title: string, rules: RuleId[], bad: Entry, good?: Entry): ArchiveCase {
    return {
        title,
        rules,
        bad: () => withEntries([bad]),
        good: good ? () => withEntries([good]) : plain,
    };
}

export const archiveCases: ArchiveCase[] = [
    {
        title: "no gzip",
        rules: ["archive-invalid"],
        bad: () => Promise.resolve(Buffer.from("hello")),
        good: plain,
    },
    {
        title: "gzip of something else",
        rules: ["archive-invalid"],
        bad: () => Promise.resolve(gzipSync(Buffer.alloc(2000, "text"))),
        good: plain,
    },
    {
        title: "cut off",
        rules: ["archive-invalid"],
        bad: async () => (await plain()).subarray(0, -40),
        good: plain,
    },
    {
        title: "empty archive",
        rules: ["archive-invalid"],
        bad: () => tarGz([]),
        good: plain,
    },
    {
        title: "no folder around the files",
        rules: ["archive-invalid"],
        bad: () => withEntries([], ""),
        good: () => withEntries([], "./any-folder/"),
    },
    {
        title: "two folders",
        rules: ["archive-invalid"],
        bad: () => withEntries([[{ name: "second/file.txt" }, "x"]]),
        good: () => withEntries([[{ name: "demo-1.0.0/second/file.txt" }, "x"]]),
    },
    {
        title: "pack.json one folder deeper",
        rules: ["pack-json-missing"],
        bad: () => withEntries([], "outer/demo-1.0.0/"),
        good: plain,
    },
    {
        title: "one path twice",
        rules: ["archive-invalid"],
        bad: () => withEntries([[{ name: "demo-1.0.0/README.md" }, "again"]]),
        good: plain,
    },
    extra("absolute path", ["path-unsafe"], [{ name: "/etc/passwd" }, "x"]),
    extra(
        "path out of the folder",
        ["path-unsafe"],
        [{ name: "demo-1.0.0/../../x" }, "x"],
        [{ name: "demo-1.0.0/..x/y.." }, "x"],
    ),
    extra("Windows path", ["path-unsafe"], [{ name: "demo-1.0.0/a\\b" }, "x"]),
    extra(
        "long path out of the folder",
        ["path-unsafe"],
        [{ name: `demo-1.0.0/${"../".repeat(60)}x` }, "x"],
        [{ name: `demo-1.0.0/${"very-long-folder/".repeat(10)}file.txt` }, "x"],
    ),
    extra(
        "symbolic link",
        ["link-in-pack"],
        [{ name: "demo-1.0.0/link", type: "symlink", linkname: "/etc/passwd" }],
    ),
    extra(
        "hard link",
        ["link-in-pack"],
        [{ name: "demo-1.0.0/link", type: "link", linkname: "demo-1.0.0/README.md" }],
    ),
    extra(
        "device",
        ["link-in-pack"],
        [{ name: "demo-1.0.0/null", type: "character-device", devmajor: 1, devminor: 3 }],
    ),
    extra("named pipe", ["link-in-pack"], [{ name: "demo-1.0.0/pipe", type: "fifo" }]),
    extra("AppleDouble beside the folder", ["junk-file"], [{ name: "._demo-1.0.0" }, "x"]),
    extra(
        "letter case alone",
        ["path-collision"],
        [{ name: "demo-1.0.0/readme.md" }, "x"],
        [{ name: "demo-1.0.0/readme.txt" }, "x"],
    ),
    {
        title: "name of another version",
        rules: ["archive-name"],
        name: "demo-1.0.1.tar.gz",
        bad: plain,
        good: plain,
    },
    {
        title: "more entries than allowed",
        rules: ["limit-exceeded"],
        limits: { ...archiveLimits, entries: 10 },
        bad: () =>
            withEntries(Array.from({ length: 6 }, (_, n) => [{ name: `demo-1.0.0/${n}` }, "x"])),
        good: () => withEntries([[{ name: "demo-1.0.0/1" }, "x"]]),
    },
    {
        title: "more bytes than allowed",
        rules: ["limit-exceeded"],
        limits: { ...archiveLimits, unpackedBytes: 100_000 },
        bad: () => withEntries([[{ name: "demo-1.0.0/zero" }, Buffer.alloc(100_000)]]),
        good: () => withEntries([[{ name: "demo-1.0.0/zero" }, Buffer.alloc(50_000)]]),
    },
    {
        title: "compression bomb",
        rules: ["limit-exceeded"],
        bad: () => withEntries([[{ name: "demo-1.0.0/zero" }, Buffer.alloc(40_000_000)]]),
        good: () => withEntries([[{ name: "demo-1.0.0/zero" }, Buffer.alloc(4_000_000)]]),
    },
    {
        title: "size in a PAX header that is not the content's",
        rules: ["archive-invalid"],
        bad: () => tarGz([[{ name: "demo-1.0.0/pack.json", pax: { size: "99999999999" } }, "{}"]]),
        good: plain,
    },
];
