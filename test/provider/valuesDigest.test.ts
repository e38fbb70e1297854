import { valuesDigest } from "../../packages/palette/profile/valuesDigest";

const VALUES = `# The pack's values.
manifests:
    hello:
        tag: "1.2.0" # of the image
        port: 8080
        args: [a, b]
`;

test.each([
    ["indentation", VALUES.replaceAll("    ", "  ")],
    ["quotes", VALUES.replace('"1.2.0"', "'1.2.0'").replace("[a, b]", '["a", "b"]')],
    ["comments", VALUES.replace("# of the image", "").replace(/^#.*\n/, "")],
    ["the order of keys", "manifests: {hello: {args: [a, b], port: 8080, tag: 1.2.0}}"],
    ["block style", VALUES.replace(" [a, b]", "\n            - a\n            - b")],
    ["white space around it", `\n\n${VALUES.trim()}`],
    ["the marker of a document", `---\n${VALUES}`],
])("%s of values do not count", (_, text) => {
    expect(valuesDigest(text)).toBe(valuesDigest(VALUES));
});

test.each([
    ["another value", VALUES.replace("8080", "8081")],
    ["a text in place of a number", VALUES.replace("8080", '"8080"')],
    ["another order of items", VALUES.replace("[a, b]", "[b, a]")],
    ["a key less", VALUES.replace(/ +port.*\n/, "")],
    ["another document", `${VALUES}---\nmore: true\n`],
    ["a large number", VALUES.replace("8080", "12345678901234567890")],
])("%s counts", (_, text) => {
    expect(valuesDigest(text)).not.toBe(valuesDigest(VALUES));
});

test("numbers that are too large for JavaScript stay apart", () => {
    expect(valuesDigest("a: 12345678901234567890")).not.toBe(
        valuesDigest("a: 12345678901234567891"),
    );
});

test("a template that is no YAML counts as its text", () => {
    const template = "{{ if .Values.x }}\na: 1\n{{ end }}\n";
    expect(valuesDigest(template)).toBe(valuesDigest(template.trim()));
    expect(valuesDigest(template)).not.toBe(valuesDigest(template.replace("a: 1", "a:  1")));
});
