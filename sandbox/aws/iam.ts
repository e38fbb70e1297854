import {
    newSecret,
    uniqueId,
    type AccessKey,
    type Entity,
    type Identities,
    type Role,
} from "./identities";
import type { Collection } from "../journal";
import { authorize, checkPolicy, type Identity } from "./policy";
import { AwsError, notFound, type QueryInput } from "./protocol";
import {
    checkName,
    type Input,
    checkBoundary,
    tagsOf,
    listTags,
    conflict,
    sessionDuration,
    describeRole,
    describe,
    describeKey,
} from "./iamAnswers";

export const IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";

type Operation = (input: Input, caller: Identity) => object;

/**
 * The operations of IAM (AWS IAM API Reference) on roles, users, their inline policies and access
 * keys. There are no managed policies, groups or instance profiles: their lists are empty. Boundaries
 * are kept, and conditions may ask for them; what they would forbid is not looked at.
 */
export function iamOperations(identities: Identities) {
    const { roles, users, accessKeys, accountId, partition } = identities;
    const timestamp = () => new Date(identities.now()).toISOString();

    const find = <T extends Entity>(
        kind: "role" | "user",
        entities: Collection<T>,
        name = "",
    ): T => {
        const entity = entities.get(name);
        if (!entity) {
            throw notFound(`The ${kind} with name ${name} cannot be found.`);
        }
        return entity;
    };
    const role = (input: Input) => find("role", roles, input.RoleName);
    const user = (input: Input) => find("user", users, input.UserName);

    const entity = (
        kind: "Role" | "User",
        entities: Collection<Role> | Collection<Entity>,
        input: QueryInput,
    ) => {
        const name = input[`${kind}Name`] as string;
        const path = (input.Path as string | undefined) ?? "/";
        checkName(`${kind.toLowerCase()}Name`, name);
        if (!/^(\/|\/[\x21-\x7e]+\/)$/.test(path)) {
            throw new AwsError(
                "ValidationError",
                "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
            );
        }
        if (entities.has(name)) {
            throw new AwsError(
                "EntityAlreadyExists",
                `${kind} with name ${name} already exists.`,
                409,
            );
        }
        const boundary = input.PermissionsBoundary as string | undefined;
        if (boundary !== undefined) {
            checkBoundary(boundary);
        }
        return {
            ...(boundary !== undefined && { boundary }),
            name,
            path,
            id: uniqueId(kind === "Role" ? "AROA" : "AIDA"),
            arn: `arn:${partition}:iam::${accountId}:${kind.toLowerCase()}${path}${name}`,
            createDate: timestamp(),
            tags: tagsOf(input),
            policies: {},
        };
    };

    /** The four operations on inline policies, which roles and users have alike. */
    const inlinePolicies = <T extends Entity>(
        kind: "Role" | "User",
        entities: Collection<T>,
        get: (input: Input) => T,
    ): Record<string, Operation> => {
        const policy = (input: Input): string => {
            const document = get(input).policies[input.PolicyName ?? ""];
            if (document === undefined) {
                const owner = `${kind.toLowerCase()} policy with name ${input.PolicyName}`;
                throw notFound(`The ${owner} cannot be found.`);
            }
            return document;
        };
        return {
            [`Put${kind}Policy`]: (input) => {
                const owner = get(input);
                checkName("policyName", input.PolicyName, 128);
                checkPolicy(input.PolicyDocument ?? "", "identity");
                owner.policies[input.PolicyName!] = input.PolicyDocument!;
                entities.put(owner.name, owner);
                return {};
            },
            [`Get${kind}Policy`]: (input) => ({
                [`${kind}Name`]: input[`${kind}Name`],
                PolicyName: input.PolicyName,
                PolicyDocument: encodeURIComponent(policy(input)),
            }),
            [`Delete${kind}Policy`]: (input) => {
                policy(input);
                const owner = get(input);
                delete owner.policies[input.PolicyName!];
                entities.put(owner.name, owner);
                return {};
            },
            [`List${kind}Policies`]: (input) => ({
                PolicyNames: Object.keys(get(input).policies).sort(),
                IsTruncated: false,
            }),
        };
    };

    /** The three operations on tags, which roles and users have alike. */
    const tagging = <T extends Entity>(
        kind: "Role" | "User",
        entities: Collection<T>,
        get: (input: Input) => T,
    ): Record<string, Operation> => ({
        [`Tag${kind}`]: (input) => {
            const changed = get(input);
            Object.assign(changed.tags, tagsOf(input as QueryInput));
            entities.put(changed.name, changed);
            return {};
        },
        [`Untag${kind}`]: (input) => {
            const changed = get(input);
            for (const key of ((input as QueryInput).TagKeys ?? []) as string[]) {
                delete changed.tags[key];
            }
            entities.put(changed.name, changed);
            return {};
        },
        [`List${kind}Tags`]: (input) => ({
            Tags: listTags(get(input).tags),
            IsTruncated: false,
        }),
    });

    /** The two operations on the permissions boundary, which roles and users have alike. */
    const boundaries = <T extends Entity>(
        kind: "Role" | "User",
        entities: Collection<T>,
        get: (input: Input) => T,
    ): Record<string, Operation> => ({
        [`Put${kind}PermissionsBoundary`]: (input) => {
            const changed = get(input);
            checkBoundary(input.PermissionsBoundary ?? "");
            changed.boundary = input.PermissionsBoundary!;
            entities.put(changed.name, changed);
            return {};
        },
        [`Delete${kind}PermissionsBoundary`]: (input) => {
            const changed = get(input);
            delete changed.boundary;
            entities.put(changed.name, changed);
            return {};
        },
    });

    const keysOf = (name: string): AccessKey[] =>
        accessKeys.values().filter(({ userName }) => userName === name);
    const emptied = (owner: Entity) => {
        if (Object.keys(owner.policies).length > 0) {
            throw conflict("Cannot delete entity, must delete policies first.");
        }
    };

    const operations: Record<string, Operation> = {
        CreateRole(input) {
            const document = input.AssumeRolePolicyDocument ?? "";
            const common = entity("Role", roles, input as QueryInput);
            checkPolicy(document, "trust", partition);
            const made = roles.put(common.name, {
                ...common,
                trust: document,
                trustedAt: identities.now(),
                description: input.Description ?? "",
                maxSessionDuration: sessionDuration(input),
            });
            return { Role: describeRole(made) };
        },
        GetRole: (input) => ({ Role: describeRole(role(input)) }),
        ListRoles: () => ({ Roles: roles.values().map(describeRole), IsTruncated: false }),
        UpdateRole(input) {
            const changed = role(input);
            changed.description = input.Description ?? changed.description;
            changed.maxSessionDuration = sessionDuration(input, changed.maxSessionDuration);
            roles.put(changed.name, changed);
            return {};
        },
        DeleteRole(input) {
            emptied(role(input));
            roles.delete(input.RoleName!);
            return {};
        },
        UpdateAssumeRolePolicy(input) {
            const changed = role(input);
            checkPolicy(input.PolicyDocument ?? "", "trust", partition);
            changed.trust = input.PolicyDocument!;
            changed.trustedAt = identities.now();
            roles.put(changed.name, changed);
            return {};
        },
        ...tagging("Role", roles, role),
        ...boundaries("Role", roles, role),
        ...inlinePolicies("Role", roles, role),
        ListAttachedRolePolicies(input) {
            role(input);
            return { AttachedPolicies: [], IsTruncated: false };
        },
        ListInstanceProfilesForRole(input) {
            role(input);
            return { InstanceProfiles: [], IsTruncated: false };
        },

        CreateUser(input) {
            const common = entity("User", users, input as QueryInput);
            return { User: describe("User", users.put(common.name, common)) };
        },
        GetUser(input, caller) {
            const name = input.UserName ?? caller.reference.split("/")[1];
            return { User: describe("User", user({ UserName: name })) };
        },
        ListUsers: () => ({
            Users: users.values().map((entry) => describe("User", entry)),
            IsTruncated: false,
        }),
        DeleteUser(input) {
            const leaving = user(input);
            emptied(leaving);
            if (keysOf(leaving.name).length > 0) {
                throw conflict("Cannot delete entity, must delete access keys first.");
            }
            users.delete(leaving.name);
            return {};
        },
        ...tagging("User", users, user),
        ...boundaries("User", users, user),
        ListGroupsForUser(input) {
            user(input);
            return { Groups: [], IsTruncated: false };
        },
        ListAttachedUserPolicies(input) {
            user(input);
            return { AttachedPolicies: [], IsTruncated: false };
        },
        ...inlinePolicies("User", users, user),
        CreateAccessKey(input) {
            const { name } = user(input);
            if (keysOf(name).length >= 2) {
                throw new AwsError(
                    "LimitExceeded",
                    "Cannot exceed quota for AccessKeysPerUser: 2",
                    409,
                );
            }
            const accessKeyId = uniqueId("AKIA");
            const made = accessKeys.put(accessKeyId, {
                accessKeyId,
                secretAccessKey: newSecret(),
                userName: name,
                createDate: timestamp(),
            });
            const secret = { SecretAccessKey: made.secretAccessKey };
            return { AccessKey: { ...describeKey(made), ...secret } };
        },
        ListAccessKeys: (input) => ({
            AccessKeyMetadata: keysOf(user(input).name).map(describeKey),
            IsTruncated: false,
        }),
        UpdateAccessKey(input) {
            const { name } = user(input);
            const key = accessKeys.get(input.AccessKeyId ?? "");
            if (key?.userName !== name) {
                throw notFound(`The Access Key with id ${input.AccessKeyId} cannot be found.`);
            }
            if (!["Active", "Inactive"].includes(input.Status ?? "")) {
                throw new AwsError(
                    "ValidationError",
                    `1 validation error detected: Value '${input.Status}' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]`,
                );
            }
            accessKeys.put(key.accessKeyId, { ...key, inactive: input.Status === "Inactive" });
            return {};
        },
        DeleteAccessKey(input) {
            const { name } = user(input);
            const id = input.AccessKeyId ?? "";
            if (accessKeys.get(id)?.userName !== name) {
                throw notFound(`The Access Key with id ${id} cannot be found.`);
            }
            accessKeys.delete(id);
            return {};
        },
    };

    /** What a policy's Resource is compared with: the role or user that the call is about. */
    const resourceOf = (input: Input): string => {
        const [kind, name, entities] =
            input.RoleName !== undefined
                ? ["role", input.RoleName, roles]
                : ["user", input.UserName ?? "*", users];
        const path = input.Path ?? "/";
        const arn = (entities as Collection<Entity>).get(name as string)?.arn;
        return arn ?? `arn:${partition}:iam::${accountId}:${kind}${path}${name}`;
    };

    const act = (operation: string, caller: Identity, input: QueryInput): object | undefined => {
        const perform = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
        if (!perform) {
            return undefined;
        }
        const [, listed] = /^List(Role|User)s$/.exec(operation) ?? [];
        const resource = listed
            ? `arn:${partition}:iam::${accountId}:${listed.toLowerCase()}/`
            : resourceOf(input as Input);
        // For Create and Put it is the request's, else what the role or user has.
        const owner = roles.get(input.RoleName as string) ?? users.get(input.UserName as string);
        const boundary = (input.PermissionsBoundary as string | undefined) ?? owner?.boundary;
        const context = { "iam:PermissionsBoundary": boundary };
        authorize(caller, { action: `iam:${operation}`, resource, context });
        const [, made] = /^Create(Role|User)$/.exec(operation) ?? [];
        if (made && input.Tags) {
            authorize(caller, { action: `iam:Tag${made}`, resource });
        }
        return perform(input as Input, caller);
    };
    return Object.assign(act, { names: Object.keys(operations) });
}
