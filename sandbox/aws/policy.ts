import { AwsError } from "./protocol";

/**
 * Policies as IAM evaluates them ("Policy evaluation logic" and "JSON policy element reference" in
 * the IAM User Guide): an explicit Deny wins, then any Allow, else it is refused. Policy variables,
 * NotPrincipal and permission boundaries are not known here and are refused when they are stored.
 */

export interface Statement {
    Effect: "Allow" | "Deny";
    Action?: string | string[];
    NotAction?: string | string[];
    Resource?: string | string[];
    NotResource?: string | string[];
    Principal?: "*" | Record<string, string | string[]>;
    Condition?: Record<string, Record<string, string | string[]>>;
}

/** Who a policy is bound to: a user or role, a role's trust, or a repository. */
export type PolicyKind = "identity" | "trust" | "repository";

/** A caller whose signature or token was found to be right. */
export interface Identity {
    arn: string;
    userId: string;
    accountId: string;
    /** The ARNs by which a policy can name the caller: itself, and of a session also its role. */
    principals: string[];
    /** The documents bound to the user or role. */
    policies: string[];
    /** The document handed to AssumeRole: what it does not allow, the session may not do. */
    sessionPolicy?: string;
    /** What a token keeps to find the identity again: `user/<name>`, `session/<access key id>` … */
    reference: string;
}

export interface Access {
    /** Such as `ecr:PutImage`. */
    action: string;
    resource: string;
    /** Keys that conditions can ask for, such as `sts:ExternalId`. */
    context?: Record<string, string | undefined>;
}

/** The policy bound to the resource itself: a repository's, or a role's trust. */
export interface ResourcePolicy {
    kind: "trust" | "repository";
    accountId: string;
    document: string | undefined;
}

/** Throws AccessDenied(Exception) in AWS's own words when the caller may not do it. */
export function authorize(identity: Identity, access: Access, bound?: ResourcePolicy): void {
    const { action, resource } = access;
    const context = {
        "aws:PrincipalArn": identity.principals[0],
        "aws:PrincipalAccount": identity.accountId,
        "aws:SecureTransport": "true",
        ...access.context,
    };
    const matching = (documents: string[], named?: (statement: Statement) => boolean) => {
        const list = documents
            .flatMap(statements)
            .filter((statement) => !named || named(statement))
            .filter((statement) =>
                applies(statement, { action, resource, context }, named !== undefined),
            );
        return {
            allowed: list.some(({ Effect }) => Effect === "Allow"),
            denied: list.some(({ Effect }) => Effect === "Deny"),
        };
    };
    const documents = bound?.document ? [bound.document] : [];
    const byIdentity = matching(identity.policies);
    const bySession = identity.sessionPolicy ? matching([identity.sessionPolicy]) : undefined;
    const byResource = matching(documents, (statement) => names(statement, identity) !== undefined);
    // Naming the account only delegates to its own policies; naming the caller suffices there.
    const byName = matching(documents, (statement) => names(statement, identity) === "itself");

    const refuse = (reason: string): never => {
        const text = `User: ${identity.arn} is not authorized to perform: ${action} on resource: ${resource}`;
        const code = action.startsWith("ecr:") ? "AccessDeniedException" : "AccessDenied";
        // STS gives no reason when a role may not be assumed.
        throw new AwsError(code, bound?.kind === "trust" ? text : `${text} ${reason}`, 403);
    };
    const denied =
        (byIdentity.denied && "an identity-based") ||
        (bySession?.denied && "a session") ||
        (byResource.denied && "a resource-based");
    if (denied) {
        refuse(`with an explicit deny in ${denied} policy`);
    }
    const isOtherAccount = bound !== undefined && bound.accountId !== identity.accountId;
    const missing =
        (bySession && !bySession.allowed && "session") ||
        ((isOtherAccount || bound?.kind === "trust") && !byResource.allowed && "resource-based") ||
        (!byIdentity.allowed && (isOtherAccount || !byName.allowed) && "identity-based");
    if (missing) {
        refuse(`because no ${missing} policy allows the ${action} action`);
    }
}

/** Whether a role's trust policy admits the web identities of a provider. */
export function trustsProvider(document: string, provider: string, access: Access): boolean {
    const effects = statements(document)
        .filter(({ Principal }) => Principal && Principal !== "*")
        .filter(({ Principal }) =>
            texts((Principal as Record<string, string>).Federated).includes(provider),
        )
        .filter((statement) => applies(statement, access, true))
        .map(({ Effect }) => Effect);
    return effects.includes("Allow") && !effects.includes("Deny");
}

/**
 * Throws MalformedPolicyDocument with AWS's message, for documents of an identity and of trust;
 * for a repository's the caller turns it into ECR's own error. `partition`: the account's, to which
 * principals have to belong.
 */
export function checkPolicy(document: string, kind: PolicyKind, partition?: string): void {
    const malformed = (message: string) => new AwsError("MalformedPolicyDocument", message);
    let list: Statement[];
    try {
        list = statements(document);
    } catch {
        throw malformed("This policy contains invalid Json");
    }
    const { Version } = JSON.parse(document) as { Version?: unknown };
    if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") {
        throw malformed("The policy must contain a valid version string");
    }
    if (list.length === 0) {
        throw malformed("Syntax errors in policy.");
    }
    for (const statement of list) {
        if (typeof statement !== "object" || statement === null) {
            throw malformed("Syntax errors in policy.");
        }
        checkStatement(statement, kind, malformed);
        const { Principal } = statement;
        const foreign = texts(Principal && Principal !== "*" ? Principal.AWS : []).find(
            (text) => partition && text.startsWith("arn:") && text.split(":")[1] !== partition,
        );
        if (foreign !== undefined) {
            throw malformed(`Invalid principal in policy: "AWS":"${foreign}"`);
        }
    }
}

