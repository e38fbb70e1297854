import { parse } from "yaml";
import fc from "../fuzz";
import {
    applyPresets,
    mergeValues,
    parsePresets,
    ValuesError,
} from "../../packages/pack/format/values";

const values = `# Values of the demo
pack:
  namespace: demo # its own
charts:
  server:
    # How many
    replicas: 1
    list:
    - a
    - b
    "dotted.key": x
    note: |
      two
      lines
`;

const presets = `presets:
  - name: small
    displayName: Small
    group: size
    remove: []
    add: |
      charts:
        server:
          replicas: 1
  - name: large
    displayName: Large
    group: size
    remove: ["charts.server.list", "charts.server.dotted.key", "not.there"]
    add: |
      charts:
        server:
          # Needs three nodes
          replicas: 3
          storage:
            class: fast
  - name: debug
    displayName: Debug
    group: log
    remove: []
    add: "charts: {server: {debug: true}}"
`;

describe("mergeValues", () => {
    test("merges mappings deeply and keeps comments, order and style", () => {
        const overrides = { charts: { server: { replicas: 3, extra: { a: 1 } } }, added: ["x"] };
        expect(mergeValues(values, overrides)).toBe(
            `${values.replace("replicas: 1", "replicas: 3")}    extra:
      a: 1
added:
- x
`,
        );
    });

    test("replaces lists and scalars as a whole, and null is a value", () => {
        const merged = mergeValues(values, { charts: { server: { list: ["c"], note: null } } });
        expect(parse(merged)).toMatchObject({ charts: { server: { list: ["c"], note: null } } });
        expect(parse(mergeValues(values, "charts: none"))).toMatchObject({ charts: "none" });
    });

    test("takes YAML text, with its comments", () => {
        expect(mergeValues("a: 1 # one\n", "a: 2\nb: 3 # three\n")).toBe(
            "a: 2 # one\nb: 3 # three\n",
        );
    });

    test("keeps a text without change as it is", () => {
        expect(mergeValues(values, {})).toBe(values);
        expect(mergeValues("", {})).toBe("");
        expect(mergeValues("# none\n", "")).toBe("# none\n");
    });

    test("begins an empty text", () => {
        expect(mergeValues("", { a: { b: 1 } })).toBe("a:\n  b: 1\n");
    });

    test("an override of an anchored value leaves its aliases alone", () => {
        const merged = mergeValues("a: &x\n  n: 1\nb: *x\n", { a: { n: 2 } });
        expect(parse(merged)).toEqual({ a: { n: 2 }, b: { n: 1 } });
    });

    test.each(["a: [", "- a", "a: 1\n---\nb: 2\n"])("refuses %j", (text) => {
        expect(() => mergeValues(text, {})).toThrow(ValuesError);
        expect(() => mergeValues("a: 1", text)).toThrow(ValuesError);
    });

    test("does what a deep merge of plain objects does, and twice changes nothing", () => {
        const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
        const key = fc.stringMatching(/^[a-z]{1,2}$/);
        const tree = fc.letrec((tie) => ({
            node: fc.oneof({ maxDepth: 3 }, leaf, fc.array(leaf), fc.dictionary(key, tie("node"))),
        })).node;
        const object = fc.dictionary(key, tree);
        fc.assert(
            fc.property(object, object, (before, overrides) => {
                const text = mergeValues("", before as Record<string, unknown>);
                const merged = mergeValues(text, overrides as Record<string, unknown>);
                expect(parse(merged) ?? {}).toEqual(deepMerge(before, overrides));
                expect(mergeValues(merged, overrides as Record<string, unknown>)).toBe(merged);
            }),
            { numRuns: 200 },
        );
    });
});

function deepMerge(a: unknown, b: unknown): unknown {
    const isObject = (value: unknown): value is Record<string, unknown> =>
        typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isObject(a) || !isObject(b)) {
        return b;
    }
    const merged = { ...a };
    for (const [key, value] of Object.entries(b)) {
        merged[key] = key in a ? deepMerge(a[key], value) : value;
    }
    return merged;
}

describe("applyPresets", () => {
    test("take null for nothing, as Palette tells it", () => {
        const presets = [{ name: "none", add: null, remove: null }];
        expect(applyPresets("a: 1\n", presets, ["none"])).toBe("a: 1\n");
    });

    test("removes paths, then merges, in the order of presets.yaml", () => {
        const applied = applyPresets(values, parsePresets(presets), ["debug", "large"]);
        expect(parse(applied)).toEqual({
            pack: { namespace: "demo" },
            charts: {
                server: {
                    replicas: 3,
                    note: "two\nlines\n",
                    storage: { class: "fast" },
                    debug: true,
                },
            },
        });
        expect(applied).toContain("# How many");
        expect(applied).toContain("namespace: demo # its own");
    });

    test("none chosen changes nothing", () => {
        expect(applyPresets(values, [], [])).toBe(values);
    });

    test("refuses an unknown preset and names the known ones", () => {
        expect(() => applyPresets(values, parsePresets(presets), ["huge"])).toThrow(
            /small, large, debug/,
        );
        expect(() => applyPresets(values, [], ["huge"])).toThrow(/no presets/);
    });

    test("refuses two presets of one group", () => {
        expect(() => applyPresets(values, parsePresets(presets), ["small", "large"])).toThrow(
            /group size/,
        );
    });
});

describe("parsePresets", () => {
    test("reads names, and nothing from comments", () => {
        expect(parsePresets(presets).map(({ name }) => name)).toEqual(["small", "large", "debug"]);
        expect(parsePresets("# none\n")).toEqual([]);
        expect(parsePresets(undefined)).toEqual([]);
    });

    test.each(["presets: {a: 1}", "presets: [a]", "presets: [{name: 1}]"])("refuses %s", (text) => {
        expect(() => parsePresets(text)).toThrow(ValuesError);
    });
});
