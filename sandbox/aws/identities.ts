import { createHash, randomBytes } from "node:crypto";
import type { Collection, Journal } from "../journal";
import type { Identity } from "./policy";
import { AwsError } from "./protocol";

export interface KeyPair {
    accessKeyId: string;
    secretAccessKey: string;
}

/** An IAM role or user. Times are ISO 8601. */
export interface Entity {
    name: string;
    id: string;
    arn: string;
    path: string;
    createDate: string;
    tags: Record<string, string>;
    /** ARN of the managed policy that is its permissions boundary. */
    boundary?: string;
    /** Inline policies: name to JSON document. */
    policies: Record<string, string>;
}

export interface Role extends Entity {
    trust: string;
    /** When the trust policy was last written (milliseconds). */
    trustedAt: number;
    description: string;
    maxSessionDuration: number;
}

export interface AccessKey extends KeyPair {
    userName: string;
    createDate: string;
    inactive?: boolean;
}

/** Temporary credentials from AssumeRole. */
export interface Session extends KeyPair {
    token: string;
    roleName: string;
    roleId: string;
    name: string;
    /** Milliseconds. */
    expires: number;
    policy?: string;
}

/** How long an ECR token outlives the session that fetched it, at most. */
const TOKEN_LIFE = 12 * 60 * 60 * 1000;
const everything = (action: string) =>
    JSON.stringify({ Statement: { Effect: "Allow", Action: action, Resource: "*" } });

/** Who can call: the account's administrator, Palette's own account, IAM users and role sessions. */
export class Identities {
    readonly roles: Collection<Role>;
    readonly users: Collection<Entity>;
    readonly accessKeys: Collection<AccessKey>;
    readonly sessions: Collection<Session>;
    private readonly builtin: (KeyPair & { identity: Identity })[];

    constructor(
        journal: Journal,
        readonly accountId: string,
        /** May do everything in the account. */
        administrator: KeyPair,
        /** Of another account; may assume the roles that trust it. */
        palette: KeyPair & { accountId: string },
        readonly now: () => number,
        /** Of AWS: what its ARNs start with. */
        readonly partition = "aws",
    ) {
        this.roles = journal.collection("aws.roles");
        this.users = journal.collection("aws.users");
        this.accessKeys = journal.collection("aws.accessKeys");
        this.sessions = journal.collection("aws.sessions");
        this.builtin = [
            {
                ...administrator,
                identity: builtinUser(partition, accountId, "administrator", everything("*")),
            },
            {
                ...palette,
                identity: builtinUser(partition, palette.accountId, "palette", everything("sts:*")),
            },
        ];
        for (const [id, session] of this.sessions.entries()) {
            if (session.expires + TOKEN_LIFE < now()) {
                this.sessions.delete(id);
            }
        }
    }

    /** The secret and the caller behind an access key; throws as the service does. */
    signer(accessKeyId: string, token: string | undefined, service: string) {
        const json = service === "ecr";
        const unknown = new AwsError(
            json ? "UnrecognizedClientException" : "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            403,
        );
        const session = this.sessions.get(accessKeyId);
        const reference = session
            ? `session/${accessKeyId}`
            : (this.builtin.find((entry) => entry.accessKeyId === accessKeyId)?.identity
                  .reference ?? `user/${this.accessKeys.get(accessKeyId)?.userName}`);
        const key = this.accessKeys.get(accessKeyId);
        const secret =
            session?.secretAccessKey ??
            (key?.inactive ? undefined : key?.secretAccessKey) ??
            this.builtin.find((entry) => entry.accessKeyId === accessKeyId)?.secretAccessKey;
        const identity = this.find(reference);
        if (!secret || !identity || session?.token !== token) {
            throw unknown;
        }
        if (session && session.expires <= this.now()) {
            throw new AwsError(
                json ? "ExpiredTokenException" : "ExpiredToken",
                "The security token included in the request is expired",
                403,
            );
        }
        return { secret, identity };
    }

    /** The identity with its present policies; `undefined` when the user or role is gone. */
    find(reference: string): Identity | undefined {
        const builtin = this.builtin.find(({ identity }) => identity.reference === reference);
        if (builtin) {
            return builtin.identity;
        }
        const [kind, key] = [
            reference.slice(0, reference.indexOf("/")),
            reference.slice(reference.indexOf("/") + 1),
        ];
        const session = kind === "session" ? this.sessions.get(key) : undefined;
        const role = session && this.roles.get(session.roleName);
        const user = kind === "user" ? this.users.get(key) : undefined;
        if (session && role && role.id === session.roleId) {
            const arn = `arn:${this.partition}:sts::${this.accountId}:assumed-role/${role.name}/${session.name}`;
            return {
                arn,
                userId: `${role.id}:${session.name}`,
                accountId: this.accountId,
                principals: [role.arn, arn],
                policies: Object.values(role.policies),
                ...(session.policy && { sessionPolicy: session.policy }),
                reference,
            };
        }
        return (
            user && {
                arn: user.arn,
                userId: user.id,
                accountId: this.accountId,
                principals: [user.arn],
                policies: Object.values(user.policies),
                reference,
            }
        );
    }
}

/** An id as IAM makes them: a prefix for the kind, then letters and digits. */
export function uniqueId(prefix: "AROA" | "AIDA" | "AKIA" | "ASIA"): string {
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    return prefix + [...randomBytes(16)].map((byte) => letters[byte % 32]).join("");
}

function builtinUser(partition: string, accountId: string, name: string, policy: string): Identity {
    const arn = `arn:${partition}:iam::${accountId}:user/${name}`;
    const hash = createHash("sha256").update(arn).digest("hex").toUpperCase();
    return {
        arn,
        userId: `AIDA${hash.slice(0, 17)}`,
        accountId,
        principals: [arn],
        policies: [policy],
        reference: `builtin/${name}`,
    };
}

export const newSecret = () => randomBytes(30).toString("base64");
