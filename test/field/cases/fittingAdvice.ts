import type { FieldCase } from "./fieldCase";

export const fittingAdviceCases: FieldCase[] = [
    {
        id: "C1",
        situation: "Harbor: quota, read-only mode, proxy project, immutability rule",
        right: "the registry's words first, and advice for the operation and the kind",
        tests: [
            [
                "registry/ociRepository.test.ts",
                "the registry's own words come first, and the advice fits the operation:",
            ],
        ],
    },
    {
        id: "C2",
        situation: "a registry answers 400",
        right: "no advice to run the command again",
        tests: [
            [
                "registry/ociRepository.test.ts",
                "an answer %d advises to run again only where that can help",
            ],
        ],
    },
    {
        id: "C3",
        situation: "Palette does not say its AWS account",
        right: "told in the preview, with the way out",
        tests: [
            [
                "provider/paletteAwsAccount.test.ts",
                "%s in Palette's answer is told in the preview, with the way out",
            ],
        ],
    },
    {
        id: "C4",
        situation: "an immutability rule at a destroy",
        right: "the rule is named, and a way to leave the image there",
        tests: [
            ["registry/ociRepository.test.ts", "an immutability rule, at a push and at a deletion"],
        ],
    },
    {
        id: "C5",
        situation: "the same files are published already in an archive of somebody's own",
        right: "they are that version: used, and never removed",
        tests: [
            [
                "registry/publish.test.ts",
                "takes the same files under the same version for that version, whatever archive they are in",
            ],
        ],
    },
    {
        id: "C6",
        situation: "the passphrase is the command's own, and in no file",
        right: "nothing that a run starts asks for it",
        tests: [
            [
                "flow/whoAndWhere.test.ts",
                "a configuration file and a passphrase of the command's own serve everything that a run does",
            ],
        ],
    },
    {
        id: "C7",
        situation:
            "`npm run recover` on a machine without the network and without an installed Pulumi",
        right: "it takes the CLI that everything else takes, and downloads nothing",
        tests: [
            [
                "scripts/recover.test.ts",
                "npm run recover takes the project's CLI where none is installed, and downloads nothing",
            ],
        ],
    },
    {
        id: "C8",
        situation:
            "`destroy` or `refresh` with `--run-program`, and a pack's folder or an account is gone",
        right: "nothing is taken, and the message names the flag",
        tests: [
            [
                "flow/whoAndWhere.test.ts",
                "a destroy that runs the program and cannot, as a pack is gone, takes nothing and names its flag",
            ],
            ["unit/runProgram.test.ts", "%s: an error of the program names the flag"],
        ],
    },
    {
        id: "C9",
        situation: "a push fails",
        right: "its reason is printed once, before the command's status",
        tests: [
            [
                "registry/engineLog.test.ts",
                "a push that fails tells the engine why, once, and prints nothing that its plugin would repeat",
            ],
        ],
    },
];
