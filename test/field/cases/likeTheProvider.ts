import type { FieldCase } from "./fieldCase";

export const likeTheProviderCases: FieldCase[] = [
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
];
