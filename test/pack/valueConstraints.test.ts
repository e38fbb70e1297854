import { brokenConstraints, valueConstraints } from "../../packages/pack/check/valueConstraints";

/** What is wrong with the value of `a.b`, given its constraint. */
function problems(template: string, value: unknown, complete = true): string[] {
    const constraints = valueConstraints({ "a.b": { schema: template } });
    return brokenConstraints(constraints, { a: { b: value } }, complete).map(
        ({ problem }) => problem,
    );
}

const format = (text: string) => `{{ format "${text}" }}`;

test.each<[string, unknown, unknown]>([
    [format("${string}"), "any thing", undefined],
    [format("${string:/^[a-z]+$/}"), "abc", "ab1"],
    [format("${string:/[0-9]{2}/}"), "ab12cd", "ab1"],
    [format("${number}"), 1.5, "one"],
    [format("${number}"), "-3", "3x"],
    [format("${number:[5000-5005]}"), 5005, 5006],
    [format("${number:[0.5-2]}"), 0.5, 0.4],
    [format("${number:/^(500[0-5])$/}"), 5003, 5006],
    [format("${boolean}"), true, "yes"],
    [format("${password:/^.{8,}$/}"), "long enough", "short"],
    [format("${list:[PACK, GIT,CHART]}"), "GIT", "git"],
    [format("${ipv4}"), "10.0.0.255", "10.0.0.256"],
    [format("${version}"), "1.29.3-rc.1", "latest"],
    [format("${ipv4} - ${ipv4}"), "10.0.0.1 - 10.0.0.9", "10.0.0.1-10.0.0.9"],
    [format("${string}, ${string:/size=\\d+/}"), "thick, size=150", "thick, size=s"],
    [format("${string}/${string}:${version}"), "a/b:1.2", "a/b"],
    [format("${input}"), "anything", undefined],
    [`{{ required | ${format("${list:[A,B]}").slice(3)}`, "A", ""],
    ["{{ required }}", 0, null],
    ['{{ hints "required" }}', "", undefined],
    ["{{ readonly }}", "x", undefined],
])("%s takes %j and not %j", (template, good, bad) => {
    expect(problems(template, good)).toEqual([]);
    if (bad !== undefined) {
        expect(problems(template, bad)).toHaveLength(1);
    }
});

test.each([
    ["a macro", format("${number}"), "{{ .spectro.var.count }}"],
    ["nothing", format("${number}"), undefined],
    ["an empty text", format("${number}"), ""],
    ["a mapping", format("${string:/^x$/}"), { c: 1 }],
    ["an expression of RE2 alone", format("${string:/(?i)^ABC$/}"), "abc"],
    ["a class of RE2 alone", format("${string:/^[[:alpha:]]+$/}"), "ABC"],
    ["an expression that could take for ever", format("${string:/^(a+)+$/}"), `${"a".repeat(40)}!`],
    ["an expression that cannot be read", format("${string:/[/}"), "x"],
    ["no template", "required", ""],
])("%s breaks no format", (_, template, value) => {
    expect(problems(template, value)).toEqual([]);
});

test("a pack may leave a required value to its users", () => {
    expect(problems("{{ required }}", "", false)).toEqual([]);
    expect(problems(`{{ required | format "\${number}" }}`, "x", false)).toEqual([
        "must be a number",
    ]);
});

test("every item of a list is meant, and keys may contain points", () => {
    const constraints = valueConstraints({
        "pools.$[].range": { schema: '{{ required | format "${ipv4}" }}' },
        "labels.app.kubernetes.io/name": { schema: '{{ format "${list:[x]}" }}' },
        other: "no constraint",
    });
    const values = {
        pools: [{ range: "10.0.0.1" }, { range: "no" }, {}],
        labels: { "app.kubernetes.io/name": "y" },
    };
    expect(brokenConstraints(constraints, values, true).map(({ path }) => path)).toEqual([
        ["pools", 1, "range"],
        ["pools", 2, "range"],
        ["labels", "app.kubernetes.io/name"],
    ]);
    expect(valueConstraints(null)).toEqual([]);
});
