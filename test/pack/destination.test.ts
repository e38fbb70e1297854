import {
    checkDestination,
    checkPublished,
    checkReference,
    nextVersion,
    type Destination,
} from "../../components/pack/destination";

const ecr: Destination = {
    kind: "ecr",
    endpoint: "123456789012.dkr.ecr.us-east-1.amazonaws.com",
    basePath: "spectro-oci-registry",
    region: "us-east-1",
};
const basic: Destination = {
    kind: "basic",
    endpoint: "harbor.example:8443",
    basePath: "project/sub",
};

test.each([
    ["ECR", ecr],
    [
        "ECR of another partition",
        { ...ecr, endpoint: "123456789012.dkr.ecr.us-east-1.amazonaws.com.cn" },
    ],
    ["basic", basic],
    ["no base path", { ...basic, basePath: "" }],
    ["a word like spectro-packs", { ...basic, basePath: "my-spectro-packs" }],
])("%s is fine", (_, destination) => {
    expect(checkDestination(destination)).toEqual([]);
});

test.each<[string, Destination, string, string]>([
    [
        "scheme",
        { ...basic, endpoint: "https://harbor.example" },
        "destination-address",
        "harbor.example",
    ],
    ["slash", { ...basic, endpoint: "harbor.example/" }, "destination-address", "harbor.example"],
    ["no host", { ...basic, endpoint: "a b" }, "destination-address", "host"],
    ["upper case", { ...basic, basePath: "Project" }, "destination-address", "project"],
    ["slash behind the path", { ...basic, basePath: "project/" }, "destination-address", "project"],
    ["spectro-packs", { ...ecr, basePath: "a/spectro-packs" }, "destination-base-path", "before"],
    [
        "spectro-packs/archive",
        { ...ecr, basePath: "spectro-packs/archive" },
        "destination-base-path",
        "before",
    ],
    [
        "short account",
        { ...ecr, endpoint: ecr.endpoint.slice(1) },
        "destination-not-ecr",
        "12-digit",
    ],
    ["no ECR", { ...ecr, endpoint: "harbor.example" }, "destination-not-ecr", "12-digit"],
])("%s is an error", (_, destination, rule, help) => {
    const [found, ...others] = checkDestination(destination);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ rule, severity: "error" });
    expect(found?.help).toContain(help);
});

test("ECR of another region is an error that names both", () => {
    const [found] = checkDestination({ ...ecr, region: "eu-west-1" });
    expect(found).toMatchObject({ rule: "destination-not-ecr" });
    expect(found?.message).toMatch(/us-east-1.*eu-west-1/);
});

test("repository and tag are the pack's own", () => {
    const pack = { name: "demo", version: "1.0.0" };
    expect(checkReference(pack, {})).toEqual([]);
    expect(checkReference(pack, pack)).toEqual([]);
    expect(checkReference(pack, { version: "1.0.1" })).toMatchObject([
        { rule: "destination-reference", message: expect.stringContaining("1.0.1") as string },
    ]);
    expect(checkReference(pack, { name: "demos", version: "2" })).toHaveLength(2);
});

test("a published version keeps its content", () => {
    const pack = { name: "demo", version: "1.0.9" };
    expect(checkPublished(pack, "sha256:a", undefined)).toEqual([]);
    expect(checkPublished(pack, "sha256:a", "sha256:a")).toEqual([]);
    const [found] = checkPublished(pack, "sha256:a", "sha256:b");
    expect(found).toMatchObject({ rule: "destination-conflict", severity: "error" });
    expect(found?.message).toMatch(/sha256:b.*sha256:a/);
    expect(found?.help).toContain("1.0.10");
});

test.each([
    ["1.0.0", "1.0.1"],
    ["1.5", "1.6"],
    ["26.02.1", "26.02.2"],
    ["26.02", "26.03"],
    ["v1.9", "v1.10"],
    ["2.0.1-up.1", "2.0.2-up.1"],
    ["7", "8"],
    ["latest", undefined],
])("after %s comes %s", (version, next) => {
    expect(nextVersion(version)).toBe(next);
});
