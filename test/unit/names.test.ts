import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "../../components/config/config";
import {
    brokenNameRule,
    defaultName,
    objectNames,
    repositoryResourceName,
    shortened,
} from "../../components/config/names";
import { ociRepositoryNames } from "../../components/registries/basic";
import { ecrRepositoryNames, type EcrEntry } from "../../components/registries/ecr";
import { iamNames } from "../../components/registries/ecrCredentials";
import { registryKinds } from "../../components/registries/kinds";

const mocks: pulumi.runtime.Mocks = {
    newResource: ({ type }) => Promise.reject(new Error(`not expected: ${type}`)),
    call: ({ token }) => Promise.reject(new Error(`not expected: ${token}`)),
};

async function namesOf(stack: string) {
    await pulumi.runtime.setMocks(mocks, "palette-custom-pack", stack);
    pulumi.runtime.setAllConfig({
        "aws:region": "us-east-1",
        "palette-custom-pack:paletteApiKey": "k",
        "palette-custom-pack:cluster": '{"cloudAccount":"a","sshKeyName":"b"}',
    });
    const { registries, profiles, clusters } = readConfig(registryKinds);
    const [registry, profile, cluster] = [registries[0]!, profiles[0]!, clusters[0]!];
    return { registry: registry.name, basePath: (registry as EcrEntry).basePath, profile, cluster };
}

/** Pulumi takes letters, digits, dashes, underscores and dots, at most 100. */
const STACKS = [
    "dev",
    "feature-some-long-branch-name",
    "feature-some-very-long-branch-name-that-somebody-gave-it",
    "x".repeat(100),
    "feature-",
    "-feature",
    "a--b",
    "a._b",
    "Feature_7",
    "2026.11",
    `${"a-".repeat(40)}`,
];

describe("a name that a stack does not set keeps to the rules of its kind", () => {
    test.each(STACKS)("stack %s", async (stack) => {
        const { registry, basePath, profile, cluster } = await namesOf(stack);
        for (const name of [registry, profile.name, cluster.name]) {
            expect(brokenNameRule(objectNames, name)).toBeUndefined();
        }
        expect(brokenNameRule(ecrRepositoryNames, `${basePath}/spectro-packs/archive/x`)).toBe(
            undefined,
        );
        expect(brokenNameRule(iamNames, shortened(`${registry}-reader`, 56))).toBe(undefined);
    });

    test("and is another one for every stack, the same each time", async () => {
        const names = [];
        for (const stack of [...STACKS, "feature", "a-b", `${"x".repeat(99)}y`, ...STACKS]) {
            names.push((await namesOf(stack)).cluster.name);
        }
        expect(new Set(names).size).toBe(STACKS.length + 3);
    });

    test("a usual stack's name stands in it as it is", () => {
        expect(defaultName("pack-tutorial-cluster", "prod")).toBe("pack-tutorial-cluster-prod");
        expect(defaultName("pack-tutorial-cluster", "x".repeat(60))).toMatch(
            /^pack-tutorial-cluster-x{34}-[0-9a-f]{6}$/,
        );
    });
});

const RULES = {
    object: objectNames,
    ecrRepository: ecrRepositoryNames,
    ociRepository: ociRepositoryNames,
    iamIdentity: iamNames,
};

test.each([
    ["object", "A", /lower-case/],
    ["object", "a-", /ending with/],
    ["object", "1a", /beginning with a letter/],
    ["object", "a".repeat(64), /1 to 63 characters, and it has 64/],
    ["ecrRepository", "a", /2 to 256/],
    ["ecrRepository", "a--b", /single dot, dash/],
    ["ecrRepository", "a__b", /single dot, dash/],
    ["ecrRepository", "a".repeat(257), /2 to 256 characters, and it has 257/],
    ["ociRepository", "a..b", /one or two underscores/],
    ["ociRepository", "a/", /trailing slash/],
    ["ociRepository", "a".repeat(256), /1 to 255/],
    ["iamIdentity", "a b", /letters, digits/],
] as const)("%s %s breaks a rule", (kind, name, rule) => {
    expect(brokenNameRule(RULES[kind], name)).toMatch(rule);
});

test.each([
    ["object", "a".repeat(63)],
    ["ecrRepository", "team/a.b_c-d/spectro-packs/archive/x"],
    ["ociRepository", "team/a--b__c/x"],
    ["iamIdentity", "a+=,.@-_"],
] as const)("%s %s is fine", (kind, name) => {
    expect(brokenNameRule(RULES[kind], name)).toBeUndefined();
});

describe("the resources for a repository", () => {
    const host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    const name = (pack: string, at = host) =>
        repositoryResourceName(pack, `${at}/base/spectro-packs/archive/${pack}`);

    test("have a short name that says which pack is in it", () => {
        expect(name("hellouniverse")).toMatch(/^hellouniverse-[0-9a-f]{6}$/);
        expect(name("")).toMatch(/^base-[0-9a-f]{6}$/);
        expect(name("a".repeat(60)).length).toBeLessThanOrEqual(40);
    });

    test("have another name in another registry, also where it is cut", () => {
        const names = ["", "b", "a".repeat(60), `${"a".repeat(60)}b`].flatMap((pack) => [
            name(pack),
            name(pack, "harbor.example.com"),
        ]);
        expect(new Set(names).size).toBe(names.length);
    });
});
