import type { FieldCase } from "./fieldCase";

export const saidBeforeCases: FieldCase[] = [
    {
        id: "D1",
        situation: "a stack with a long name",
        right: "default names keep to the rules of their kind, shortened in a stable way",
        tests: [
            [
                "unit/names.test.ts",
                "a name that a stack does not set keeps to the rules of its kind",
            ],
        ],
    },
    {
        id: "D2",
        situation: "a pack's name, or the path of its repository, breaks the registry's rules",
        right: "told by the preview; the check of a pack knows the strictest",
        tests: [
            ["unit/profileLayers.test.ts", "keeps to the rules of the registry's kind"],
            ["pack/cases/packJson.ts", "two hyphens in the name"],
        ],
    },
    {
        id: "D3",
        situation: "a chart demands another Kubernetes than the profile's layer",
        right: "told by the preview, with the suffix that takes pre-releases in",
        tests: [["pack/kubernetesVersion.test.ts", "a version is in a range as Helm decides it"]],
    },
    {
        id: "D4",
        situation: "a pack of an infrastructure layer beside the default layers",
        right: "it takes that layer's place; beside a configured one it is refused",
        tests: [
            ["unit/profileLayers.test.ts", "of layer %s takes the default's place"],
            ["unit/profileLayers.test.ts", "beside a configured one of its layer is one refusal"],
        ],
    },
    {
        id: "D5",
        situation: "a pack that does not name AWS among its clouds",
        right: "told before anything is pushed",
        tests: [["unit/profileLayers.test.ts", "a pack for other clouds is refused"]],
    },
    {
        id: "D6",
        situation: "`osPatch.after` has gone by, or is unquoted",
        right: "a new one is refused, a recorded one is not sent again; the message says: in quotes",
        tests: [
            ["provider/osPatch.test.ts", "the time of a patch on demand that has gone by"],
            [
                "provider/osPatch.test.ts",
                "leaves out a recorded time that has gone by, whatever else is changed",
            ],
            [
                "unit/configErrors.test.ts",
                "a time without quotes, in the form that the CLI gives it",
            ],
        ],
    },
    {
        id: "D7",
        situation: "ten 503 or 429 in a row",
        right: "a budget of time, which `Retry-After` does not use up",
        tests: [["provider/client.test.ts", "ten refusals in a row do not end a run"]],
    },
    {
        id: "D8",
        situation: "a key of the configuration that nothing reads",
        right: "refused, with the nearest one",
        tests: [
            ["unit/configKeys.test.ts", "a key that nothing reads is refused with the nearest one"],
        ],
    },
    {
        id: "D9",
        situation: "an unknown region, a key pair of another region, two pools of one name",
        right: "in the preview, by the user's own key",
        tests: [
            [
                "provider/preflight.test.ts",
                "a region that does not exist is one message, by the key that it comes from",
            ],
            [
                "provider/preflight.test.ts",
                "a key pair of another region is told with the region and the account",
            ],
            ["unit/configErrors.test.ts", "two pools of one name, by the key of the second one"],
        ],
    },
    {
        id: "D10",
        situation: "a protected cluster is to be replaced, or is not in the configuration any more",
        right: "why, and the key that lifts the protection",
        tests: [
            [
                "provider/reportedFirst.test.ts",
                "a protected one is refused with the key that lifts the protection",
            ],
            [
                "flow/protection.test.ts",
                "a protected cluster that the configuration does not name any more stays, and nothing is made in its place",
            ],
        ],
    },
    {
        id: "D11",
        situation: "a plain preview",
        right: "references with digests and the price are known, and the profile's next version is told",
        tests: [
            ["flow/preview.test.ts", "a first preview knows the price, and has short names"],
            [
                "flow/repositories.test.ts",
                "a preview knows the references, and the push says in one line what it has done",
            ],
            [
                "provider/reportedFirst.test.ts",
                "the version of a profile that a change makes the current one is told",
            ],
        ],
    },
    {
        id: "D12",
        situation: "digits set with `config set --path`",
        right: "the message says: quotes, or `--type string`",
        tests: [["unit/configKeys.test.ts", "digits where a text is expected"]],
    },
    {
        id: "D13",
        situation: "a chart's folder was edited and not packaged again",
        right: "a finding, with the command",
        tests: [
            [
                "pack/cases/listedFiles.ts",
                "an unpacked copy that was edited and not packaged again",
            ],
        ],
    },
    {
        id: "D14",
        situation: "many clusters in one stack",
        right: "new ones are created side by side; later changes reach them by their groups",
        tests: [
            ["unit/clusters.test.ts", "are created side by side: %s"],
            ["unit/clusters.test.ts", "change group by group, and are protected"],
            ["flow/fleet.test.ts", "each with values of its own, and are created side by side"],
        ],
    },
    {
        id: "D15",
        situation: "too little memory, or a mistake of the program's own",
        right: "no failure of the network: thrown at once, with its stack",
        tests: [
            [
                "provider/clientErrors.test.ts",
                "%s is no failure of the network: it is thrown at once, as it is",
            ],
            ["provider/plainErrors.test.ts", "keeps its stack"],
        ],
    },
];
