import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createSilent, type AddressInfo, type Server as NetServer } from "node:net";
import { text } from "node:stream/consumers";
import { ListImagesCommand } from "@aws-sdk/client-ecr";
import * as providerKeys from "@pulumi/aws/config/vars";
import {
    AWS_KEYS,
    awsSettings,
    requireAllowedAccount,
    settingsAt,
} from "../../packages/registry/awsSettings";
import { ecrClient } from "../../packages/registry/awsClients";
import { ecrAddress } from "../../packages/registry/ecrAddress";
import { stackConfig } from "../../packages/registry/stackConfig";

describe("the settings of the stack's AWS provider", () => {
    const settingsOf = (config: Record<string, string>) =>
        awsSettings(stackConfig((key) => config[key]));

    test("are those that Pulumi hands over, secrets too", () => {
        const settings = settingsOf({
            "aws:region": "us-east-1",
            "aws:profile": "work",
            "aws:accessKey": "AKIA",
            "aws:secretKey": "s3cr3t",
            "aws:token": "t0k3n",
            "aws:customCaBundle": "/ca.pem",
            "palette-custom-pack:paletteApiKey": "not asked for",
        });
        expect(settings).toEqual({
            region: "us-east-1",
            profile: "work",
            accessKey: "AKIA",
            secretKey: "s3cr3t",
            token: "t0k3n",
            customCaBundle: "/ca.pem",
        });
    });

    const role = { roleArn: "arn:aws:iam::123456789012:role/deploy", externalId: "e" };
    const otherRole = { roleArn: "arn:aws:iam::210987654321:role/push" };
    const endpoints = [{ ecr: "http://127.0.0.1:1" }, { sts: "http://127.0.0.1:2" }];
    test.each<[string, Record<string, unknown>, object]>([
        ["nothing", {}, {}],
        [
            "flags and numbers",
            { "aws:insecure": true, "aws:maxRetries": 5 },
            { insecure: true, maxRetries: 5 },
        ],
        [
            "a list of roles",
            { "aws:assumeRoles": [role, otherRole] },
            { assumeRoles: [role, otherRole] },
        ],
        ["endpoints", { "aws:endpoints": endpoints }, { endpoints }],
    ])("may be %s", (_, config, expected) => {
        const texts = Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]);
        const settings = Object.entries(settingsOf(Object.fromEntries(texts)));
        const present = settings.filter(([, value]) => value !== undefined);
        expect(Object.fromEntries(present)).toEqual(expected);
    });

    test.each<[Record<string, string>, RegExp]>([
        [{ "aws:assumeRole": JSON.stringify(role) }, /^aws:assumeRole .*: use aws:assumeRoles/],
        [{ "aws:accessKey": "A" }, /^aws:accessKey is set without aws:secretKey: /],
        [{ "aws:insecure": "yes" }, /^aws:insecure is not what .* expects: JSON/],
    ])("are refused by their key: %j", (config, expected) => {
        expect(() => settingsOf(config)).toThrow(expected);
    });

    test("are all keys that the installed AWS provider has", () => {
        expect(Object.keys(AWS_KEYS).sort()).toEqual(Object.keys(providerKeys).sort());
        const asked: string[] = [];
        const ask = (key: string) => void asked.push(key.replace("aws:", ""));
        awsSettings({ get: ask as () => undefined, getObject: ask as () => undefined });
        const read = Object.keys(AWS_KEYS).filter((key) => typeof AWS_KEYS[key] === "string");
        expect(read.filter((key) => !asked.includes(key))).toEqual([]);
    });
});

test.each<[string, object | undefined]>([
    ["123456789012.dkr.ecr.eu-west-1.amazonaws.com", { region: "eu-west-1", partition: "aws" }],
    ["123456789012.dkr.ecr-fips.us-east-1.amazonaws.com", { region: "us-east-1" }],
    ["123456789012.dkr-ecr.us-west-2.on.aws", { region: "us-west-2" }],
    [
        "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com",
        { region: "us-gov-west-1", partition: "aws-us-gov" },
    ],
    [
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
        { region: "cn-north-1", partition: "aws-cn" },
    ],
    ["127.0.0.1:8443", undefined],
    ["harbor.example.com", undefined],
])("the host %s of a registry tells account and region", (host, expected) => {
    const address = ecrAddress(host);
    expect(address).toEqual(
        expected && { account: "123456789012", partition: address?.partition, ...expected },
    );
    const { region } = settingsAt({ region: "us-east-2" }, host);
    expect(region).toBe(address?.region ?? "us-east-2");
});

test("accounts that the configuration does not allow are refused by its key", () => {
    const allow = (settings: object) => () => requireAllowedAccount(settings, "123456789012");
    expect(allow({})).not.toThrow();
    expect(allow({ allowedAccountIds: ["123456789012"] })).not.toThrow();
    expect(allow({ allowedAccountIds: ["1"] })).toThrow(
        /^aws:allowedAccountIds does not allow the AWS account 123456789012/,
    );
    expect(allow({ forbiddenAccountIds: ["123456789012"] })).toThrow(/^aws:forbiddenAccountIds/);
});

