import {
    checkDestination,
    checkPublished,
    checkReference,
    type Destination,
} from "../../../components/pack/destination";
import type { Finding } from "../../../components/pack/finding";
import type { RuleId } from "../../../components/pack/ruleTable";

/** A place that a pack cannot be published to, and the closest one that it can. */
export interface DestinationCase {
    title: string;
    rules: RuleId[];
    bad: () => Finding[];
    good: () => Finding[];
}

const ecr: Destination = {
    kind: "ecr",
    endpoint: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    basePath: "base",
    region: "us-east-1",
};
const basic: Destination = { kind: "basic", endpoint: "harbor.example", basePath: "project" };
const pack = { name: "demo", version: "1.0.0" };

function place(
    title: string,
    rule: RuleId,
    good: Destination,
    change: Partial<Destination>,
): DestinationCase {
    return {
        title,
        rules: [rule],
        bad: () => checkDestination({ ...good, ...change }),
        good: () => checkDestination(good),
    };
}

export const destinationCases: DestinationCase[] = [
    place("spectro-packs in the base path", "destination-base-path", ecr, {
        basePath: "base/spectro-packs",
    }),
    place("scheme before the host", "destination-address", basic, {
        endpoint: "https://harbor.example",
    }),
    place("slash behind the base path", "destination-address", basic, { basePath: "project/" }),
    place("upper case in the base path", "destination-address", basic, { basePath: "Project" }),
    {
        title: "tag that is not the version",
        rules: ["destination-reference"],
        bad: () => checkReference(pack, { version: "1.0.1" }),
        good: () => checkReference(pack, { version: "1.0.0" }),
    },
    {
        title: "repository that is not the name",
        rules: ["destination-reference"],
        bad: () => checkReference(pack, { name: "demos" }),
        good: () => checkReference(pack, {}),
    },
    {
        title: "version that is published with other content",
        rules: ["destination-conflict"],
        bad: () => checkPublished(pack, "sha256:a", "sha256:b"),
        good: () => checkPublished(pack, "sha256:a", "sha256:a"),
    },
    place("account of eleven digits", "destination-not-ecr", ecr, {
        endpoint: ecr.endpoint.slice(1),
    }),
    place("ECR of another region", "destination-not-ecr", ecr, { region: "eu-west-1" }),
];
