import { parseYaml } from "../../packages/pack/format/yaml";
import { readYamlDocument, readYamlDocuments } from "../../packages/pack/format/yamlDocuments";
import { applyPresets, mergeValues, parsePresets } from "../../packages/pack/format/values";

/** What other YAML parsers read, Palette's among them, although YAML wants more indentation. */
const lenient: [string, string, unknown][] = [
    [
        "a single-quoted text that goes on at the indentation of its key",
        "a:\n  b: 'one\n  two'\n  c: 1\n",
        { a: { b: "one two", c: 1 } },
    ],
    [
        "a double-quoted text that goes on at the margin",
        'a:\n  b: "one\ntwo"\nc: 1\n',
        { a: { b: "one two" }, c: 1 },
    ],
    [
        "brackets that close at the margin",
        "a:\n  b: {\n    x: 1\n}\n  \nc: 1\n",
        { a: { b: { x: 1 } }, c: 1 },
    ],
    [
        "items at the indentation of their key",
        "a:\n  b: [\n  1,\n  'x\n  y'\n  ]\n  c: 1\n",
        { a: { b: [1, "x y"], c: 1 } },
    ],
    ["nested brackets", "- a: [{\n  b: [\n1]}\n]\n- c\n", [{ a: [{ b: [1] }] }, "c"]],
    ["a comment right behind a quote", "a: 'x'#c\nb: [1]#d\n", { a: "x", b: [1] }],
    ["quoted keys in brackets", 'a: {\n"b":1,\n"c":2}\nd: 1\n', { a: { b: 1, c: 2 }, d: 1 }],
];

test.each(lenient)("%s", (_, text, value) => {
    const document = readYamlDocument(text);
    expect(document.errors).toEqual([]);
    expect(document.toJS()).toEqual(value);
    expect(parseYaml("values.yaml", text).problems).toEqual([]);
});

test("slips don't move what comes after them, and the values can be changed", () => {
    const text = "a:\n  b: 'one\n  two'\n  c: 1\n";
    const { document } = parseYaml("values.yaml", text);
    expect(document?.place(["a", "c"], "key")).toEqual({ file: "values.yaml", line: 4, column: 3 });
    expect(mergeValues(text, { a: { c: 2 } })).toContain("c: 2");
    const presets = `presets:\n  - name: x\n    add: "{a: {\n    c: 3}}"\n    remove: []\n`;
    expect(applyPresets(text, parsePresets(presets), ["x"])).toContain("one two");
});

test("a stream of documents, one of them with a slip", () => {
    const documents = readYamlDocuments("a: 1\n---\na:\n  b: 'x\n  y'\n---\nc: 1\n");
    expect(documents.map((document) => document.toJS() as unknown)).toEqual([
        { a: 1 },
        { a: { b: "x y" } },
        { c: 1 },
    ]);
});

test.each([
    ["a quote that does not end", "a: 'one\n  b: 1\n"],
    ["brackets that do not end", "a: [1\nb: 2\n"],
    ["brackets that another document ends", "a: [1\n---\nb: 2\n"],
    ["a text behind a quote", "a: 'x' y\n"],
    ["less indentation of a mapping", "a:\n    b: 1\n  c: 2\n"],
    ["a colon too many", "a: b: c\n"],
    ["a tab", "a:\n\tb: 1\n"],
    ["a tab below a slip", "x: 'a\nb'\na:\n\tb: 1\n"],
])("%s stays an error", (_, text) => {
    expect(parseYaml("values.yaml", text).problems[0]?.kind).toBe("syntax");
});

test("the error of the strict parser is told, where it was", () => {
    const [problem] = parseYaml("values.yaml", "a: 'x\ny'\nb: c: d\n").problems;
    expect(problem).toMatchObject({ kind: "syntax", place: { file: "values.yaml" } });
});

test("one document, none, and two", () => {
    expect(readYamlDocument("").toJS()).toBeNull();
    expect(readYamlDocument("# nothing\n").toJS()).toBeNull();
    expect(readYamlDocument("a: 1\n").errors).toEqual([]);
    expect(readYamlDocument("a: 1\n---\nb: 1\n").errors.map(({ code }) => code)).toEqual([
        "MULTIPLE_DOCS",
    ]);
    expect(readYamlDocument("a: 1\na: 2\n").errors).toEqual([]);
    expect(readYamlDocument("a: 1\na: 2\n", { uniqueKeys: true }).errors).toHaveLength(1);
});
