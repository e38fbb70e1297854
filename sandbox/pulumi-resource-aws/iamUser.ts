import {
    iamName,
    isPolicy,
    lengthBetween,
    normalized,
    oneOf,
    samePolicy,
    type Input,
} from "./check";
import { explain } from "./configuration";
import { is, type ResourceType } from "./resource";

const sdk = () => import("@aws-sdk/client-iam");
const string = (terraform: string): Input => ({ type: "string", terraform });
const gone = is("NoSuchEntityException");
const failed = (what: string, operation: string) => (error: unknown) => {
    throw new Error(`${what}: ${explain(error, "IAM", operation)}`);
};
const seconds = (date: Date) => date.toISOString().replace(".000Z", "Z");

/** aws:iam/user:User (terraform-provider-aws, `internal/service/iam/user.go`). */
export const user: ResourceType<{ name: string; path: string }> = {
    inputs: {
        name: { ...string("name"), replace: true, check: iamName(64) },
        path: { ...string("path"), default: "/", replace: true, check: lengthBetween(0, 512) },
        forceDestroy: { type: "boolean", terraform: "force_destroy", default: false },
    },
    outputs: ["arn", "uniqueId"],
    autoName: { longest: 64 },

    async create({ name, path }, clients) {
        const { CreateUserCommand } = await sdk();
        const iam = await clients.iam();
        await iam
            .send(new CreateUserCommand({ UserName: name, Path: path }))
            .catch(failed(`creating IAM User (${name})`, "CreateUser"));
        return name;
    },

    async read(id, old, clients) {
        const { GetUserCommand } = await sdk();
        const iam = await clients.iam();
        const found = await iam
            .send(new GetUserCommand({ UserName: id }))
            .catch(gone)
            .catch(failed(`reading IAM User (${id})`, "GetUser"));
        const one = found?.User;
        return (
            one && {
                arn: one.Arn,
                name: one.UserName,
                path: one.Path,
                uniqueId: one.UserId,
                forceDestroy: old.forceDestroy ?? false,
            }
        );
    },

    async delete(id, _old, clients) {
        const { DeleteUserCommand } = await sdk();
        const iam = await clients.iam();
        await iam
            .send(new DeleteUserCommand({ UserName: id }))
            .catch(gone)
            .catch(failed(`deleting IAM User (${id})`, "DeleteUser"));
    },
};

interface UserPolicyInputs {
    name: string;
    policy: string;
    user: string;
}

/** aws:iam/userPolicy:UserPolicy (`internal/service/iam/user_policy.go`). */
export const userPolicy: ResourceType<UserPolicyInputs> = {
    inputs: {
        name: { ...string("name"), replace: true, check: iamName(128) },
        policy: { ...string("policy"), required: true, check: isPolicy, same: samePolicy },
        user: { ...string("user"), required: true, replace: true },
    },
    outputs: [],
    autoName: { longest: 128 },

    async create({ name, policy, user: UserName }, clients) {
        const { PutUserPolicyCommand } = await sdk();
        const iam = await clients.iam();
        const PolicyDocument = normalized(policy);
        await iam
            .send(new PutUserPolicyCommand({ UserName, PolicyName: name, PolicyDocument }))
            .catch(failed(`putting IAM User (${UserName}) Policy (${name})`, "PutUserPolicy"));
        return `${UserName}:${name}`;
    },

    async read(id, old, clients) {
        const { GetUserPolicyCommand } = await sdk();
        const iam = await clients.iam();
        const [UserName, PolicyName] = id.split(":");
        const found = await iam
            .send(new GetUserPolicyCommand({ UserName, PolicyName }))
            .catch(gone)
            .catch(failed(`reading IAM User Policy (${id})`, "GetUserPolicy"));
        if (!found) {
            return undefined;
        }
        const policy = decodeURIComponent(found.PolicyDocument!);
        const kept = old.policy as string | undefined;
        return {
            name: PolicyName,
            user: UserName,
            policy: normalized(kept !== undefined && samePolicy(kept, policy) ? kept : policy),
        };
    },

    async update(_id, _old, inputs, _changed, clients) {
        await userPolicy.create(inputs, clients, {});
    },

    async delete(id, _old, clients) {
        const { DeleteUserPolicyCommand } = await sdk();
        const iam = await clients.iam();
        const [UserName, PolicyName] = id.split(":");
        await iam
            .send(new DeleteUserPolicyCommand({ UserName, PolicyName }))
            .catch(gone)
            .catch(failed(`deleting IAM User Policy (${id})`, "DeleteUserPolicy"));
    },
};

/** IAM tells the secret of a key once, when it makes the key. */
const secrets = new Map<string, string>();

/** aws:iam/accessKey:AccessKey (`internal/service/iam/access_key.go`). */
export const accessKey: ResourceType<{ user: string }> = {
    inputs: {
        user: { ...string("user"), required: true, replace: true },
        status: { ...string("status"), default: "Active", check: oneOf("Active") },
    },
    outputs: ["createDate", "secret"],

    async create({ user: UserName }, clients) {
        const { CreateAccessKeyCommand } = await sdk();
        const iam = await clients.iam();
        const { AccessKey } = await iam
            .send(new CreateAccessKeyCommand({ UserName }))
            .catch(failed(`creating IAM Access Key (${UserName})`, "CreateAccessKey"));
        secrets.set(AccessKey!.AccessKeyId!, AccessKey!.SecretAccessKey!);
        return AccessKey!.AccessKeyId!;
    },

    async read(id, old, clients) {
        const { ListAccessKeysCommand } = await sdk();
        const iam = await clients.iam();
        const UserName = old.user as string;
        const found = await iam
            .send(new ListAccessKeysCommand({ UserName }))
            .catch(gone)
            .catch(failed(`reading IAM Access Key (${id})`, "ListAccessKeys"));
        const one = found?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
        return (
            one && {
                user: UserName,
                status: one.Status,
                createDate: seconds(one.CreateDate!),
                secret: old.secret ?? secrets.get(id),
            }
        );
    },

    async delete(id, old, clients) {
        const { DeleteAccessKeyCommand } = await sdk();
        const iam = await clients.iam();
        await iam
            .send(new DeleteAccessKeyCommand({ UserName: old.user as string, AccessKeyId: id }))
            .catch(gone)
            .catch(failed(`deleting IAM Access Key (${id})`, "DeleteAccessKey"));
    },
};
