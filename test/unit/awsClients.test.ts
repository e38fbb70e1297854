import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { ListImagesCommand } from "@aws-sdk/client-ecr";
import { callerIdentity, ecrClient, proxyEnvironment } from "../../packages/registry/awsClients";
import type { AwsSettings } from "../../packages/registry/awsSettings";

/** What the local AWS was asked: action, access key of the signature, region, and parameters. */
interface Call {
    action: string;
    key: string;
    region: string;
    parameters: Record<string, string>;
}

const calls: Call[] = [];
/** Hosts that a proxy was asked for. */
const hosts: string[] = [];
let aws: Server;
let url: string;
let folder: string;
const environment = process.env;

beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "aws clients "));
    aws = createServer(async (request, response) => {
        const { authorization = "", "x-amz-target": target } = request.headers;
        const body = await text(request);
        const isJson = target !== undefined;
        const parameters = isJson ? {} : Object.fromEntries(new URLSearchParams(body));
        const action = String(target ?? parameters.Action).replace(/.*\./, "");
        const [, key = "", region = ""] =
            /Credential=([^/]+)\/\d+\/([^/]+)/.exec(authorization) ?? [];
        calls.push({ action, key, region, parameters });
        const role = parameters.RoleArn?.split("/")[1];
        response.end(isJson ? '{"imageIds":[]}' : xmlAnswer(action, role));
    }).listen(0, "127.0.0.1");
    aws.on("connect", ({ url: host }, socket) => {
        hosts.push(host!);
        socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
    });
    await once(aws, "listening");
    url = `http://127.0.0.1:${(aws.address() as AddressInfo).port}`;
});
beforeEach(() => {
    calls.length = hosts.length = 0;
    const kept = Object.entries(environment).filter(([name]) => !/^AWS_|_proxy$/i.test(name));
    process.env = { ...Object.fromEntries(kept), AWS_EC2_METADATA_DISABLED: "true" };
    process.env.AWS_CONFIG_FILE = join(folder, "none");
    process.env.AWS_SHARED_CREDENTIALS_FILE = join(folder, "none");
});
afterAll(async () => {
    process.env = environment;
    rmSync(folder, { recursive: true });
    const closed = once(aws, "close");
    aws.close();
    aws.closeAllConnections();
    await closed;
});

