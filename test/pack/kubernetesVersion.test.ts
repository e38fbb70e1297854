import { checkProfile } from "../../packages/pack/profile/profileRules";
import { satisfies } from "../../packages/pack/profile/versionConstraint";

const VERSIONS = [
    "1.30.2",
    "1.30",
    "v1.30.2",
    "1.31.0",
    "1.32.3",
    "1.32.3-spectro",
    "1.30.2-x",
    "1.29.9",
    "2.0.0",
    "0.2.4",
    "0.0.3",
    "1.32.3+rke2r1",
    "1.30.0",
    "1.30.0-0",
];

/** What github.com/Masterminds/semver 3.4.0, which Helm has, answers for these versions: yes, no, or that it cannot tell. */
const ANSWERS: [range: string, answers: string][] = [
    [">=1.30", "yyyyynnnynnyyn"],
    [">=1.30-0", "yyyyyyynynnyyy"],
    [">= 1.30.0-0", "yyyyyyynynnyyy"],
    ["1.30.x", "yyynnnnnnnnnyn"],
    ["1.x", "yyyyynnynnnyyn"],
    ["*", "yyyyynnyyyyyyn"],
    [">1.30", "nnnyynnnynnynn"],
    [">1.30.2", "nnnyynnnynnynn"],
    ["<1.31", "yyynnnnynyynyn"],
    ["<=1.30", "yyynnnnynyynyn"],
    ["<=1.30.2", "yyynnnnynyynyn"],
    ["~1.30", "yyynnnnnnnnnyn"],
    ["~1.30.2", "ynynnnnnnnnnnn"],
    ["~1", "yyyyynnynnnyyn"],
    ["^1.30", "yyyyynnnnnnyyn"],
    ["^1", "yyyyynnynnnyyn"],
    ["^0.2.3", "nnnnnnnnnynnnn"],
    ["^0.0.3", "nnnnnnnnnnynnn"],
    ["^0", "nnnnnnnnnyynnn"],
    ["^0.0", "nnnnnnnnnnynnn"],
    ["!=1.30", "nnnyynnyyyyynn"],
    ["!=1.30.2", "nynyynnyyyyyyn"],
    ["1.30 - 1.32", "yyyyynnnnnnyyn"],
    ["1.28.0 - 1.32.x", "yyyyynnynnnyyn"],
    [">=1.28 <1.32", "yyyynnnynnnnyn"],
    [">=1.28, <1.32", "yyyynnnynnnnyn"],
    [">=1.28.0-0 <1.32.0-0", "yyyynnyynnnnyy"],
    ["<1.28 || >=1.32", "nnnnynnnyyyynn"],
    [">=v1.30", "yyyyynnnynnyyn"],
    [">= 1.16.0-0 || < 0.1", "yyyyyyyyynyyyy"],
    ["=1.30", "yyynnnnnnnnnyn"],
    ["=1.30.2", "ynynnnnnnnnnnn"],
    ["=>1.30", "yyyyynnnynnyyn"],
    ["=<1.30", "yyynnnnynyynyn"],
    ["~>1.30", "yyynnnnnnnnnyn"],
    ["1.30", "yyynnnnnnnnnyn"],
    ["1.30.2", "ynynnnnnnnnnnn"],
    [">=1.30.2-a <1.31", "ynynnnynnnnnnn"],
    ["latest", "??????????????"],
    [">=", "??????????????"],
    ["1.2.3.4", "??????????????"],
    [">1", "nnnnnnnnynnnnn"],
    ["<1", "nnnnnnnnnyynnn"],
    ["<=1", "yyyyynnynyyyyn"],
    ["^1.30.2-0", "ynyyyyynnnnynn"],
    ["~1.30.2-0", "ynynnnynnnnnnn"],
    ["!=1.30.2-x", "yyyyyynyyyyyyy"],
    ["=1.30.2-x", "nnnnnnynnnnnnn"],
    [">=1.30.x-0", "yyyyyyynynnyyy"],
    [">= 1.32.3-spectro", "nnnnyynnynnynn"],
];

describe("a version is in a range as Helm decides it", () => {
    test.each(ANSWERS)("%s", (range, answers) => {
        const letter = { true: "y", false: "n", undefined: "?" };
        const own = VERSIONS.map((version) => letter[`${satisfies(version, range)}`]);
        expect(own.join("")).toBe(answers);
    });
});

/** Findings of a profile with a chart of this range on a Kubernetes of this version. */
function check(kubeVersion: string, version: string, layer: object = { layer: "k8s" }) {
    const { findings } = checkProfile({
        layers: [{ name: "kubernetes", version, ...layer }],
        packs: [
            {
                packJson: { name: "web", version: "1.0.0", layer: "addon" },
                values: "pack:\n  namespace: web\n",
                charts: ["page"],
                kubeVersions: { page: kubeVersion },
            },
        ],
    });
    return findings;
}

describe("a chart that wants another Kubernetes than the profile has", () => {
    test("is an error that names both", () => {
        expect(check(">=1.33", "1.32.3")).toEqual([
            expect.objectContaining({
                rule: "profile-kubernetes-version",
                severity: "error",
                message:
                    "The chart page of web 1.0.0 wants Kubernetes >=1.33; the profile has kubernetes 1.32.3.",
            }),
        ]);
        expect(check(">=1.33", "1.32.3", {})).toHaveLength(1);
    });

    test("tells of the suffix that takes pre-releases in", () => {
        expect(check(">=1.30", "1.32.3-spectro")).toEqual([
            expect.objectContaining({ help: expect.stringMatching(/">=1\.32\.3-0"/) }),
        ]);
        expect(check(">=1.33", "1.32.3-spectro")).toEqual([
            expect.objectContaining({ help: expect.stringMatching(/^Choose a Kubernetes/) }),
        ]);
        expect(check(">=1.30-0", "1.32.3-spectro")).toEqual([]);
    });

    test.each([
        [">=1.30", "1.32.3"],
        ["latest", "1.32.3"],
        [">=1.30", "LTS"],
    ])("is none where it fits, or cannot be told: %s, %s", (range, version) => {
        expect(check(range, version)).toEqual([]);
    });
});
