import * as pulumi from "@pulumi/pulumi";
import { readConfig } from "../../components/config/config";
import { registryKinds } from "../../components/registries/kinds";

beforeAll(async () => {
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type }) => Promise.reject(new Error(`not expected: ${type}`)),
            call: ({ token }) => Promise.reject(new Error(`not expected: ${token}`)),
        },
        "palette-custom-pack",
        "dev",
    );
});

/** What is wrong with a configuration that has these keys beside the required ones. */
function problems(more: Record<string, unknown>): string[] {
    const values: Record<string, unknown> = {
        "aws:region": "us-east-1",
        "palette-custom-pack:paletteApiKey": "the-key",
        "palette-custom-pack:cluster": { cloudAccount: "aws-1", sshKeyName: "mine" },
        ...more,
    };
    pulumi.runtime.setAllConfig(
        Object.fromEntries(
            Object.entries(values).map(([key, value]) => [
                key,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        ),
    );
    try {
        readConfig(registryKinds);
        return [];
    } catch (error) {
        return (error as Error).message
            .split("\n")
            .slice(1)
            .map((line) => line.trim());
    }
}

describe("a key that nothing reads is refused with the nearest one", () => {
    test.each([
        ["palette-custom-pack:pakcs", "pakcs", "did you mean packs? If so, rename it, or"],
        ["palette-custom-pack:Cluster", "Cluster", "did you mean cluster?"],
        ["palette-custom-pack:keep-versions", "keep-versions", "did you mean keepVersions?"],
        ["aws:regoin", "aws:regoin", "did you mean aws:region?"],
        ["aws:assumeRole", "aws:assumeRole", "did you mean aws:assumeRoles?"],
        ["aws:zzzzzzzzzz", "aws:zzzzzzzzzz", "remove it with: pulumi config rm"],
    ])("%s", (key, shown, expected) => {
        const [problem, ...rest] = problems({ [key]: "s3cr3t" });
        expect(rest).toEqual([]);
        expect(problem!.startsWith(`${shown}: unknown key; `)).toBe(true);
        expect(problem).toContain(expected);
        expect(problem).toContain(`pulumi config rm '${key}'`);
        expect(problem).not.toContain("s3cr3t");
    });

    test("inside of an object too", () => {
        const at = (value: unknown) =>
            problems({ "palette-custom-pack:registries": value }).join("\n");
        expect(at([{ basPath: "x" }])).toContain(
            "registries[0].basPath: unknown key. Did you mean basePath?",
        );
        expect(at([{ kind: "ecr", credentials: { type: "sts", rolearn: "x" } }])).toContain(
            "registries[0].credentials.rolearn: unknown key. Did you mean roleArn?",
        );
        expect(
            problems({
                "palette-custom-pack:cluster": {
                    cloudAccount: "a",
                    sshKeyName: "b",
                    workerPools: [{ instancetype: "m" }],
                },
            }),
        ).toEqual(["cluster.workerPools[0].instancetype: unknown key. Did you mean instanceType?"]);
    });

    test("keys of the AWS provider and of others are none of these", () => {
        expect(
            problems({
                "aws:assumeRoles": [],
                "aws:skipRegionValidation": "true",
                "pulumi:tags": {},
                "kubernetes:context": "x",
                "palette-custom-pack:keepVersions": 2,
            }),
        ).toEqual([]);
    });
});

describe("digits where a text is expected", () => {
    test.each<[string, Record<string, unknown>, string]>([
        ["a key pair", { sshKeyName: 2024 }, "cluster.sshKeyName: 2024: expected a text"],
        ["a label", { tags: [1] }, "cluster.tags[0]: 1: expected a text"],
        [
            "a variable",
            { variables: { port: 8080 } },
            "cluster.variables.port: 8080: expected a text",
        ],
        ["a switch", { cloudAccount: true }, "cluster.cloudAccount: true: expected a text"],
    ])("%s: quotes, or the flag that keeps them a text", (_, wrong, expected) => {
        const cluster = { cloudAccount: "aws-1", sshKeyName: "mine", ...wrong };
        const [problem, ...rest] = problems({ "palette-custom-pack:cluster": cluster });
        expect(rest).toEqual([]);
        const [path] = expected.split(": ");
        expect(problem!.startsWith(expected)).toBe(true);
        expect(problem).toMatch(/in quotes.*in quotes in the stack's file/);
        expect(problem).toContain(`pulumi config set --type string --path '${path}' <value>`);
    });

    test("a version", () => {
        const [problem] = problems({ "palette-custom-pack:profile": { version: 1 } });
        expect(problem).toMatch(/expected a version such as 1\.0\.0, in quotes; write it/);
    });

    test("a credential is set as a secret, which keeps digits a text", () => {
        const registry = {
            kind: "spectro",
            endpoint: "https://a.example.com",
            username: "u",
            password: 87654321,
        };
        const [problem] = problems({ "palette-custom-pack:registries": [registry] });
        expect(problem).toContain(
            "pulumi config set --secret --path 'registries[0].password' <value>",
        );
        expect(problem).not.toContain("87654321");
    });
});
