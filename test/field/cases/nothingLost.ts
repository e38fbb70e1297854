import type { FieldCase } from "./fieldCase";

export const nothingLostCases: FieldCase[] = [
    {
        id: "A1",
        situation:
            "`pulumi up --replace` or `pulumi state taint` and `up` of a registry, profile or cluster; a replacement that is interrupted",
        right: "a cluster is deleted first and made anew; registries and profiles keep their objects; what another resource of the stack stands for is never deleted",
        tests: [
            ["flow/replacement.test.ts", "a forced replacement of %s"],
            [
                "flow/interruptedReplacement.test.ts",
                "of %s, killed at %s %s, is finished by the next up",
            ],
        ],
    },
    {
        id: "A2",
        situation: "the project is deleted in Palette, or the API key belongs to another tenant",
        right: "every run stops and names it, nothing is dropped from the state, and docs/day-two.md says how the rest is taken back",
        tests: [
            [
                "flow/scope.test.ts",
                "a stack whose project is gone forgets nothing, says so in every run, and is taken back as docs/day-two.md says",
            ],
            [
                "provider/ownerToken.test.ts",
                "stops a run with the key of another tenant, before anything is planned anew",
            ],
        ],
    },
    {
        id: "A3",
        situation: "an image is deleted from the registry, by hand or by a lifecycle policy",
        right: "a refresh shows it; `up`, with or without one, pushes it again, and Palette synchronizes; a preview names a rule of the stack's own policy that would expire its versions",
        tests: [
            [
                "flow/repositories.test.ts",
                "an image that somebody has deleted is pushed again, and Palette is synchronized",
            ],
            [
                "provider/packRepository.test.ts",
                "pushes again what somebody has deleted, without a refresh and with one",
            ],
            [
                "unit/ecrLifecyclePolicy.test.ts",
                "a lifecycle policy that expires versions of the stack",
            ],
        ],
    },
    {
        id: "A4",
        situation: "an ECR repository is deleted",
        right: "it is made again, with its images",
        tests: [
            [
                "flow/repositories.test.ts",
                "a repository that somebody has deleted is made again with what was in it, without a refresh",
            ],
        ],
    },
    {
        id: "A5",
        situation:
            "`pulumi stack rename`, then `destroy`; default names that follow the stack's name",
        right: "the destroy leaves nothing; a preview that would replace things for their default names says so first",
        tests: [
            [
                "flow/repositories.test.ts",
                "a stack is destroyed by another name than it was made with, and leaves what another one uses",
            ],
            ["provider/reportedFirst.test.ts", "another name of the stack"],
        ],
    },
    {
        id: "A6",
        situation: "`pulumi up --config-file other.yaml`, then `destroy` with it",
        right: "everything that a run does takes that file; the destroy leaves nothing",
        tests: [
            [
                "flow/whoAndWhere.test.ts",
                "a configuration file and a passphrase of the command's own serve everything that a run does",
            ],
        ],
    },
    {
        id: "A7",
        situation: "a running stack gets `existingRepositories: true`, and loses it again",
        right: "repositories are let go of and taken over again, without a replacement",
        tests: [
            ["flow/repositories.test.ts", "repositories are let go of and taken over again"],
            [
                "provider/packRepository.test.ts",
                "is let go of with existingRepositories, and taken over again, without being made again",
            ],
        ],
    },
    {
        id: "A8",
        situation: "two stacks with one base path",
        right: "what is there is shared; a destroy leaves what the other stack uses, and the last one leaves nothing",
        tests: [
            [
                "flow/repositories.test.ts",
                "a stack is destroyed by another name than it was made with, and leaves what another one uses",
            ],
            [
                "provider/packRepository.test.ts",
                "of two stacks stays until both have left, %s of them first",
            ],
            [
                "provider/packRepository.test.ts",
                "that somebody else made is used, and left without a trace",
            ],
        ],
    },
    {
        id: "A9",
        situation:
            "`destroy --target` of what others depend on; another `kind` of a registry under the same name",
        right: "every question of the engine is answered, whatever it does not know yet",
        tests: [
            ["provider/unknowns.test.ts", "withUnknowns"],
            [
                "flow/unknownInputs.test.ts",
                "targets that others depend on are no riddle to what depends on them",
            ],
            [
                "flow/unknownInputs.test.ts",
                "a registry of another kind under the same name is planned as a replacement",
            ],
        ],
    },
    {
        id: "A10",
        situation: "a layer's version was deprecated, disabled or taken out of its registry",
        right: "a profile that has it goes on, with a warning; only another version of the profile that needs it is refused",
        tests: [
            [
                "flow/agingPacks.test.ts",
                "a layer that is taken out of its registry stops no change but that of the profile",
            ],
            [
                "provider/agingPacks.test.ts",
                "stays in a profile that has it, with a word, and no other version of the profile is made",
            ],
            [
                "provider/agingPacks.test.ts",
                "that is deprecated goes into new profiles, with a word",
            ],
        ],
    },
    {
        id: "A11",
        situation: "Palette answers values in another layout (indentation, quotes, comments)",
        right: "the same values are no drift",
        tests: [["provider/valuesDigest.test.ts", "%s of values do not count"]],
    },
    {
        id: "A12",
        situation:
            "a registry, profile or cluster of the wanted name exists, made by somebody else",
        right: "refused in the preview, never taken over, never deleted",
        tests: [
            [
                "provider/takenNames.test.ts",
                "is taken over only where it is the stack's own or the user says so; the preview tells",
            ],
            [
                "flow/adoption.test.ts",
                "what somebody else made is refused, and taken over when the user says so",
            ],
            [
                "flow/withoutLabels.test.ts",
                "a registry that an interrupted run has made is the stack's own",
            ],
        ],
    },
    {
        id: "A13",
        situation: "a cluster is stuck in Deleting, and its settings change",
        right: "the commands that the message names force it; what can no longer come is not waited for",
        tests: [
            [
                "flow/clusterDeletion.test.ts",
                "a deletion that sticks is forced with the commands that its message names",
            ],
            [
                "provider/clusterLost.test.ts",
                "has settings of runs, whose change is recorded and sends nothing",
            ],
            [
                "provider/clusterLost.test.ts",
                "is deleted by somebody: what is waited for ends at once, and it is made anew in place",
            ],
        ],
    },
    {
        id: "A14",
        situation:
            "a second stack is made beside that of `npm start`, and becomes the selected one",
        right: "`npm start`, `npm stop`, `npm run outputs` and `npm run pulumi` stay with the sandbox's stack; the other one gets none of its configuration",
        tests: [
            [
                "scripts/secondStack.test.ts",
                "a second stack beside the sandbox's gets none of its configuration, and none of its commands",
            ],
            [
                "scripts/secondStack.test.ts",
                "the sandbox's stack is named even where no stack is selected",
            ],
        ],
    },
    {
        id: "A15",
        situation: "oras is missing at a destroy",
        right: "a destroy removes images without it",
        tests: [
            [
                "registry/ociRepository.test.ts",
                "is looked up and loses its images where oras is missing",
            ],
        ],
    },
    {
        id: "A16",
        situation: "the only worker pool is renamed",
        right: "the new one runs before the old one goes",
        tests: [
            [
                "provider/dayTwo.test.ts",
                "that are renamed: the new one runs before the old one goes",
            ],
        ],
    },
    {
        id: "A17",
        situation:
            "`kill -9` of the CLI alone while a destroy deletes images, then cancel, recover and `up`",
        right: "the images are there again, and nothing is left to do",
        tests: [
            [
                "flow/whoAndWhere.test.ts",
                "images that a killed destroy has deleted are there again after cancel, recover and up",
            ],
        ],
    },
    {
        id: "A18",
        situation: "`kill -9` of the CLI alone",
        right: "plugins and commands end by themselves",
        tests: [
            [
                "provider/engine.test.ts",
                "when the engine is gone, its plugins and commands end by themselves, also those that just load",
            ],
        ],
    },
    {
        id: "A19",
        situation: "`kill -9` while `destroy` deletes the cluster, then cancel and `up`",
        right: "`up` sees that the cluster is gone and makes it again",
        tests: [
            [
                "flow/clusterDeletion.test.ts",
                "a killed destroy leaves no process, and up makes the cluster anew without a refresh",
            ],
            [
                "provider/clusterLost.test.ts",
                "was deleted by somebody: it is made anew without a refresh, and its applications move",
            ],
        ],
    },
];
