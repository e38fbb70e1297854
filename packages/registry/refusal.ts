import type { Login } from "./access";
import type { RegistryError } from "./registryError";
import type { RepositoryAddress } from "./repository";
import { UserError } from "../pack/userError";

/** What a registry has refused. */
export interface Refusal {
    /** What it said, without addresses. */
    words: string;
    operation: RegistryError["operation"];
    /** The registry's entry in the configuration. */
    entry: string;
    /** Path of the repository, and its first segment. */
    repository: string;
    project: string;
}

/** What to do about refusals of one kind of registry. */
export interface RefusalAdvice {
    /** This machine does not trust the registry's certificate. */
    certificate(entry: string): string;
    /** Why a tag cannot be written over. */
    immutableTag(entry: string): string;
    /** The repository is not there. Absent: a push creates it. */
    missingRepository?(entry: string, repository: string): string;
    /** Credentials or rights: what follows the registry's words, or replaces them where more is known. */
    refused(refusal: Refusal, login: Login): Promise<{ follows: string } | { replaces: string }>;
}

/** A rule of a registry that its words name, and what can be done about it. */
interface Rule {
    said: RegExp;
    advice(refusal: Refusal, of: RefusalAdvice): string;
}

/** How an image stays in a registry that does not let it go. */
const LEAVE_IT =
    "or leave the image there: take its repository out of the state (pulumi state delete <urn>; pulumi stack --show-urns tells the URN, of type PackRepository and with the pack in its name)";

/** The first one that fits counts. The words are those of Harbor (goharbor/harbor, `src/server/middleware`) and of ECR. */
const RULES: Rule[] = [
    {
        said: /quota|exceed the configured upper limit|storage resource/i,
        advice: ({ project }) =>
            `the project "${project}" is full: raise its quota in the registry, or delete images there that nothing uses; then run the command again`,
    },
    {
        said: /read.?only/i,
        advice: () =>
            "the registry takes no changes at present: let its administrator end that mode, then run the command again",
    },
    {
        said: /proxy.?(project|cache)/i,
        advice: ({ entry }) =>
            `a proxy project only holds what it fetches: name another project in basePath of ${entry}`,
    },
    {
        said: /immutable/i,
        advice: ({ operation, entry }, { immutableTag }) =>
            operation === "delete"
                ? `an immutability rule of the registry keeps the tag: take the tag out of the rule (Harbor: Policy, Tag Immutability, of the project), ${LEAVE_IT}`
                : `${immutableTag(entry)}: publish the content under another version`,
    },
    {
        said: /unsupported|method not allowed|status code 405/i,
        advice: ({ operation, entry }) =>
            operation === "delete"
                ? `the registry does not allow to delete: allow it there, delete what the message names by hand, ${LEAVE_IT}`
                : `check that the address of ${entry} is that of the registry (endpoint, pushEndpoint, basePath)`,
    },
];

/** What a registry's refusal means: its own words first, and after them what can be told apart from here. */
export async function explainRefusal(
    error: RegistryError,
    { registry, repository }: RepositoryAddress,
    login: Login,
    advice: RefusalAdvice,
): Promise<Error> {
    const { said, status } = error;
    const entry = `registries[] "${registry.name}"`;
    const refusal: Refusal = {
        // Without addresses, whose parts could be any of these words.
        words: said.replaceAll(repository, "").replace(/https?:\/\/[^\s"]+/g, ""),
        operation: error.operation,
        entry,
        repository,
        project: repository.split("/")[0] ?? "",
    };
    const { words } = refusal;
    const followedBy = (help: string) => new UserError(`${error.message}; ${help}`);
    if (/x509|certificate/i.test(words)) {
        return followedBy(advice.certificate(entry));
    }
    const rule = RULES.find((candidate) => candidate.said.test(words));
    if (rule !== undefined) {
        return followedBy(rule.advice(refusal, advice));
    }
    if (/basic auth/i.test(words)) {
        return new UserError(
            `${login.host} wants a user and a password: set username and password of ${entry}${login.token ? " in place of the token" : ""}`,
        );
    }
    if (advice.missingRepository && /does not exist/.test(words)) {
        return new UserError(`${error.message}: ${advice.missingRepository(entry, repository)}`);
    }
    const wayOn = refusal.operation === "delete" ? `, ${LEAVE_IT}` : "";
    if (!error.refused) {
        return followedBy(
            isPassing(status, words)
                ? `run the command again${refusal.operation === "push" ? ": it pushes only what is not there" : ""}`
                : `correct what the registry names: the settings of ${entry}, or those of the registry${wayOn}`,
        );
    }
    const answer = await advice.refused(refusal, login);
    return "replaces" in answer
        ? new UserError(answer.replaces)
        : followedBy(answer.follows + wayOn);
}

/** Whether the same request can succeed later: no refusal of its content is such. */
function isPassing(status: number | undefined, words: string): boolean {
    return status === undefined
        ? !/bad request|invalid|precondition/i.test(words)
        : status === 408 || status === 429 || status >= 500;
}
