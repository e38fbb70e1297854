import type { IAMClient } from "@aws-sdk/client-iam";
import { iamName, isArn, lengthBetween, oneOf } from "./check";
import { rethrow, ignoreMissing, sdk, string, tagList, tagsToChange } from "./iamCalls";
import type { ResourceType } from "./resource";
import type { Properties } from "./values";

const time = (date: Date | undefined): string => date!.toISOString().replace(".000Z", "Z");

interface UserInputs {
    name: string;
    path: string;
    permissionsBoundary?: string;
    forceDestroy: boolean;
    tags?: Record<string, string>;
}

/** aws:iam/user:User (terraform-provider-aws, `internal/service/iam/user.go`). */
export const user: ResourceType<UserInputs> = {
    inputs: {
        forceDestroy: { type: "boolean", terraform: "force_destroy", default: false },
        name: { ...string("name"), replace: true, check: iamName(64) },
        path: { ...string("path"), default: "/", replace: true, check: lengthBetween(0, 512) },
        permissionsBoundary: { ...string("permissions_boundary"), check: isArn },
        tags: { type: "map", terraform: "tags" },
    },
    outputs: ["arn", "uniqueId"],
    tagged: true,
    autoName: { longest: 64 },

    async create(inputs, clients, tagsAll) {
        const { CreateUserCommand } = await sdk();
        const command = new CreateUserCommand({
            UserName: inputs.name,
            Path: inputs.path,
            PermissionsBoundary: inputs.permissionsBoundary || undefined,
            Tags: Object.keys(tagsAll).length > 0 ? tagList(tagsAll) : undefined,
        });
        const iam = await clients.iam();
        await iam.send(command).catch(rethrow(`creating IAM User (${inputs.name})`, "CreateUser"));
        return inputs.name;
    },

    async read(id, old, clients) {
        const { GetUserCommand } = await sdk();
        const iam = await clients.iam();
        const found = await iam
            .send(new GetUserCommand({ UserName: id }))
            .catch(ignoreMissing)
            .catch(rethrow(`reading IAM User (${id})`, "GetUser"));
        const described = found?.User;
        return (
            described && {
                arn: described.Arn,
                forceDestroy: old.forceDestroy ?? false,
                name: described.UserName,
                path: described.Path,
                permissionsBoundary: described.PermissionsBoundary?.PermissionsBoundaryArn,
                uniqueId: described.UserId,
                tagsAll: Object.fromEntries(
                    (described.Tags ?? []).map(({ Key, Value }) => [Key, Value]),
                ) as Properties,
            }
        );
    },

    async update(id, old, inputs, changed, clients, tagsAll) {
        const { TagUserCommand, UntagUserCommand } = await sdk();
        const iam = await clients.iam();
        if (changed.includes("permissionsBoundary")) {
            await updateBoundary(iam, id, inputs.permissionsBoundary);
        }
        const { TagKeys, Tags } = tagsToChange(old, tagsAll);
        const updating = `updating IAM User (${id}): updating tags`;
        if (TagKeys.length > 0) {
            await iam
                .send(new UntagUserCommand({ UserName: id, TagKeys }))
                .catch(rethrow(updating, "UntagUser"));
        }
        if (Tags.length > 0) {
            await iam
                .send(new TagUserCommand({ UserName: id, Tags }))
                .catch(rethrow(updating, "TagUser"));
        }
    },

    async delete(id, old, clients) {
        const { DeleteUserCommand, ListGroupsForUserCommand } = await sdk();
        const iam = await clients.iam();
        const deleting = `deleting IAM User (${id})`;
        // The real provider takes the user out of its groups first.
        const groups = await iam
            .send(new ListGroupsForUserCommand({ UserName: id }))
            .catch(ignoreMissing)
            .catch(rethrow(deleting, "ListGroupsForUser"));
        if (!groups) {
            return;
        }
        if (old.forceDestroy) {
            await deleteKeys(iam, id, deleting);
            await deletePolicies(iam, id, deleting);
        }
        await iam
            .send(new DeleteUserCommand({ UserName: id }))
            .catch(ignoreMissing)
            .catch(rethrow(deleting, "DeleteUser"));
    },
};

