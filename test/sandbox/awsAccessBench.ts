import fs from "node:fs";
import path from "node:path";
import {
    CreateRepositoryCommand,
    DeleteRepositoryCommand,
    GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import {
    CreateAccessKeyCommand,
    CreateUserCommand,
    PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { AwsSandbox, accountId, region, type Credentials } from "./awsSandbox";

export const minute = 60_000;
export const name = "base/spectro-packs/archive/hellouniverse";
export const repositoryArn = `arn:aws:ecr:${region}:${accountId}:repository/${name}`;
export const allow = (Action: string | string[], Resource = "*", more = {}) => ({
    Effect: "Allow",
    Action,
    Resource,
    ...more,
});
export const policy = (...Statement: object[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement });

/**
 * An account for the tests of a `describe`, with users, a repository and oras. `sandbox` is there when a test runs.
 */
export function awsAccessBench() {
    let sandbox: AwsSandbox;
    let users = 0;
    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
        fs.writeFileSync(path.join(sandbox.dir, "file"), "content");
    });
    afterAll(() => sandbox.remove());
    afterEach(() => {
        sandbox.skew = 0;
    });

    const withRepository = async () => {
        const ecr = sandbox.ecr();
        await ecr
            .send(new DeleteRepositoryCommand({ repositoryName: name, force: true }))
            .catch(() => {});
        await ecr.send(new CreateRepositoryCommand({ repositoryName: name }));
    };
    const userWith = async (
        document: string,
    ): Promise<{ UserName: string; arn: string; credentials: Credentials }> => {
        const iam = sandbox.iam();
        const UserName = `user-${++users}`;
        const { User } = await iam.send(new CreateUserCommand({ UserName }));
        await iam.send(
            new PutUserPolicyCommand({ UserName, PolicyName: "p", PolicyDocument: document }),
        );
        const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
        const credentials = {
            accessKeyId: AccessKey!.AccessKeyId!,
            secretAccessKey: AccessKey!.SecretAccessKey!,
        };
        return { UserName, arn: User!.Arn!, credentials };
    };
    const password = async (credentials: Credentials): Promise<string> => {
        const { authorizationData } = await sandbox
            .ecr(credentials)
            .send(new GetAuthorizationTokenCommand());
        const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
        return token.slice("AWS:".length);
    };
    const push = async (credentials: Credentials, tag = "1") =>
        sandbox.oras(
            ["push", `${sandbox.aws.registryHost}/${name}:${tag}`, "file"].concat(
                "--image-spec=v1.0",
                `--annotation=tag=${tag}`,
            ),
            { password: await password(credentials) },
        );
    const pull = async (credentials: Credentials) =>
        sandbox.oras(["pull", `${sandbox.aws.registryHost}/${name}:1`, "--output", "pulled"], {
            password: await password(credentials),
        });
    return {
        get sandbox(): AwsSandbox {
            return sandbox;
        },
        withRepository,
        userWith,
        password,
        push,
        pull,
    };
}
