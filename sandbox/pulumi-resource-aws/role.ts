import type { IAMClient } from "@aws-sdk/client-iam";
import { between, iamName, isArn, isJson, lengthBetween, normalized, samePolicy } from "./check";
import { rethrow, ignoreMissing, sdk, string, tagList, tagsToChange } from "./iamCalls";
import type { ResourceType } from "./resource";
import type { Properties } from "./values";

interface RoleInputs {
    name: string;
    assumeRolePolicy: string;
    description?: string;
    forceDetachPolicies: boolean;
    maxSessionDuration: number;
    path: string;
    permissionsBoundary?: string;
    tags?: Record<string, string>;
}

/** aws:iam/role:Role (terraform-provider-aws, `internal/service/iam/role.go`). */
export const role: ResourceType<RoleInputs> = {
    inputs: {
        assumeRolePolicy: {
            ...string("assume_role_policy"),
            required: true,
            check: isJson,
            same: samePolicy,
        },
        description: {
            ...string("description"),
            check: lengthBetween(0, 1000),
            same: (old = "", value = "") => old === value,
        },
        forceDetachPolicies: {
            type: "boolean",
            terraform: "force_detach_policies",
            default: false,
        },
        maxSessionDuration: {
            type: "number",
            terraform: "max_session_duration",
            default: 3600,
            check: between(3600, 43200),
        },
        name: { ...string("name"), replace: true, check: iamName(64) },
        path: { ...string("path"), default: "/", replace: true, check: lengthBetween(0, 512) },
        permissionsBoundary: { ...string("permissions_boundary"), check: isArn },
        tags: { type: "map", terraform: "tags" },
    },
    outputs: ["arn", "createDate", "uniqueId"],
    tagged: true,
    autoName: { longest: 64 },

    async create(inputs, clients, tagsAll) {
        const { CreateRoleCommand } = await sdk();
        const command = new CreateRoleCommand({
            RoleName: inputs.name,
            AssumeRolePolicyDocument: normalized(inputs.assumeRolePolicy),
            Description: inputs.description || undefined,
            MaxSessionDuration: inputs.maxSessionDuration,
            Path: inputs.path,
            PermissionsBoundary: inputs.permissionsBoundary || undefined,
            Tags: Object.keys(tagsAll).length > 0 ? tagList(tagsAll) : undefined,
        });
        const iam = await clients.iam();
        await iam.send(command).catch(rethrow(`creating IAM Role (${inputs.name})`, "CreateRole"));
        return inputs.name;
    },

    async read(id, old, clients) {
        const { GetRoleCommand } = await sdk();
        const iam = await clients.iam();
        const found = await iam
            .send(new GetRoleCommand({ RoleName: id }))
            .catch(ignoreMissing)
            .catch(rethrow(`reading IAM Role (${id})`, "GetRole"));
        const described = found?.Role;
        if (!described) {
            return undefined;
        }
        const trust = decodeURIComponent(described.AssumeRolePolicyDocument!);
        const kept = old.assumeRolePolicy as string | undefined;
        const tags = (described.Tags ?? []).map(({ Key, Value }) => [Key, Value]);
        return {
            arn: described.Arn,
            assumeRolePolicy: normalized(
                kept !== undefined && samePolicy(kept, trust) ? kept : trust,
            ),
            createDate: described.CreateDate!.toISOString().replace(".000Z", "Z"),
            description: described.Description ?? "",
            forceDetachPolicies: old.forceDetachPolicies ?? false,
            maxSessionDuration: described.MaxSessionDuration,
            name: described.RoleName,
            path: described.Path,
            permissionsBoundary: described.PermissionsBoundary?.PermissionsBoundaryArn,
            uniqueId: described.RoleId,
            tagsAll: Object.fromEntries(tags) as Properties,
        };
    },

    async update(id, old, inputs, changed, clients, tagsAll) {
        const { UpdateAssumeRolePolicyCommand, UpdateRoleCommand } = await sdk();
        const iam = await clients.iam();
        const updating = `updating IAM Role (${id})`;
        if (changed.includes("assumeRolePolicy")) {
            const command = new UpdateAssumeRolePolicyCommand({
                RoleName: id,
                PolicyDocument: normalized(inputs.assumeRolePolicy),
            });
            await iam
                .send(command)
                .catch(rethrow(`${updating} assume role policy`, "UpdateAssumeRolePolicy"));
        }
        if (changed.includes("description") || changed.includes("maxSessionDuration")) {
            const command = new UpdateRoleCommand({
                RoleName: id,
                Description: inputs.description ?? "",
                MaxSessionDuration: inputs.maxSessionDuration,
            });
            await iam.send(command).catch(rethrow(updating, "UpdateRole"));
        }
        if (changed.includes("permissionsBoundary")) {
            await updateBoundary(iam, id, inputs.permissionsBoundary, updating);
        }
        await updateTags(iam, id, old, tagsAll, updating);
    },

    async delete(id, old, clients) {
        const { DeleteRoleCommand, DeleteRolePolicyCommand, ListRolePoliciesCommand } = await sdk();
        const iam = await clients.iam();
        const deleting = `deleting IAM Role (${id})`;
        if (old.forceDetachPolicies) {
            const found = await iam
                .send(new ListRolePoliciesCommand({ RoleName: id }))
                .catch(ignoreMissing)
                .catch(rethrow(deleting, "ListRolePolicies"));
            for (const PolicyName of found?.PolicyNames ?? []) {
                await iam
                    .send(new DeleteRolePolicyCommand({ RoleName: id, PolicyName }))
                    .catch(ignoreMissing)
                    .catch(rethrow(deleting, "DeleteRolePolicy"));
            }
        }
        await iam
            .send(new DeleteRoleCommand({ RoleName: id }))
            .catch(ignoreMissing)
            .catch(rethrow(deleting, "DeleteRole"));
    },
};

async function updateBoundary(
    iam: IAMClient,
    RoleName: string,
    PermissionsBoundary: string | undefined,
    updating: string,
): Promise<void> {
    const { DeleteRolePermissionsBoundaryCommand, PutRolePermissionsBoundaryCommand } = await sdk();
    await (PermissionsBoundary
        ? iam
              .send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }))
              .catch(rethrow(`${updating} permissions boundary`, "PutRolePermissionsBoundary"))
        : iam
              .send(new DeleteRolePermissionsBoundaryCommand({ RoleName }))
              .catch(rethrow(`${updating} permissions boundary`, "DeleteRolePermissionsBoundary")));
}

async function updateTags(
    iam: IAMClient,
    RoleName: string,
    old: Properties,
    tagsAll: Record<string, string>,
    updating: string,
): Promise<void> {
    const { TagRoleCommand, UntagRoleCommand } = await sdk();
    const { TagKeys, Tags } = tagsToChange(old, tagsAll);
    if (TagKeys.length > 0) {
        await iam
            .send(new UntagRoleCommand({ RoleName, TagKeys }))
            .catch(rethrow(`${updating}: updating tags`, "UntagRole"));
    }
    if (Tags.length > 0) {
        await iam
            .send(new TagRoleCommand({ RoleName, Tags }))
            .catch(rethrow(`${updating}: updating tags`, "TagRole"));
    }
}