async function updateBoundary(
    iam: IAMClient,
    UserName: string,
    PermissionsBoundary: string | undefined,
): Promise<void> {
    const { DeleteUserPermissionsBoundaryCommand, PutUserPermissionsBoundaryCommand } = await sdk();
    const updating = `updating IAM User (${UserName}) permissions boundary`;
    await (PermissionsBoundary
        ? iam
              .send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }))
              .catch(rethrow(updating, "PutUserPermissionsBoundary"))
        : iam
              .send(new DeleteUserPermissionsBoundaryCommand({ UserName }))
              .catch(rethrow(updating, "DeleteUserPermissionsBoundary")));
}

async function deleteKeys(iam: IAMClient, UserName: string, deleting: string): Promise<void> {
    const { DeleteAccessKeyCommand, ListAccessKeysCommand } = await sdk();
    const { AccessKeyMetadata = [] } = await iam
        .send(new ListAccessKeysCommand({ UserName }))
        .catch(rethrow(deleting, "ListAccessKeys"));
    for (const { AccessKeyId } of AccessKeyMetadata) {
        await iam
            .send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
            .catch(ignoreMissing)
            .catch(rethrow(deleting, "DeleteAccessKey"));
    }
}

async function deletePolicies(iam: IAMClient, UserName: string, deleting: string): Promise<void> {
    const { DeleteUserPolicyCommand, ListUserPoliciesCommand } = await sdk();
    const { PolicyNames = [] } = await iam
        .send(new ListUserPoliciesCommand({ UserName }))
        .catch(rethrow(deleting, "ListUserPolicies"));
    for (const PolicyName of PolicyNames) {
        await iam
            .send(new DeleteUserPolicyCommand({ UserName, PolicyName }))
            .catch(ignoreMissing)
            .catch(rethrow(deleting, "DeleteUserPolicy"));
    }
}

interface AccessKeyInputs {
    user: string;
    status: string;
}

/** aws:iam/accessKey:AccessKey (`internal/service/iam/access_key.go`). */
export const accessKey: ResourceType<AccessKeyInputs> = {
    inputs: {
        status: { ...string("status"), default: "Active", check: oneOf("Active", "Inactive") },
        user: { ...string("user"), required: true, replace: true },
    },
    outputs: ["createDate", "secret"],
    secrets: ["secret"],

    async create(inputs, clients) {
        const { CreateAccessKeyCommand } = await sdk();
        const creating = `creating IAM Access Key (${inputs.user})`;
        const iam = await clients.iam();
        const { AccessKey } = await iam
            .send(new CreateAccessKeyCommand({ UserName: inputs.user }))
            .catch(rethrow(creating, "CreateAccessKey"));
        const { AccessKeyId: id = "", SecretAccessKey: secret } = AccessKey ?? {};
        if (inputs.status !== "Active") {
            await setStatus(iam, id, inputs);
        }
        return { id, outputs: { secret } };
    },

    async read(id, old, clients) {
        const { ListAccessKeysCommand } = await sdk();
        const iam = await clients.iam();
        const found = await iam
            .send(new ListAccessKeysCommand({ UserName: old.user as string | undefined }))
            .catch(ignoreMissing)
            .catch(rethrow(`reading IAM Access Key (${id})`, "ListAccessKeys"));
        const described = found?.AccessKeyMetadata?.find(({ AccessKeyId }) => AccessKeyId === id);
        return (
            described && {
                createDate: time(described.CreateDate),
                // IAM answers it once.
                secret: old.secret,
                status: described.Status,
                user: described.UserName,
            }
        );
    },

    async update(id, _old, inputs, changed, clients) {
        if (changed.includes("status")) {
            await setStatus(await clients.iam(), id, inputs);
        }
    },

    async delete(id, old, clients) {
        const { DeleteAccessKeyCommand } = await sdk();
        const iam = await clients.iam();
        await iam
            .send(new DeleteAccessKeyCommand({ UserName: old.user as string, AccessKeyId: id }))
            .catch(ignoreMissing)
            .catch(rethrow(`deleting IAM Access Key (${id})`, "DeleteAccessKey"));
    },
};

async function setStatus(iam: IAMClient, id: string, inputs: AccessKeyInputs): Promise<void> {
    const { UpdateAccessKeyCommand } = await sdk();
    const command = new UpdateAccessKeyCommand({
        UserName: inputs.user,
        AccessKeyId: id,
        Status: inputs.status as "Active",
    });
    await iam.send(command).catch(rethrow(`updating IAM Access Key (${id})`, "UpdateAccessKey"));
}
