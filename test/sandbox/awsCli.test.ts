import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import {
    AwsSandbox,
    accountId,
    administrator,
    describeWith,
    region,
    searchPath,
} from "./awsSandbox";

describeWith(
    "aws",
    "oras",
    "registry",
)("the AWS CLI", () => {
    let sandbox: AwsSandbox;
    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
        fs.mkdirSync(path.join(sandbox.dir, "hello-universe-pack"));
        fs.writeFileSync(path.join(sandbox.dir, "hello-universe-pack", "pack.json"), "{}");
    });
    afterAll(() => sandbox.remove());
    beforeAll(() =>
        // Version 1 of the CLI prints times as they come when it is not told otherwise.
        fs.writeFileSync(
            path.join(sandbox.dir, "config"),
            "[default]\ncli_timestamp_format = iso8601\n",
        ),
    );

    /** Runs a line of the tutorial in a shell that has its variables. */
    const shell = async (line: string, more: Record<string, string> = {}): Promise<string> => {
        const { stdout } = await promisify(execFile)("sh", ["-c", line], {
            cwd: sandbox.dir,
            env: {
                PATH: searchPath,
                HOME: path.join(sandbox.dir, "home"),
                AWS_ENDPOINT_URL: sandbox.aws.endpoint,
                AWS_CA_BUNDLE: sandbox.ca.file,
                AWS_CONFIG_FILE: path.join(sandbox.dir, "config"),
                AWS_ACCESS_KEY_ID: administrator.accessKeyId,
                AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
                AWS_DEFAULT_REGION: region,
                REGISTRY_NAME: "spectro-oci-registry",
                NAME: "hellouniverse",
                VERSION: "1.0.0",
                ACCOUNT_ID: accountId,
                REGISTRY: sandbox.aws.registryHost,
                CA: `--ca-file=${sandbox.ca.file}`,
                ...more,
            },
        });
        return stdout;
    };
    const json = async (line: string) => JSON.parse(await shell(line)) as Record<string, never>;

    test("the tutorial's commands for ECR, but for the host's name", async () => {
        const base = "spectro-oci-registry/spectro-packs/archive";
        const name = `${base}/hellouniverse`;
        const repository = (repositoryName: string) => ({
            repositoryArn: `arn:aws:ecr:${region}:${accountId}:repository/${repositoryName}`,
            registryId: accountId,
            repositoryName,
            repositoryUri: `${sandbox.aws.registryHost}/${repositoryName}`,
            createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/),
            imageTagMutability: "MUTABLE",
        });
        const created = {
            ...repository(base),
            imageScanningConfiguration: { scanOnPush: false },
            encryptionConfiguration: { encryptionType: "AES256" },
        };
        expect(
            await json(
                "aws ecr create-repository --repository-name $REGISTRY_NAME/spectro-packs/archive --region $AWS_DEFAULT_REGION",
            ),
        ).toEqual({ repository: created });
        await json(
            "aws ecr create-repository --repository-name $REGISTRY_NAME/spectro-packs/archive/$NAME --region $AWS_DEFAULT_REGION",
        );
        expect(
            await shell(
                'aws ecr get-login-password --region $AWS_DEFAULT_REGION | oras login --username AWS --password-stdin "$CA" $REGISTRY',
            ),
        ).toContain("Login Succeeded");
        await shell("tar -czvf $NAME-$VERSION.tar.gz hello-universe-pack");
        // The tutorial's oras is 1.0.0; newer ones push its manifest shape when they are told to.
        await shell(
            'oras push --image-spec v1.0 "$CA" $REGISTRY/$REGISTRY_NAME/spectro-packs/archive/$NAME:$VERSION $NAME-$VERSION.tar.gz',
        );
        const { size } = fs.statSync(path.join(sandbox.dir, "hellouniverse-1.0.0.tar.gz"));
        expect(
            await json(
                "aws ecr describe-images --repository-name $REGISTRY_NAME/spectro-packs/archive/$NAME --region $AWS_DEFAULT_REGION",
            ),
        ).toEqual({
            imageDetails: [
                {
                    registryId: accountId,
                    repositoryName: name,
                    imageDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
                    imageTags: ["1.0.0"],
                    imageSizeInBytes: size + 2,
                    imagePushedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]/),
                    imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
                    artifactMediaType: "application/vnd.unknown.config.v1+json",
                },
            ],
        });
        expect(
            await json(
                "aws ecr batch-delete-image --repository-name $REGISTRY_NAME/spectro-packs/archive/$NAME --image-ids imageDigest=$(aws ecr describe-images --repository-name $REGISTRY_NAME/spectro-packs/archive/$NAME --region $AWS_DEFAULT_REGION --query 'imageDetails[0].imageDigest' --output text)",
            ),
        ).toEqual({
            imageIds: [{ imageDigest: expect.stringMatching(/^sha256:/), imageTag: "1.0.0" }],
            failures: [],
        });
        expect(
            await json(
                "aws ecr delete-repository --repository-name $REGISTRY_NAME/spectro-packs/archive",
            ),
        ).toEqual({ repository: repository(base) });
        expect(
            await json(
                "aws ecr delete-repository --repository-name $REGISTRY_NAME/spectro-packs/archive/$NAME",
            ),
        ).toEqual({ repository: repository(name) });
    });

    test("STS, IAM and refusals in AWS's words", async () => {
        expect(await json("aws sts get-caller-identity")).toMatchObject({ Account: accountId });
        const trust = JSON.stringify({
            Statement: {
                Effect: "Allow",
                Principal: { AWS: accountId },
                Action: "sts:AssumeRole",
            },
        });
        await json(
            `aws iam create-role --role-name reader --assume-role-policy-document '${trust}'`,
        );
        const { Credentials } = (await json(
            `aws sts assume-role --role-arn arn:aws:iam::${accountId}:role/reader --role-session-name cli`,
        )) as unknown as { Credentials: Record<string, string> };
        const session = {
            AWS_ACCESS_KEY_ID: Credentials.AccessKeyId!,
            AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey!,
            AWS_SESSION_TOKEN: Credentials.SessionToken!,
        };
        const refused = (line: string, more: Record<string, string>) =>
            shell(line, more).then(
                () => "no error",
                ({ stderr }: { stderr: string }) => stderr,
            );
        expect(await refused("aws ecr describe-repositories", session)).toContain(
            `An error occurred (AccessDeniedException) when calling the DescribeRepositories operation: User: arn:aws:sts::${accountId}:assumed-role/reader/cli is not authorized to perform: ecr:DescribeRepositories on resource: arn:aws:ecr:${region}:${accountId}:repository/* because no identity-based policy allows the ecr:DescribeRepositories action`,
        );
        expect(
            await refused("aws sts get-caller-identity", { AWS_SECRET_ACCESS_KEY: "wrong" }),
        ).toContain("(SignatureDoesNotMatch)");
        expect(await refused("aws ecr delete-repository --repository-name no/such", {})).toContain(
            "(RepositoryNotFoundException)",
        );
        await shell("aws iam delete-role --role-name reader");
        expect(await refused("aws iam get-role --role-name reader", {})).toContain(
            "(NoSuchEntity) when calling the GetRole operation: The role with name reader cannot be found.",
        );
    });
});