type Test = (wanted: string, actual: string) => boolean;
const equal: Test = (wanted, actual) => wanted === actual;
const equalIgnoringCase: Test = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase();

/** The test of each condition operator, and whether it is to fail (the Not forms). */
const operators: Record<string, [test: Test, negated?: boolean]> = {
    StringEquals: [equal],
    StringNotEquals: [equal, true],
    StringEqualsIgnoreCase: [equalIgnoringCase],
    StringNotEqualsIgnoreCase: [equalIgnoringCase, true],
    StringLike: [matchesWildcards],
    StringNotLike: [matchesWildcards, true],
    ArnEquals: [matchesWildcards],
    ArnLike: [matchesWildcards],
    ArnNotEquals: [matchesWildcards, true],
    ArnNotLike: [matchesWildcards, true],
    Bool: [equalIgnoringCase],
};

/** Whether the text is of the pattern, where `*` stands for any text and `?` for any character. */
export function matchesWildcards(pattern: string, text: string): boolean {
    const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`^${escaped.replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "s").test(text);
}

function checkStatement(
    statement: Statement,
    kind: PolicyKind,
    malformed: (message: string) => AwsError,
): void {
    const actions = texts(statement.Action ?? statement.NotAction);
    const resources = texts(statement.Resource ?? statement.NotResource);
    if (statement.Effect !== "Allow" && statement.Effect !== "Deny") {
        throw malformed("Syntax errors in policy.");
    }
    if (actions.length === 0 || (statement.Action && statement.NotAction)) {
        throw malformed("Policy statement must contain actions.");
    }
    if (!actions.every((action) => action === "*" || /^[a-z0-9-]+:.+$/i.test(action))) {
        throw malformed(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        );
    }
    if (kind === "identity") {
        if (resources.length === 0) {
            throw malformed("Policy statement must contain resources.");
        }
        const bad = resources.find((text) => text !== "*" && text.split(":").length < 6);
        if (bad !== undefined) {
            throw malformed(`Resource ${bad} must be in ARN format or "*".`);
        }
    }
    if (kind === "trust" && resources.length > 0) {
        throw malformed("Has prohibited field Resource");
    }
    if (kind === "trust" && !actions.every((action) => /^sts:/i.test(action))) {
        throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    if (kind === "identity" ? "Principal" in statement : !statement.Principal) {
        throw malformed(
            kind === "identity"
                ? "Policy document should not specify a principal."
                : "Missing required field Principal",
        );
    }
    const principal = statement.Principal;
    for (const text of principal && principal !== "*" ? texts(principal.AWS) : []) {
        if (!/^(\*|\d{12}|arn:aws[\w-]*:(iam|sts)::\d{12}:.+|AROA\w+|AIDA\w+)$/.test(text)) {
            throw malformed(`Invalid principal in policy: "AWS":"${text}"`);
        }
    }
    const unknown = Object.keys(statement.Condition ?? {}).find(
        (operator) => !(operator in operators),
    );
    if (unknown !== undefined || "NotPrincipal" in statement) {
        throw malformed(`The sandbox does not know ${unknown ?? "NotPrincipal"} in a policy.`);
    }
}

function statements(document: string): Statement[] {
    const { Statement } = JSON.parse(document) as { Statement?: Statement | Statement[] };
    return Array.isArray(Statement) ? Statement : Statement ? [Statement] : [];
}

/** How a statement of a resource's policy names the caller, if it does. */
function names({ Principal }: Statement, identity: Identity): "itself" | "account" | undefined {
    if (!Principal) {
        return undefined;
    }
    const list = Principal === "*" ? ["*"] : texts(Principal.AWS);
    if (list.some((name) => name === "*" || identity.principals.includes(name))) {
        return "itself";
    }
    const account = [
        identity.accountId,
        `${identity.arn.split(":").slice(0, 2).join(":")}:iam::${identity.accountId}:root`,
    ];
    return list.some((name) => account.includes(name)) ? "account" : undefined;
}

function applies(statement: Statement, access: Access, boundToResource: boolean): boolean {
    const { Action, NotAction, Resource, NotResource } = statement;
    const action = access.action.toLowerCase();
    const actionMatches = Action
        ? texts(Action).some((pattern) => matchesWildcards(pattern.toLowerCase(), action))
        : !texts(NotAction).some((pattern) => matchesWildcards(pattern.toLowerCase(), action));
    // What is bound to a resource is about that resource.
    const resourceMatches = Resource
        ? texts(Resource).some((pattern) => matchesWildcards(pattern, access.resource))
        : NotResource
          ? !texts(NotResource).some((pattern) => matchesWildcards(pattern, access.resource))
          : boundToResource;
    return actionMatches && resourceMatches && conditionsHold(statement, access.context ?? {});
}

function conditionsHold(
    { Condition }: Statement,
    context: Record<string, string | undefined>,
): boolean {
    const values = new Map(
        Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]),
    );
    return Object.entries(Condition ?? {}).every(([operator, tests]) => {
        const [test, negated = false] = operators[operator]!;
        return Object.entries(tests).every(([key, wanted]) => {
            const actual = values.get(key.toLowerCase());
            // A key that the request does not have fails a test and passes a negated one.
            const met = actual !== undefined && texts(wanted).some((text) => test(text, actual));
            return met !== negated;
        });
    });
}

function texts(value: string | string[] | undefined): string[] {
    return value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)];
}
