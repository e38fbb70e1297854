/** Something that a user's environment does to the program. */
export interface FieldCase {
    id: string;
    situation: string;
    right: string;
    /** The tests that show it: file below test/, and the name as it stands there. */
    tests: [file: string, name: string][];
}

/** Every case that a test shows, by what it is about. */
export const fieldCases: Record<string, FieldCase[]> = {
    "Nothing is lost, nothing false is said": [
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
            situation:
                "the project is deleted in Palette, or the API key belongs to another tenant",
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
    ],
    "Everything works where the AWS provider does": [
        {
            id: "B1",
            situation:
                "the region is set in `AWS_REGION`, in `AWS_DEFAULT_REGION` or in the profile only",
            right: "the push has the region of the repository's own address; clusters have the provider's",
            tests: [
                ["unit/awsClients.test.ts", "the region is"],
                ["unit/awsSettings.test.ts", "the host %s of a registry tells account and region"],
            ],
        },
        {
            id: "B2",
            situation: "any key of the AWS provider's configuration",
            right: "the push honours it, or it is refused by name; a preview stops where the provider and the push have different identities",
            tests: [
                ["unit/awsSettings.test.ts", "are all keys that the installed AWS provider has"],
                [
                    "unit/awsIdentity.test.ts",
                    "%s of the push stops a preview, with both and what they come from",
                ],
            ],
        },
        {
            id: "B3",
            situation: "the CA is in `AWS_CA_BUNDLE` only",
            right: "as for the provider",
            tests: [
                [
                    "unit/awsClients.test.ts",
                    "AWS_CA_BUNDLE is read where the configuration has no bundle",
                ],
            ],
        },
        {
            id: "B4",
            situation: "GovCloud and other partitions",
            right: "ARNs and Palette's account are those of the partition",
            tests: [
                ["unit/components.test.ts", "names accounts in the partition of the AWS provider"],
                [
                    "provider/paletteAwsAccount.test.ts",
                    "Palette's account is that of the partition, asked for once and never again once it is known",
                ],
            ],
        },
        {
            id: "B5",
            situation: "a permissions boundary or a path is company policy",
            right: "keys for both",
            tests: [
                [
                    "unit/components.test.ts",
                    "gives the %s that it makes a permissions boundary and a path",
                ],
            ],
        },
        {
            id: "B6",
            situation: "`NO_PROXY` with ports, suffixes and networks",
            right: "one reading everywhere, Go's",
            tests: [["unit/noProxy.test.ts", "NO_PROXY=%s: %s without the proxy: %s"]],
        },
    ],
    "Advice that fits": [
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
                [
                    "registry/ociRepository.test.ts",
                    "an immutability rule, at a push and at a deletion",
                ],
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
    ],
    "Said before anything is made": [
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
            tests: [
                ["pack/kubernetesVersion.test.ts", "a version is in a range as Helm decides it"],
            ],
        },
        {
            id: "D4",
            situation: "a pack of an infrastructure layer beside the default layers",
            right: "it takes that layer's place; beside a configured one it is refused",
            tests: [
                ["unit/profileLayers.test.ts", "of layer %s takes the default's place"],
                [
                    "unit/profileLayers.test.ts",
                    "beside a configured one of its layer is one refusal",
                ],
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
                [
                    "unit/configKeys.test.ts",
                    "a key that nothing reads is refused with the nearest one",
                ],
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
                [
                    "unit/configErrors.test.ts",
                    "two pools of one name, by the key of the second one",
                ],
            ],
        },
        {
            id: "D10",
            situation:
                "a protected cluster is to be replaced, or is not in the configuration any more",
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
    ],
};
