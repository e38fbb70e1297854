import { gzipSync } from "node:zlib";
import fc from "../fuzz";
import { checkPack } from "../../packages/pack/check/checkPack";
import { checkProfile } from "../../packages/pack/profile/profileRules";
import { checkMacros } from "../../packages/pack/check/rules/macros";
import { rules } from "../../packages/pack/findings/ruleTable";
import {
    chartArchive,
    entriesOf,
    helmPack,
    manifestPack,
    Scratch,
    tarGz,
    type Entry,
    type Files,
} from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());
afterEach(() => scratch.clear());

const numRuns = 80;

/** A check may find anything, but it ends, and with findings that are well formed. */
async function check(path: string): Promise<void> {
    for (const found of await checkPack(path)) {
        expect(rules).toHaveProperty([found.rule]);
        expect(["error", "warning", "info"]).toContain(found.severity);
        expect(found.message).not.toBe("");
        if (found.line !== undefined) {
            expect(found.line).toBeGreaterThan(0);
        }
        if (found.column !== undefined) {
            expect(found.column).toBeGreaterThan(0);
        }
    }
}

const pieces = [
    ..."{}[]:,-?&*!|>'\"%@`#\n\t ",
    "{{ ",
    " }}",
    ".spectro.system.cluster.name",
    ".Values.a.b",
    "<<: *a",
    "&a",
    "---\n",
    "charts",
    "manifests",
    "pack",
    "presets",
    "add: |\n",
    "schema: '{{ format \"${string:/[/}\" }}'",
    "constraints",
    "__proto__",
    "\\u0000",
    "\ufeff",
    "null",
    "1e999",
];
/** Text made of what the formats are made of, so that it gets past the first character. */
const text = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 40 })
    .map((a) => a.join(""));
const bytes = fc.oneof(
    text.map((t) => Buffer.from(t)),
    fc.uint8Array({ maxLength: 200 }).map((a) => Buffer.from(a)),
);

/** A good file with a stretch of it replaced. */
function damaged(good: string): fc.Arbitrary<string> {
    return fc
        .tuple(fc.nat(good.length), fc.nat(10), text)
        .map(
            ([start, length, middle]) => good.slice(0, start) + middle + good.slice(start + length),
        );
}

const goodJson = JSON.stringify({
    ...(helmPack()["pack.json"] as object),
    kubeManifests: ["manifests/demo.yaml"],
    constraints: {
        dependencies: [{ packName: "a", type: "required" }],
        resources: [{ components: [] }],
    },
});
const goodValues = `${String(manifestPack()["values.yaml"])}charts:\n  server:\n    replicas: 1\n`;
const goodManifest = String(manifestPack()["manifests/demo.yaml"]);

async function writeAll(changes: Files): Promise<string> {
    return scratch.write({ ...helmPack(), ...manifestPack(), "pack.json": goodJson, ...changes });
}

test("any text in any file", async () => {
    await fc.assert(
        fc.asyncProperty(
            bytes,
            bytes,
            bytes,
            bytes,
            bytes,
            async (json, values, manifest, presets, schema) => {
                await check(
                    await writeAll({
                        "pack.json": json,
                        "values.yaml": values,
                        "manifests/demo.yaml": manifest,
                        "presets.yaml": presets,
                        "schema.yaml": schema,
                    }),
                );
            },
        ),
        { numRuns },
    );
});

test("good files with damage", async () => {
    await fc.assert(
        fc.asyncProperty(
            damaged(goodJson),
            damaged(goodValues),
            damaged(goodManifest),
            async (json, values, manifest) => {
                const files = { "values.yaml": values, "manifests/demo.yaml": manifest };
                await check(await writeAll({ ...files, "pack.json": goodJson }));
                await check(await writeAll({ "pack.json": json }));
            },
        ),
        { numRuns },
    );
});

