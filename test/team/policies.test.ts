import type { ResourceValidationArgs, ResourceValidationPolicy } from "@pulumi/policy";
import { policies } from "../../policy/policies";

const palette = (name: string) => `pulumi-nodejs:dynamic/palette:${name}`;
const pool = { name: "worker-pool", size: 1, instanceType: "m4.xlarge" };
const digest = `sha256:${"0".repeat(64)}`;
const tags = ["app:hello", "environment:production"];

/** Policy → a resource that keeps to it, what breaks it, and what is then said. */
const cases: [string, Partial<ResourceValidationArgs>, Partial<ResourceValidationArgs>, RegExp][] =
    [
        [
            "sts-credentials",
            {
                type: palette("OciRegistry"),
                props: { credentials: { type: "sts", roleArn: "arn:aws:iam::1:role/r" } },
            },
            { props: { credentials: { type: "secret" } } },
            /registry thing is read with an access key; set credentials: \{ type: sts \}/,
        ],
        [
            "sts-credentials",
            { type: palette("OciRegistry"), props: { kind: "basic", credentials: {} } },
            { type: "aws:iam/user:User", props: {} },
            /user thing would get a long-lived access key/,
        ],
        [
            "immutable-tags",
            { type: "aws:ecr/repository:Repository", props: { imageTagMutability: "IMMUTABLE" } },
            { props: {} },
            /repository thing has tags that can be overwritten; set immutableTags: true/,
        ],
        [
            "no-overwrite",
            { type: palette("PackRepository"), props: { overwrite: false } },
            { props: { overwrite: true } },
            /remove overwritePacks/,
        ],
        [
            "pinned-versions",
            {
                type: palette("ClusterProfile"),
                props: { layers: [{ name: "kubernetes", version: "1.32.3" }] },
            },
            { props: { layers: [{ name: "kubernetes", version: "1.32.3", movingTag: "1.32.x" }] } },
            /layer kubernetes of profile thing has the moving tag 1\.32\.x; write .*"1\.32\.3"/,
        ],
        [
            "pinned-versions",
            {
                type: palette("PackRepository"),
                props: { versions: { "1.0.0": { digest, pinnedDigest: digest } } },
            },
            { props: { versions: { "1.0.0": { digest } } } },
            /Version 1\.0\.0 in thing is not pinned; set digest: sha256:0{64}/,
        ],
        [
            "allowed-regions",
            { type: palette("AwsCluster"), props: { region: "us-east-1" } },
            { props: { region: "sa-east-1" } },
            /cluster thing is in region sa-east-1; allowed are us-east-1/,
        ],
        [
            "allowed-instance-types",
            { type: palette("AwsCluster"), props: { pools: [pool] } },
            { props: { pools: [pool, { ...pool, instanceType: "p5.48xlarge" }] } },
            /pool worker-pool of cluster thing has machines of type p5\.48xlarge/,
        ],
        [
            "required-tags",
            { type: palette("ClusterProfile"), props: { tags } },
            { props: { tags: ["app:hello"] } },
            /profile thing lacks the tags environment/,
        ],
        [
            "deletion-protection",
            { type: palette("AwsCluster"), props: {}, opts: { protect: true } as never },
            { opts: { protect: false } as never },
            /cluster thing is not protected; remove allowClusterDeletion/,
        ],
        [
            "cost-ceiling",
            { type: palette("AwsCluster"), props: { pools: [{ ...pool, size: 10 }] } },
            { props: { pools: [{ ...pool, size: 1, maxSize: 11 }] } },
            /machines of cluster thing cost up to 2\.20 USD an hour; allowed are 2\.00/,
        ],
        [
            "cost-ceiling",
            { type: palette("AwsCluster"), props: { pools: [pool] } },
            { props: { pools: [{ ...pool, instanceType: "p5.48xlarge" }] } },
            /price of p5\.48xlarge is not known/,
        ],
    ];

function violations(name: string, resource: Partial<ResourceValidationArgs>): string[] {
    const { validateResource, configSchema } = policies.find(
        (policy) => policy.name === name,
    ) as ResourceValidationPolicy;
    const defaults = Object.entries(configSchema?.properties ?? {}).map(
        ([key, { default: value }]) => [key, value],
    );
    const told: string[] = [];
    (validateResource as (args: unknown, report: (text: string) => void) => void)(
        { name: "thing", getConfig: () => Object.fromEntries(defaults), ...resource },
        (text) => told.push(text),
    );
    return told;
}

describe("a policy", () => {
    test.each(cases)("%s: in order, and in violation", (name, right, change, message) => {
        expect(violations(name, right)).toEqual([]);
        expect(violations(name, { ...right, ...change })).toEqual([expect.stringMatching(message)]);
    });

    test("has a case of its own, each of them", () => {
        const tried = new Set(cases.map(([name]) => name));
        expect(policies.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
    });
});
