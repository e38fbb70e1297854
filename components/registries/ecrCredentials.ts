import * as v from "valibot";
import { documented, text } from "../config/fields";
import type { NameRule } from "../config/names";

/** A role or user of IAM (IAM API Reference, CreateRole, CreateUser), less the part that is the stack's own. */
export const iamNames: NameRule = {
    shortest: 1,
    longest: 64 - "-1234567".length,
    pattern: /^[\w+=,.@-]+$/,
    expected: "letters, digits and +=,.@-_",
};

const roleArn = v.pipe(
    v.string(),
    v.regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "expected the ARN of an IAM role"),
);

/** What an administrator may demand of a role or user that the stack creates. */
const iamRules = {
    /** ARN of a policy: the most that the role or user may do. */
    permissionsBoundary: documented(
        v.optional(
            v.pipe(
                v.string(),
                v.regex(
                    /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/.+$/,
                    "expected the ARN of an IAM policy",
                ),
            ),
        ),
        "ARN of a policy, for the role or user that the stack creates",
        "none",
    ),
    /** Such as `/teams/packs/`. */
    path: documented(
        v.optional(
            v.pipe(
                v.string(),
                v.regex(/^\/([!-.0-~]+\/)*$/, "expected an IAM path such as /teams/packs/"),
                v.maxLength(512, "expected at most 512 characters"),
            ),
        ),
        "IAM path, such as `/teams/packs/`",
        "`/`",
    ),
};

/** Whether the rules are beside nothing that the user made, which they could not change. */
const ruleWhatIsCreated = (given: string | undefined, { permissionsBoundary, path }: IamRules) =>
    given === undefined || (permissionsBoundary === undefined && path === undefined);

/** The keys of {@link iamRules}. */
export interface IamRules {
    permissionsBoundary?: string;
    path?: string;
}

/**
 * How Palette reads the registry: a given role or key pair, or one that the stack creates (`sts` without `roleArn`,
 * `secret` without `accessKey`).
 */
export const readCredentials = v.variant("type", [
    v.pipe(
        v.strictObject({
            type: documented(v.literal("sts"), "Palette assumes a role"),
            roleArn: documented(
                v.optional(roleArn),
                "role that Palette assumes",
                "the stack creates one",
            ),
            externalId: documented(v.optional(text), "external id of that role", "Palette's"),
            ...iamRules,
        }),
        v.check(
            (credentials) => ruleWhatIsCreated(credentials.roleArn, credentials),
            "expected no permissionsBoundary and no path beside roleArn: they are for the role that the stack makes",
        ),
        v.check(
            (credentials) =>
                (credentials.roleArn === undefined) === (credentials.externalId === undefined),
            "expected roleArn and externalId together, or neither: the stack then creates the role",
        ),
    ),
    v.pipe(
        v.strictObject({
            type: documented(v.literal("secret"), "Palette has an access key pair"),
            accessKey: documented(v.optional(text), "key id", "the stack creates a user"),
            secretKey: documented(v.optional(text), "secret", "the stack creates a user"),
            ...iamRules,
        }),
        v.check(
            (credentials) => ruleWhatIsCreated(credentials.accessKey, credentials),
            "expected no permissionsBoundary and no path beside accessKey: they are for the user that the stack makes",
        ),
        v.check(
            ({ accessKey, secretKey }) => (accessKey === undefined) === (secretKey === undefined),
            "expected accessKey and secretKey together, or neither: the stack then creates a user that may read only",
        ),
    ),
]);

/** What {@link readCredentials} makes of the configuration. */
export type ReadCredentials = v.InferOutput<typeof readCredentials>;
