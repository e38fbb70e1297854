import { iamName, isPolicy, normalized, samePolicy } from "./check";
import type { Clients } from "./configuration";
import { rethrow, ignoreMissing, sdk, string } from "./iamCalls";
import type { ResourceType } from "./resource";

type Inputs = { name: string; policy: string } & Record<"role" | "user", string>;

/** The calls on the inline policies of a role or a user. */
interface Calls {
    put(owner: string, name: string, document: string, clients: Clients): Promise<unknown>;
    /** `undefined` when it is gone; the document is percent-encoded. */
    get(owner: string, name: string, clients: Clients): Promise<string | undefined>;
    remove(owner: string, name: string, clients: Clients): Promise<unknown>;
}

function inlinePolicy(kind: "role" | "user", calls: Calls): ResourceType<Inputs> {
    const kindName = kind === "role" ? "Role" : "User";
    const parts = (id: string): [owner: string, name: string] => {
        const at = id.indexOf(":");
        if (at < 0) {
            throw new Error(`${kind}_policy id must be of the form <${kind} name>:<policy name>`);
        }
        return [id.slice(0, at), id.slice(at + 1)];
    };
    const put = (inputs: Inputs, clients: Clients): Promise<unknown> =>
        calls
            .put(inputs[kind], inputs.name, normalized(inputs.policy), clients)
            .catch(
                rethrow(
                    `putting IAM ${kindName} (${inputs[kind]}) Policy (${inputs.name})`,
                    `Put${kindName}Policy`,
                ),
            );
    return {
        inputs: {
            name: { ...string("name"), replace: true, check: iamName(128) },
            policy: { ...string("policy"), required: true, check: isPolicy, same: samePolicy },
            [kind]: { ...string(kind), required: true, replace: true, check: iamName(64) },
        },
        outputs: [],
        autoName: { longest: 128 },

        async create(inputs, clients) {
            await put(inputs, clients);
            return `${inputs[kind]}:${inputs.name}`;
        },

        async read(id, old, clients) {
            const [owner, name] = parts(id);
            const document = await calls
                .get(owner, name, clients)
                .catch(ignoreMissing)
                .catch(rethrow(`reading IAM ${kindName} Policy (${id})`, `Get${kindName}Policy`));
            if (document === undefined) {
                return undefined;
            }
            const policy = decodeURIComponent(document);
            const kept = old.policy as string | undefined;
            return {
                name,
                [kind]: owner,
                policy: normalized(kept !== undefined && samePolicy(kept, policy) ? kept : policy),
            };
        },

        update: async (_id, _old, inputs, _changed, clients) => void (await put(inputs, clients)),

        async delete(id, _old, clients) {
            const [owner, name] = parts(id);
            await calls
                .remove(owner, name, clients)
                .catch(ignoreMissing)
                .catch(
                    rethrow(`deleting IAM ${kindName} Policy (${id})`, `Delete${kindName}Policy`),
                );
        },
    };
}

/** aws:iam/rolePolicy:RolePolicy (`internal/service/iam/role_policy.go`). */
export const rolePolicy = inlinePolicy("role", {
    async put(RoleName, PolicyName, PolicyDocument, clients) {
        const { PutRolePolicyCommand } = await sdk();
        const command = new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument });
        return (await clients.iam()).send(command);
    },
    async get(RoleName, PolicyName, clients) {
        const { GetRolePolicyCommand } = await sdk();
        const iam = await clients.iam();
        return (await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))).PolicyDocument;
    },
    async remove(RoleName, PolicyName, clients) {
        const { DeleteRolePolicyCommand } = await sdk();
        const iam = await clients.iam();
        return iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
    },
});

/** aws:iam/userPolicy:UserPolicy (`internal/service/iam/user_policy.go`). */
export const userPolicy = inlinePolicy("user", {
    async put(UserName, PolicyName, PolicyDocument, clients) {
        const { PutUserPolicyCommand } = await sdk();
        const command = new PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument });
        return (await clients.iam()).send(command);
    },
    async get(UserName, PolicyName, clients) {
        const { GetUserPolicyCommand } = await sdk();
        const iam = await clients.iam();
        return (await iam.send(new GetUserPolicyCommand({ UserName, PolicyName }))).PolicyDocument;
    },
    async remove(UserName, PolicyName, clients) {
        const { DeleteUserPolicyCommand } = await sdk();
        const iam = await clients.iam();
        return iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
    },
});
