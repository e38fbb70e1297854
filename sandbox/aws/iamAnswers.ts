import type { Entity, Role, AccessKey } from "./identities";
import { AwsError, type QueryInput } from "./protocol";

/** The parameters of an operation, as the form has them. */
export type Input = Record<string, string | undefined>;

export function checkBoundary(arn: string): void {
    if (!/^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.test(arn)) {
        throw new AwsError("InvalidInput", `ARN ${arn} is not valid.`);
    }
}

export function conflict(message: string): AwsError {
    return new AwsError("DeleteConflict", message, 409);
}

export function checkName(parameter: string, name: string | undefined, longest = 64): void {
    const constraint =
        name === undefined
            ? "Member must not be null"
            : !/^[\w+=,.@-]+$/.test(name)
              ? "Member must satisfy regular expression pattern: [\\w+=,.@-]+"
              : name.length > longest
                ? `Member must have length less than or equal to ${longest}`
                : undefined;
    if (constraint) {
        throw new AwsError(
            "ValidationError",
            `1 validation error detected: Value ${name === undefined ? "null" : `'${name}'`} at '${parameter}' failed to satisfy constraint: ${constraint}`,
        );
    }
}

export function sessionDuration({ MaxSessionDuration }: Input, otherwise = 3600): number {
    const seconds = Number(MaxSessionDuration ?? otherwise);
    if (!(seconds >= 3600 && seconds <= 43200)) {
        throw new AwsError(
            "ValidationError",
            `1 validation error detected: Value '${MaxSessionDuration}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200`,
        );
    }
    return seconds;
}

export function tagsOf(input: QueryInput): Record<string, string> {
    const tags = (input.Tags ?? []) as unknown as { Key: string; Value: string }[];
    return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value ?? ""]));
}

export const listTags = (tags: Record<string, string>) =>
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export function describe(kind: "Role" | "User", entity: Entity): object {
    return {
        Path: entity.path,
        [`${kind}Name`]: entity.name,
        [`${kind}Id`]: entity.id,
        Arn: entity.arn,
        CreateDate: entity.createDate,
        ...(entity.boundary !== undefined && {
            PermissionsBoundary: {
                PermissionsBoundaryType: "Policy",
                PermissionsBoundaryArn: entity.boundary,
            },
        }),
        ...(Object.keys(entity.tags).length > 0 && { Tags: listTags(entity.tags) }),
    };
}

export function describeRole(role: Role): object {
    return {
        ...describe("Role", role),
        AssumeRolePolicyDocument: encodeURIComponent(role.trust),
        ...(role.description && { Description: role.description }),
        MaxSessionDuration: role.maxSessionDuration,
        RoleLastUsed: {},
    };
}

export const describeKey = (key: AccessKey): object => ({
    UserName: key.userName,
    AccessKeyId: key.accessKeyId,
    Status: key.inactive ? "Inactive" : "Active",
    CreateDate: key.createDate,
});