test("any JSON in pack.json", async () => {
    const fields = [
        "name",
        "version",
        "layer",
        "charts",
        "kubeManifests",
        "cloudTypes",
        "annotations",
    ];
    const json = fc.dictionary(
        fc.oneof(fc.constantFrom(...fields, "constraints", "eol", "addonType"), fc.string()),
        fc.oneof(
            fc.jsonValue(),
            fc.constant({ dependencies: [null], resources: [{ components: [1] }] }),
        ),
    );
    await fc.assert(
        fc.asyncProperty(json, async (packJson) => {
            await check(await writeAll({ "pack.json": JSON.stringify(packJson) }));
        }),
        { numRuns },
    );
});

const segment = fc.oneof(
    fc.constantFrom(
        "..",
        ".",
        "",
        "a",
        "demo-1.0.0",
        "pack.json",
        "values.yaml",
        ".git",
        "._x",
        "C:",
        "é",
    ),
    fc.string({ maxLength: 12 }),
);
const path = fc
    .array(segment, { minLength: 1, maxLength: 6 })
    .map((segments) => segments.join("/"));
const type = fc.constantFrom(
    "file",
    "directory",
    "symlink",
    "link",
    "fifo",
    "character-device",
    "block-device",
) as fc.Arbitrary<"file">;
const entry: fc.Arbitrary<Entry> = fc
    .record({ name: path, type, content: fc.string(), linkname: path })
    .map(({ name, type: kind, content, linkname }): Entry =>
        (kind as string) === "file" ? [{ name }, content] : [{ name, type: kind, linkname }],
    );

test("archives with any entries", async () => {
    const good = await entriesOf(manifestPack(), "demo-1.0.0/");
    await fc.assert(
        fc.asyncProperty(fc.array(entry, { maxLength: 8 }), fc.boolean(), async (entries, more) => {
            const archive = await tarGz(more ? [...good, ...entries] : entries);
            await check(scratch.file("fuzz/demo-1.0.0.tar.gz", archive));
        }),
        { numRuns },
    );
});

