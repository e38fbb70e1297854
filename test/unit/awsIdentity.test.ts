import { getCallerIdentity } from "@pulumi/aws/getCallerIdentity";
import * as pulumi from "@pulumi/pulumi";
import { checkAwsIdentity } from "../../components/preflight/awsIdentity";
import { callerIdentity } from "../../packages/registry/awsClients";

jest.mock("@pulumi/aws/getCallerIdentity", () => ({ getCallerIdentity: jest.fn() }));
jest.mock("../../packages/registry/awsClients", () => ({ callerIdentity: jest.fn() }));

const provider = jest.mocked(getCallerIdentity);
const push = jest.mocked(callerIdentity);
const environment = process.env;

const identity = (account: string, name: string, partition = "aws") => ({
    account,
    accountId: account,
    arn: `arn:${partition}:sts::${account}:${name}`,
    id: account,
    userId: "u",
});
const DEPLOY = identity("123456789012", "assumed-role/deploy/aws-go-sdk-1");

beforeEach(() => {
    jest.clearAllMocks();
    const kept = Object.entries(environment).filter(([name]) => !name.startsWith("AWS_"));
    process.env = Object.fromEntries(kept);
    provider.mockResolvedValue(DEPLOY);
    push.mockResolvedValue(DEPLOY);
    previews(true);
    configure({});
});
afterEach(() => void (process.env = environment));
afterAll(() => jest.restoreAllMocks());

function configure(config: Record<string, string>): void {
    pulumi.runtime.setAllConfig(config);
}

function previews(isOne: boolean): void {
    jest.spyOn(pulumi.runtime, "isDryRun").mockReturnValue(isOne);
}

test("the same role in two sessions is the same identity", async () => {
    push.mockResolvedValue(identity("123456789012", "assumed-role/deploy/palette-custom-pack"));
    await checkAwsIdentity();
    expect(push).toHaveBeenCalled();
});

test.each([
    ["another account", identity("210987654321", "assumed-role/deploy/s")],
    ["another role", identity("123456789012", "assumed-role/other/s")],
])(
    "%s of the push stops a preview, with both and what they come from",
    async (_, otherIdentity) => {
        push.mockResolvedValue(otherIdentity);
        configure({ "aws:profile": "work", "aws:region": "us-east-1" });
        process.env.AWS_ACCESS_KEY_ID = "AKIA-not-shown";
        const error: Error = await checkAwsIdentity().then(
            () => new Error("no error"),
            (refusal: Error) => refusal,
        );
        expect(error.message).toMatch(
            /the provider as arn:aws:sts::123456789012:assumed-role\/deploy in account 123456789012, the push as arn:aws:sts::\d+:assumed-role\/\w+ in account \d+; what they read it from: aws:profile, AWS_ACCESS_KEY_ID\. Leave only/,
        );
        expect(error.message).not.toContain("AKIA");
    },
);

test("the push is not asked in an update, nor with plain keys", async () => {
    push.mockRejectedValue(new Error("asked"));
    previews(false);
    await checkAwsIdentity();
    previews(true);
    configure({ "aws:accessKey": "A", "aws:secretKey": "s" });
    await checkAwsIdentity();
    configure({
        "aws:accessKey": "A",
        "aws:secretKey": "s",
        "aws:assumeRoles": '[{"roleArn":"r"}]',
    });
    await expect(checkAwsIdentity()).rejects.toThrow(
        /^AWS cannot tell as whom the push would work: asked; check .*aws:accessKey, aws:assumeRoles/,
    );
});

test.each([
    [
        'missing required configuration key "aws:region": The region where AWS operations will take place. Examples are us-east-1.\nSet a value using the command `pulumi config set aws:region <value>`.',
        'missing required configuration key "aws:region": The region where AWS operations will take place. Examples are us-east-1;',
    ],
    [
        "unable to validate AWS credentials.\nDetails: operation error STS: GetCallerIdentity, self-signed certificate\nMake sure you have set your AWS region, e.g. `pulumi config set aws:region us-west-2`, and configured your AWS credentials.",
        "unable to validate AWS credentials. Details: operation error STS: GetCallerIdentity, self-signed certificate;",
    ],
    ["AWS account ID not allowed: 1", "AWS account ID not allowed: 1;"],
])("the AWS provider's reason comes first, as it is: %j", async (message, told) => {
    const prefix =
        "invocation of aws:index/getCallerIdentity:getCallerIdentity returned an error: ";
    provider.mockRejectedValue(new Error(prefix + message));
    await expect(checkAwsIdentity()).rejects.toThrow(
        `the AWS provider cannot tell as whom this run works: ${told} check the stack's aws:* configuration`,
    );
});

test("an account that is not allowed, and a partition that Palette does not know, stop the run", async () => {
    configure({ "aws:allowedAccountIds": '["1"]' });
    await expect(checkAwsIdentity()).rejects.toThrow(/^aws:allowedAccountIds does not allow/);
    configure({});
    provider.mockResolvedValue(identity("123456789012", "user/me", "aws-cn"));
    await expect(checkAwsIdentity()).rejects.toThrow(
        /is in the partition aws-cn, and Palette's API knows aws, aws-us-gov/,
    );
});

test("credentials that shall not be checked are not", async () => {
    configure({ "aws:skipCredentialsValidation": "true" });
    await checkAwsIdentity();
    expect(provider).not.toHaveBeenCalled();
});