describe("the client", () => {
    /** What AWS was asked: action and access key id. */
    const seen: { action: string; accessKey: string; body: string }[] = [];
    let aws: Server;
    let url: string;
    beforeAll(async () => {
        aws = createServer(async (request, response) => {
            const { authorization = "", "x-amz-target": target } = request.headers;
            const body = await text(request);
            const action = String(target ?? new URLSearchParams(body).get("Action"));
            const accessKey = /Credential=([^/]+)/.exec(authorization)?.[1] ?? "";
            seen.push({ action, accessKey, body });
            const role = new URLSearchParams(body).get("RoleArn")?.split("/")[1];
            response.end(
                action === "AssumeRole"
                    ? `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
                       <AccessKeyId>ASIA-${role}</AccessKeyId><SecretAccessKey>t</SecretAccessKey><SessionToken>t</SessionToken>
                       <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`
                    : '{"imageIds":[]}',
            );
        }).listen(0, "127.0.0.1");
        await once(aws, "listening");
        url = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
    });
    beforeEach(() => void (seen.length = 0));
    afterAll(async () => {
        const closed = once(aws, "close");
        aws.close();
        aws.closeAllConnections();
        await closed;
    });

    const keys = { region: "us-east-1", accessKey: "AKIA", secretKey: "s3cr3t" };
    const LIST = "AmazonEC2ContainerRegistry_V20150921.ListImages";

    test("signs with the configured keys and goes to the configured endpoint", async () => {
        const client = await ecrClient({ ...keys, token: "t0k3n", endpoints: [{}, { ecr: url }] });
        await client.send(new ListImagesCommand({ repositoryName: "r" }));
        client.destroy();
        expect(seen).toMatchObject([{ action: LIST, accessKey: "AKIA" }]);
        expect(await client.config.region()).toBe("us-east-1");
        expect(await client.config.credentials()).toMatchObject({ sessionToken: "t0k3n" });
    });

    test("assumes the configured role with those keys, at the configured endpoint", async () => {
        const roleArn = "arn:aws:iam::123456789012:role/deploy";
        const client = await ecrClient({
            ...keys,
            endpoints: [{ ecr: url, sts: url }],
            assumeRoles: [{ roleArn, externalId: "the external one" }],
        });
        await client.send(new ListImagesCommand({ repositoryName: "r" }));
        client.destroy();
        expect(seen).toMatchObject([
            { action: "AssumeRole", accessKey: "AKIA" },
            { action: LIST, accessKey: "ASIA-deploy" },
        ]);
        expect(Object.fromEntries(new URLSearchParams(seen[0]!.body))).toMatchObject({
            RoleArn: roleArn,
            ExternalId: "the external one",
            RoleSessionName: "palette-custom-pack",
        });
    });

    test("assumes several roles in their order, each with the credentials of the one before", async () => {
        const roles = ["first", "second", "third"].map(
            (name) => `arn:aws:iam::123456789012:role/${name}`,
        );
        const client = await ecrClient({
            ...keys,
            endpoints: [{ ecr: url, sts: url }],
            assumeRoles: roles.map((roleArn) => ({ roleArn })),
        });
        await client.send(new ListImagesCommand({ repositoryName: "r" }));
        client.destroy();
        expect(seen.map(({ accessKey }) => accessKey)).toEqual([
            "AKIA",
            "ASIA-first",
            "ASIA-second",
            "ASIA-third",
        ]);
        const assumed = seen.slice(0, -1).map(({ body }) => new URLSearchParams(body));
        expect(assumed.map((call) => call.get("RoleArn"))).toEqual(roles);
    });

    test("takes what the configuration lacks from the environment, as the AWS provider does", async () => {
        const environment = process.env;
        process.env = { ...environment, AWS_ACCESS_KEY_ID: "AKIB", AWS_SECRET_ACCESS_KEY: "s" };
        delete process.env.AWS_PROFILE;
        try {
            const client = await ecrClient({ region: "us-east-1", endpoints: [{ ecr: url }] });
            await client.send(new ListImagesCommand({ repositoryName: "r" }));
            client.destroy();
            expect(seen).toMatchObject([{ action: LIST, accessKey: "AKIB" }]);
        } finally {
            process.env = environment;
        }
    });

    describe("ends when AWS accepts connections and never answers:", () => {
        let silent: NetServer;
        let nowhere: string;
        beforeAll(async () => {
            silent = createSilent(() => undefined).listen(0, "127.0.0.1");
            await once(silent, "listening");
            nowhere = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
        });
        afterAll(() => void silent.close());

        test.each([
            ["ECR", () => ({ ecr: nowhere, sts: url })],
            ["STS", () => ({ ecr: url, sts: nowhere })],
        ])("%s", async (_, endpoint) => {
            const client = await ecrClient(
                { ...keys, endpoints: [endpoint()], assumeRoles: [{ roleArn: "r" }] },
                { connectionTimeout: 1_000, requestTimeout: 50 },
            );
            await expect(
                client.send(new ListImagesCommand({ repositoryName: "r" })),
            ).rejects.toThrow(
                /^AWS \(127\.0\.0\.1:\d+, or STS .*\) does not answer in time: .* 50 ms .*; check aws:region/,
            );
            client.destroy();
        });

        test("after a minute, unless it is told otherwise", async () => {
            const client = await ecrClient({ ...keys, endpoints: [{ ecr: url }] });
            await client.send(new ListImagesCommand({ repositoryName: "r" }));
            const handler = client.config.requestHandler as { httpHandlerConfigs?(): object };
            expect(handler.httpHandlerConfigs?.()).toMatchObject({
                connectionTimeout: 10_000,
                requestTimeout: 60_000,
                throwOnRequestTimeout: true,
            });
            client.destroy();
        });
    });

    test("names the file of an authority that is not there", async () => {
        const settings = { ...keys, customCaBundle: "/nowhere/ca.pem" };
        await expect(ecrClient(settings)).rejects.toThrow("/nowhere/ca.pem");
    });
});
