import { lifecycleWarnings } from "../../components/registries/ecrLifecyclePolicy";

const packs = [
    { name: "one", version: "1.0.0" },
    { name: "one", version: "1.1.0" },
    { name: "one", version: "2.0.0" },
    { name: "two", version: "1.0.0" },
];

/** A rule that keeps so many images. */
const keep = (countNumber: number, selection: object, rulePriority = 1) => ({
    rulePriority,
    selection: { countType: "imageCountMoreThan", countNumber, ...selection },
    action: { type: "expire" },
});

/** A rule that keeps images so many days. */
const days = (countNumber: number, selection: object, rulePriority = 1) =>
    keep(
        countNumber,
        { countType: "sinceImagePushed", countUnit: "days", ...selection },
        rulePriority,
    );

const any = { tagStatus: "any" };
const untagged = { tagStatus: "untagged" };
const prefixed = (...tagPrefixList: string[]) => ({ tagStatus: "tagged", tagPrefixList });
const like = (...tagPatternList: string[]) => ({ tagStatus: "tagged", tagPatternList });

const ALL = "one (1.0.0, 1.1.0, 2.0.0)";

describe("a lifecycle policy that expires versions of the stack", () => {
    test.each<[string, object[], [priority: number, packs: string][]]>([
        ["keeps fewer than there are", [keep(2, any)], [[1, ALL]]],
        ["keeps as many as there are", [keep(3, any)], []],
        ["keeps none for long", [days(14, any)], [[1, `${ALL}, two (1.0.0)`]]],
        ["is for untagged images", [keep(1, untagged), days(1, untagged, 2)], []],
        ["keeps too few of a prefix", [keep(1, prefixed("1."))], [[1, "one (1.0.0, 1.1.0)"]]],
        ["is for other prefixes", [keep(1, prefixed("v", "3"))], []],
        ["has one prefix of several", [days(1, prefixed("v", "2"))], [[1, "one (2.0.0)"]]],
        ["keeps too few of a pattern", [keep(1, like("*.0.0"))], [[1, "one (1.0.0, 2.0.0)"]]],
        ["takes a dot for a dot", [days(1, like("1x0*"))], []],
        ["asks for a tag for each pattern", [days(1, like("1.*", "2.*"))], []],
        ["has both patterns on one tag", [days(1, like("1.*", "*.1.0"))], [[1, "one (1.1.0)"]]],
        [
            "leaves what an earlier rule has selected",
            [keep(1, any, 9), keep(2, prefixed("1."), 3)],
            [],
        ],
        [
            "is told by the rules' priorities",
            [days(1, any, 20), keep(1, prefixed("1."), 10)],
            [
                [10, "one (1.0.0, 1.1.0)"],
                [20, "one (2.0.0)"],
            ],
        ],
        ["does something else to them", [{ ...keep(1, any), action: { type: "transition" } }], []],
        ["is no rule", [{}, null as never, { rulePriority: 1, selection: null }], []],
    ])("%s", (_, rules, expected) => {
        const warnings = lifecycleWarnings("registries[0].lifecyclePolicy", { rules }, packs);
        expect(warnings).toEqual(
            expected.map(([priority]) =>
                expect.stringContaining(`the rule of priority ${priority} `),
            ),
        );
        warnings.forEach((warning, index) => {
            expect(warning).toMatch(/^registries\[0\]\.lifecyclePolicy: /);
            expect(warning).toContain(`publishes: ${expected[index]![1]}. Let it`);
        });
    });

    test("is none where there is no policy, or one without rules", () => {
        for (const policy of [undefined, {}, { rules: "none" }]) {
            expect(lifecycleWarnings("k", policy, packs)).toEqual([]);
        }
    });
});
