import type { IAMClient, IAMServiceException } from "@aws-sdk/client-iam";
import { iamClient } from "./awsClients";
import { awsSettings, settingsAt } from "./awsSettings";
import type { StackConfig } from "./stackConfig";
import { lazyLibraries } from "./lazyLibraries";

type Deletion = (iam: IAMClient, name: string, confirm: () => Promise<void>) => Promise<void>;

/**
 * Deletes something of the account that an ECR is in, where it is there, with the credentials of the stack's AWS provider.
 *
 * @param name Of the role, of the user, or of the user that has the access keys.
 * @param host Of the registry, which tells the region and so the partition.
 * @param confirm Is called before a role or user that is there is deleted; what it throws stops that.
 * @throws Error of AWS when it refuses.
 */
export async function deleteFromIam(
    kind: IamKind,
    name: string,
    host: string,
    config: StackConfig,
    confirm: () => Promise<void>,
): Promise<void> {
    const iam = await iamClient(settingsAt(awsSettings(config), host));
    try {
        await deletions[kind](iam, name, confirm);
    } finally {
        iam.destroy();
    }
}

/** For `catch`: that something is not there is an answer. */
function unlessGone(error: IAMServiceException): undefined {
    if (error.name !== "NoSuchEntityException") {
        throw error;
    }
}

/** Deletes a role, where there is one, with its policies. */
const deleteRole: Deletion = async (iam, RoleName, confirm) => {
    const {
        DeleteRoleCommand,
        DeleteRolePolicyCommand,
        DetachRolePolicyCommand,
        GetRoleCommand,
        ListAttachedRolePoliciesCommand,
        ListRolePoliciesCommand,
    } = lazyLibraries.iam();
    if (!(await iam.send(new GetRoleCommand({ RoleName })).catch(unlessGone))) {
        return;
    }
    await confirm();
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    for (const PolicyName of PolicyNames) {
        await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    }
    const { AttachedPolicies = [] } = await iam.send(
        new ListAttachedRolePoliciesCommand({ RoleName }),
    );
    for (const { PolicyArn } of AttachedPolicies) {
        await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    }
    await iam.send(new DeleteRoleCommand({ RoleName }));
};

/** Deletes a user, where there is one, with its access keys and policies. */
const deleteUser: Deletion = async (iam, UserName, confirm) => {
    const {
        DeleteUserCommand,
        DeleteUserPolicyCommand,
        DetachUserPolicyCommand,
        GetUserCommand,
        ListAttachedUserPoliciesCommand,
        ListUserPoliciesCommand,
    } = lazyLibraries.iam();
    if (!(await iam.send(new GetUserCommand({ UserName })).catch(unlessGone))) {
        return;
    }
    await confirm();
    await deleteAccessKeys(iam, UserName, confirm);
    const { PolicyNames = [] } = await iam.send(new ListUserPoliciesCommand({ UserName }));
    for (const PolicyName of PolicyNames) {
        await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    }
    const { AttachedPolicies = [] } = await iam.send(
        new ListAttachedUserPoliciesCommand({ UserName }),
    );
    for (const { PolicyArn } of AttachedPolicies) {
        await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    }
    await iam.send(new DeleteUserCommand({ UserName }));
};

/** Deletes all access keys of a user. */
const deleteAccessKeys: Deletion = async (iam, UserName) => {
    const { DeleteAccessKeyCommand, ListAccessKeysCommand } = lazyLibraries.iam();
    const keys = await iam.send(new ListAccessKeysCommand({ UserName })).catch(unlessGone);
    for (const { AccessKeyId } of keys?.AccessKeyMetadata ?? []) {
        await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    }
};

const deletions = { role: deleteRole, user: deleteUser, accessKeys: deleteAccessKeys };

/** What {@link deleteFromIam} deletes: a role or user with all that belongs to it, or a user's access keys. */
export type IamKind = keyof typeof deletions;