test("archives and charts with damaged bytes", async () => {
    const good = await tarGz(await entriesOf(manifestPack(), "demo-1.0.0/"));
    const { gunzipSync } = await import("node:zlib");
    const damage = (content: Buffer, at: number, values: Uint8Array) => {
        const copy = Buffer.from(content);
        copy.set(values.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
        return copy;
    };
    const chart = await chartArchive();
    await fc.assert(
        fc.asyncProperty(
            fc.nat(4000),
            fc.uint8Array({ minLength: 1, maxLength: 20 }),
            async (at, values) => {
                const tar = gzipSync(damage(gunzipSync(good), at, values));
                await check(scratch.file("fuzz/demo-1.0.0.tar.gz", tar));
                await check(
                    scratch.file("fuzz/demo-1.0.0.tar.gz", damage(good, at % good.length, values)),
                );
                const badChart = gzipSync(damage(gunzipSync(chart), at, values));
                await check(await writeAll({ "charts/archive.tgz": badChart }));
            },
        ),
        { numRuns },
    );
});

test("deep nesting and multiplying aliases", async () => {
    const deep = "[".repeat(20_000);
    const lines = Array.from(
        { length: 12 },
        (_, n) => `a${n}: &a${n} [${Array(9).fill(n ? `*a${n - 1}` : "x")}]`,
    );
    for (const bad of [
        deep,
        "{a: ".repeat(20_000),
        lines.join("\n"),
        "- ".repeat(5_000),
        '"'.repeat(9999),
    ]) {
        await check(
            await writeAll({ "values.yaml": bad, "presets.yaml": bad, "schema.yaml": bad }),
        );
        await check(await writeAll({ "pack.json": bad, "manifests/demo.yaml": bad }));
        const chart = chartArchive({ "Chart.yaml": bad, "values.yaml": bad });
        await check(await writeAll({ "charts/archive.tgz": chart }));
    }
    await check(await writeAll({ "pack.json": `{"a":"${"x".repeat(5_000_000)}` }));
});

describe("paths", () => {
    test("any path to check", async () => {
        const start = fc.constantFrom("", "/", "./", "../", `${scratch.path}/`, "\u0000");
        await fc.assert(
            fc.asyncProperty(start, path, async (before, rest) => {
                // Folders of this machine are none of the test's business.
                if (/^(|\/|\.\/|\.\.\/)$/.test(before) && /^[./]*$/.test(rest)) {
                    return;
                }
                await check(`${before}${rest}`);
            }),
            { numRuns },
        );
    });

    test("any path in the lists of pack.json", async () => {
        const listed = fc.array(
            fc.oneof(
                path,
                fc.constantFrom("manifests/demo.yaml", "manifests", "charts/archive.tgz"),
            ),
            { maxLength: 4 },
        );
        await fc.assert(
            fc.asyncProperty(listed, listed, async (charts, kubeManifests) => {
                const json = { ...(JSON.parse(goodJson) as object), charts, kubeManifests };
                await check(await writeAll({ "pack.json": json }));
            }),
            { numRuns },
        );
    });

    test("any name of a file", async () => {
        const name = fc
            .string({ unit: "binary", minLength: 1, maxLength: 40 })
            .map((text) => text.replace(/[/\u0000]/g, "_"))
            .filter((text) => !/^\.\.?$/.test(text) && Buffer.byteLength(text) < 200);
        await fc.assert(
            fc.asyncProperty(fc.array(name, { maxLength: 3 }), name, async (names, folder) => {
                const files = Object.fromEntries(
                    names.map((file) => [`${folder}-/${file}`, "x"] as const),
                );
                await check(await scratch.write({ ...manifestPack(), ...files }));
            }),
            { numRuns },
        );
    });
});

test("any profile", () => {
    const values = fc.oneof(text, damaged(goodValues));
    const json = fc.record(
        {
            name: fc.jsonValue(),
            version: fc.oneof(fc.constantFrom("1.0", "v2", "x"), fc.jsonValue()),
            layer: fc.constantFrom("addon", "k8s", 1, undefined),
            constraints: fc.oneof(
                fc.jsonValue(),
                fc.record({
                    dependencies: fc.array(
                        fc.record({
                            packName: fc.constantFrom("a", "b", 1),
                            type: fc.constantFrom("required", "notSupported", "upgrade", "x"),
                            minVersion: fc.constantFrom("1", "", "x", 1),
                            maxVersion: fc.constantFrom("1.x", "2", undefined),
                        }),
                    ),
                    resources: fc.array(
                        fc.record({
                            type: fc.constantFrom("cpu", "memory", "toString", 1),
                            minLimit: fc.constantFrom(1, -1, "1", Infinity),
                            components: fc.oneof(
                                fc.jsonValue(),
                                fc.array(
                                    fc.record({
                                        scheduleType: fc.constantFrom("all", "constructor", 1),
                                        resourceRequestParamRef: fc.constantFrom(
                                            "charts.server.replicas",
                                            "replicas",
                                            "__proto__",
                                            "",
                                            1,
                                        ),
                                    }),
                                ),
                            ),
                        }),
                    ),
                }),
            ),
        },
        { requiredKeys: [] },
    );
    const pools = [{ name: "p", controlPlane: false, size: 1, cpu: 1, memory: 1, diskSize: 1 }];
    const deployed = new Map([["a", "1"]]);
    fc.assert(
        fc.property(fc.array(fc.record({ packJson: json, values }), { maxLength: 4 }), (packs) => {
            const layers = [{ name: "a", version: "1.0.0" }];
            const { findings } = checkProfile({ layers, packs, pools, deployed, variables: [] });
            for (const { message } of findings) {
                expect(message).not.toBe("");
            }
            for (const { values: own } of packs) {
                checkMacros("values", own);
            }
        }),
        { numRuns: 300 },
    );
});
