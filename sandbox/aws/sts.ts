import { randomBytes } from "node:crypto";
import { newSecret, uniqueId, type Identities, type Role } from "./identities";
import { authorize, checkPolicy, trustsProvider, type Identity } from "./policy";
import { AwsError, type QueryInput } from "./protocol";
import { IDENTITY_PROVIDER, type WebIdentities } from "./webIdentity";

export const STS_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** The operations of STS (AWS STS API Reference); answers `undefined` to one that is not known here. */
export function stsOperations(
    identities: Identities,
    webIdentities: WebIdentities,
    propagation: () => number,
) {
    const session = (role: Role, input: QueryInput, longest: number, chained = false) => {
        const { RoleSessionName = "", Policy } = input as Record<string, string | undefined>;
        const seconds = Number(input.DurationSeconds ?? 3600);
        if (!(seconds >= 900 && seconds <= longest)) {
            throw new AwsError(
                "ValidationError",
                chained
                    ? "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
                    : "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            );
        }
        if (Policy) {
            checkPolicy(Policy, "identity");
        }
        const accessKeyId = uniqueId("ASIA");
        const made = identities.sessions.put(accessKeyId, {
            accessKeyId,
            secretAccessKey: newSecret(),
            token: randomBytes(180).toString("base64"),
            roleName: role.name,
            roleId: role.id,
            name: RoleSessionName,
            expires: identities.now() + seconds * 1000,
            ...(Policy && { policy: Policy }),
        });
        return {
            AssumedRoleUser: {
                AssumedRoleId: `${role.id}:${made.name}`,
                Arn: `arn:${identities.partition}:sts::${identities.accountId}:assumed-role/${role.name}/${made.name}`,
            },
            Credentials: {
                AccessKeyId: accessKeyId,
                SecretAccessKey: made.secretAccessKey,
                SessionToken: made.token,
                Expiration: new Date(made.expires).toISOString(),
            },
        };
    };

    const operations: Record<string, (caller: Identity, input: QueryInput) => object> = {
        // Needs no permission, and no policy can take it away.
        GetCallerIdentity: (caller: Identity) => ({
            Arn: caller.arn,
            UserId: caller.userId,
            Account: caller.accountId,
        }),

        AssumeRole(caller: Identity, input: QueryInput) {
            const {
                RoleArn = "",
                RoleSessionName,
                ExternalId,
            } = input as Record<string, string | undefined>;
            checkArguments(input);
            const role = identities.roles.values().find(({ arn }) => arn === RoleArn);
            const visible = role && role.trustedAt + propagation() <= identities.now();
            // A role that does not exist is refused in the same words: nobody learns which exist.
            authorize(
                caller,
                {
                    action: "sts:AssumeRole",
                    resource: RoleArn,
                    context: {
                        "sts:ExternalId": ExternalId,
                        "sts:RoleSessionName": RoleSessionName,
                    },
                },
                {
                    kind: "trust",
                    accountId: RoleArn.split(":")[4]!,
                    document: visible ? role.trust : undefined,
                },
            );
            if (!role) {
                throw new Error("authorized without a role");
            }
            const chained = caller.reference.startsWith("session/");
            return session(role, input, chained ? 3600 : role.maxSessionDuration, chained);
        },

        /** Anybody may call it: the token says who they are. */
        AssumeRoleWithWebIdentity(_caller, input) {
            const { RoleArn, WebIdentityToken = "" } = input as Record<string, string | undefined>;
            checkArguments(input);
            const { subject, audience } = webIdentities.read(WebIdentityToken);
            const role = identities.roles.values().find(({ arn }) => arn === RoleArn);
            const trusted =
                role &&
                role.trustedAt + propagation() <= identities.now() &&
                trustsProvider(role.trust, webIdentities.providerArn, {
                    action: "sts:AssumeRoleWithWebIdentity",
                    resource: role.arn,
                    context: {
                        [`${IDENTITY_PROVIDER}:sub`]: subject,
                        [`${IDENTITY_PROVIDER}:aud`]: audience,
                    },
                });
            if (!trusted) {
                throw new AwsError(
                    "AccessDenied",
                    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
                    403,
                );
            }
            return {
                ...session(role, input, role.maxSessionDuration),
                SubjectFromWebIdentityToken: subject,
                Audience: audience,
                Provider: webIdentities.providerArn,
            };
        },
    };
    const act = (operation: string, caller: Identity, input: QueryInput): object | undefined =>
        Object.hasOwn(operations, operation) ? operations[operation]!(caller, input) : undefined;
    return Object.assign(act, { names: Object.keys(operations) });
}

/** What both ways to assume a role ask of their arguments. */
function checkArguments(input: QueryInput): void {
    const { RoleArn, RoleSessionName } = input as Record<string, string | undefined>;
    if (!RoleArn || !/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(RoleArn)) {
        throw new AwsError("ValidationError", `${RoleArn} is invalid`);
    }
    if (!RoleSessionName || !/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) {
        throw new AwsError(
            "ValidationError",
            `1 validation error detected: Value '${RoleSessionName}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
        );
    }
}