function xmlAnswer(action: string, role = ""): string {
    const [account, name] = ["123456789012", `assumed-role/${role}/session`];
    const result =
        action === "GetCallerIdentity"
            ? `<Account>${account}</Account><Arn>arn:aws:sts::${account}:${name}</Arn>`
            : `<Credentials><AccessKeyId>ASIA-${role}</AccessKeyId><SecretAccessKey>t</SecretAccessKey>
               <SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials>`;
    return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`;
}

function file(name: string, ...lines: string[]): string {
    const path = join(folder, name);
    writeFileSync(path, lines.join("\n"));
    return path;
}

const KEYS = { accessKey: "AKIA", secretKey: "s3cr3t" };
const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;

/** Lists images at the local AWS. */
async function list(settings: AwsSettings): Promise<Call[]> {
    const client = await ecrClient({
        region: "us-east-1",
        endpoints: [{ ecr: url, sts: url }],
        ...settings,
    });
    await client.send(new ListImagesCommand({ repositoryName: "r" }));
    client.destroy();
    return calls;
}

/** The host of ECR that a client asks the proxy for, which has no connection to it. */
async function ecrHost(settings: AwsSettings): Promise<string[]> {
    const client = await ecrClient({ ...KEYS, maxRetries: 1, httpsProxy: url, ...settings });
    await client.send(new ListImagesCommand({ repositoryName: "r" })).catch(() => undefined);
    client.destroy();
    return hosts;
}

describe("the order of credentials is that of the AWS provider:", () => {
    const twoProfiles = () => [
        file("credentials", "[default]", "aws_access_key_id=DEFAULT", "aws_secret_access_key=s"),
        file("more", "[work]", "aws_access_key_id=WORK", "aws_secret_access_key=s"),
    ];
    const keysOfEnvironment = { AWS_ACCESS_KEY_ID: "ENVIRONMENT", AWS_SECRET_ACCESS_KEY: "s" };

    test.each<[string, () => AwsSettings, Record<string, string>, string]>([
        ["its keys before all", () => ({ ...KEYS, profile: "work" }), keysOfEnvironment, "AKIA"],
        [
            "its profile before keys of the environment",
            () => ({ profile: "work" }),
            keysOfEnvironment,
            "WORK",
        ],
        [
            "keys of the environment before AWS_PROFILE",
            () => ({}),
            { ...keysOfEnvironment, AWS_PROFILE: "work" },
            "ENVIRONMENT",
        ],
        ["AWS_PROFILE before the default profile", () => ({}), { AWS_PROFILE: "work" }, "WORK"],
        ["the default profile last", () => ({}), {}, "DEFAULT"],
    ])("%s", async (_, settings, env, expected) => {
        Object.assign(process.env, env);
        const sharedCredentialsFiles = twoProfiles();
        const [{ key } = { key: "" }] = await list({ sharedCredentialsFiles, ...settings() });
        expect(key).toBe(expected);
    });

    test("a web identity of the environment before the default profile", async () => {
        Object.assign(process.env, {
            AWS_WEB_IDENTITY_TOKEN_FILE: file("token", "the-token"),
            AWS_ROLE_ARN: role("web"),
        });
        const [assumed, listed] = await list({ sharedCredentialsFiles: twoProfiles() });
        expect(assumed).toMatchObject({ action: "AssumeRoleWithWebIdentity" });
        expect(listed).toMatchObject({ action: "ListImages", key: "ASIA-web" });
    });

    test("the last of several files counts, and ~ is the home", async () => {
        const { 0: first } = twoProfiles();
        const otherFile = file(
            "x",
            "[default]",
            "aws_access_key_id=LAST",
            "aws_secret_access_key=s",
        );
        const [{ key } = { key: "" }] = await list({
            sharedCredentialsFiles: [first!, otherFile],
            sharedConfigFiles: ["~/there-is-no-such-file"],
        });
        expect(key).toBe("LAST");
        expect(homedir()).not.toBe("");
    });
});

test("a role of a web identity is assumed first, then the roles in their order", async () => {
    const webIdentityTokenFile = file("jwt", "header.payload.signature\n");
    const sessions = await list({
        assumeRoleWithWebIdentity: {
            roleArn: role("web"),
            webIdentityTokenFile,
            sessionName: "pipeline",
            duration: "1h30m",
            policyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        },
        assumeRoles: [{ roleArn: role("push") }],
        stsRegion: "eu-west-1",
    });
    expect(sessions.map(({ action, key }) => [action, key])).toEqual([
        ["AssumeRoleWithWebIdentity", ""],
        ["AssumeRole", "ASIA-web"],
        ["ListImages", "ASIA-push"],
    ]);
    expect(sessions.map(({ region }) => region).slice(1)).toEqual(["eu-west-1", "us-east-1"]);
    expect(sessions[0]!.parameters).toMatchObject({
        RoleSessionName: "pipeline",
        WebIdentityToken: "header.payload.signature",
        DurationSeconds: "5400",
        "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    });
});

test("a role is assumed with everything that the configuration says of its session", async () => {
    const [{ parameters } = { parameters: {} }] = await list({
        ...KEYS,
        assumeRoles: [
            {
                roleArn: role("push"),
                externalId: "e",
                sessionName: "me",
                duration: "15m",
                policy: "{}",
                policyArns: ["arn:aws:iam::aws:policy/A"],
                sourceIdentity: "you",
                tags: { team: "packs" },
                transitiveTagKeys: ["team"],
            },
        ],
    });
    expect(parameters).toMatchObject({
        RoleArn: role("push"),
        ExternalId: "e",
        RoleSessionName: "me",
        DurationSeconds: "900",
        Policy: "{}",
        "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/A",
        SourceIdentity: "you",
        "Tags.member.1.Key": "team",
        "Tags.member.1.Value": "packs",
        "TransitiveTagKeys.member.1": "team",
    });
});

test.each<[string, AwsSettings]>([
    ["aws:assumeRoleWithWebIdentity: expected webIdentityToken", { assumeRoleWithWebIdentity: {} }],
    [
        'aws:assumeRoleWithWebIdentity.webIdentityTokenFile: "/nowhere" cannot be read (ENOENT)',
        { assumeRoleWithWebIdentity: { webIdentityTokenFile: "/nowhere" } },
    ],
    ['the duration "long" is none', { assumeRoles: [{ roleArn: "r", duration: "long" }] }],
    ['aws:customCaBundle: "/nowhere" cannot be read (ENOENT)', { customCaBundle: "/nowhere" }],
])("an error names its key: %s", async (message, settings) => {
    await expect(ecrClient({ region: "us-east-1", ...settings })).rejects.toThrow(message);
});

test("AWS_CA_BUNDLE is read where the configuration has no bundle", async () => {
    process.env.AWS_CA_BUNDLE = "/nowhere/bundle.pem";
    await expect(ecrClient({ region: "us-east-1", ...KEYS })).rejects.toThrow(
        /^AWS_CA_BUNDLE: "\/nowhere\/bundle\.pem" cannot be read/,
    );
});

describe("the region is", () => {
    const ofProfile = () =>
        file("config", "[profile work]", "region=ap-south-1", "[default]", "region=sa-east-1");
    test.each<[string, AwsSettings, Record<string, string>]>([
        ["eu-west-1", { region: "eu-west-1" }, { AWS_REGION: "eu-west-2" }],
        ["eu-west-2", {}, { AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "eu-west-3" }],
        ["eu-west-3", { profile: "work" }, { AWS_DEFAULT_REGION: "eu-west-3" }],
        ["ap-south-1", { profile: "work" }, {}],
        ["ap-south-1", {}, { AWS_PROFILE: "work" }],
        ["sa-east-1", {}, {}],
    ])("%s: %j %j", async (expected, settings, env) => {
        Object.assign(process.env, env);
        const sharedConfigFiles = [ofProfile()];
        const client = await ecrClient({ ...KEYS, sharedConfigFiles, ...settings });
        expect(await client.config.region()).toBe(expected);
        client.destroy();
    });

    test("asked for where there is none", async () => {
        await expect(ecrClient(KEYS)).rejects.toThrow(
            /^there is no AWS region: set it with pulumi config set aws:region <region>, in AWS_REGION/,
        );
    });
});

describe("ECR's address is", () => {
    test.each<[string, AwsSettings, Record<string, string>]>([
        ["api.ecr.us-east-1.amazonaws.com", { region: "us-east-1" }, {}],
        ["ecr-fips.us-east-1.amazonaws.com", { region: "us-east-1", useFipsEndpoint: true }, {}],
        [
            "ecr-fips.us-east-1.amazonaws.com",
            { region: "us-east-1" },
            { AWS_USE_FIPS_ENDPOINT: "true" },
        ],
        ["ecr.us-east-1.api.aws", { region: "us-east-1", useDualstackEndpoint: true }, {}],
        ["api.ecr.cn-north-1.amazonaws.com.cn", { region: "cn-north-1" }, {}],
        ["api.ecr.us-gov-west-1.amazonaws.com", { region: "us-gov-west-1" }, {}],
    ])("%s: %j %j", async (expected, settings, env) => {
        Object.assign(process.env, env);
        const [host, ...rest] = await ecrHost(settings);
        // The SDK's names with FIPS have the prefix of the others or not.
        expect(host?.replace("api.ecr-fips", "ecr-fips")).toBe(`${expected}:443`);
        expect(rest).toEqual([]);
    });
});

test("the proxies are those of the configuration, then those of the environment", async () => {
    process.env.HTTPS_PROXY = "http://127.0.0.1:1";
    expect(await ecrHost({ region: "us-east-1" })).toHaveLength(1);
    expect(await ecrHost({ region: "us-east-1", noProxy: ".amazonaws.com:80" })).toHaveLength(2);
    delete process.env.HTTPS_PROXY;
    const onlyHttp = { httpsProxy: undefined, httpProxy: url };
    expect(await ecrHost({ region: "us-east-1", ...onlyHttp })).toHaveLength(3);
    expect(proxyEnvironment({})).toEqual({});
    expect(proxyEnvironment({ httpProxy: url, noProxy: "a.com" })).toEqual({
        HTTP_PROXY: url,
        HTTPS_PROXY: url,
        NO_PROXY: "a.com",
    });
});

test("the number of attempts is that of the configuration", async () => {
    await ecrHost({ region: "us-east-1", maxRetries: 2 });
    expect(hosts.length).toBeLessThanOrEqual(2);
    const client = await ecrClient({ region: "us-east-1", ...KEYS, maxRetries: 7 });
    expect(await client.config.maxAttempts()).toBe(7);
    client.destroy();
});

test("STS says whose the credentials are", async () => {
    const settings = { region: "us-east-1", ...KEYS, endpoints: [{ sts: url }] };
    expect(await callerIdentity(settings)).toEqual({
        account: "123456789012",
        arn: "arn:aws:sts::123456789012:assumed-role//session",
    });
    expect(calls).toMatchObject([{ action: "GetCallerIdentity", key: "AKIA" }]);
});
