import { caOf, type Login } from "./access";
import { refusesLogin } from "./loginCheck";
import type { OrasError } from "./orasClient";
import type { RepositoryAddress } from "./repository";

/** A rule of a registry that its words name, and what can be done about it. */
interface Rule {
    said: RegExp;
    advice(what: {
        operation: OrasError["operation"];
        /** The registry's entry in the configuration. */
        entry: string;
        /** Path of the repository, and its first segment. */
        repository: string;
        project: string;
        isEcr: boolean;
    }): string;
}

/** How an image stays in a registry that does not let it go. */
const LEAVE_IT =
    "or leave the image there: take the push out of the state (pulumi state delete <urn>; pulumi stack --show-urns tells the URN, of type Command or PackPush and with the repository in its name)";

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
        advice: ({ operation, entry, isEcr }) =>
            operation === "delete"
                ? `an immutability rule of the registry keeps the tag: take the tag out of the rule (Harbor: Policy, Tag Immutability, of the project), ${LEAVE_IT}`
                : (isEcr
                      ? `its tags are immutable (immutableTags of ${entry}): `
                      : "an immutability rule of the registry keeps the tag as it is: ") +
                  "publish the content under another version",
    },
    {
        said: /unsupported|method not allowed|status code 405/i,
        advice: ({ operation, entry }) =>
            operation === "delete"
                ? `the registry does not allow to delete: allow it there, delete what the message names by hand, ${LEAVE_IT}`
                : `check that the address of ${entry} is that of the registry (endpoint, pushEndpoint, basePath)`,
    },
];

/** Words that say no more than "refused". */
const GENERIC =
    /unauthorized to access repository|authentication required|requested access to the resource is denied|(unauthorized|forbidden|denied)$/i;

/** What a registry's refusal means: its own words first, and after them what can be told apart from here. */
export async function explainRefusal(
    error: OrasError,
    { registry, repository }: RepositoryAddress,
    login: Login,
): Promise<Error> {
    const { operation, said, status } = error;
    // Without addresses, whose parts could be any of these words.
    const words = said.replaceAll(repository, "").replace(/https?:\/\/[^\s"]+/g, "");
    const entry = `registries[] "${registry.name}"`;
    const [project = ""] = repository.split("/");
    const isEcr = registry.kind === "ecr";
    const told = (advice: string) => new Error(`${error.message}; ${advice}`);
    const rule = RULES.find((one) => one.said.test(words));
    if (/x509|certificate/i.test(words)) {
        return told(
            isEcr
                ? "name the file of the CA in aws:customCaBundle or AWS_CA_BUNDLE"
                : `name the CA's file as caFile of ${entry}`,
        );
    }
    if (rule !== undefined) {
        return told(rule.advice({ operation, entry, repository, project, isEcr }));
    }
    if (/basic auth/i.test(words)) {
        return new Error(
            `${login.host} wants a user and a password: set username and password of ${entry}${login.token ? " in place of the token" : ""}`,
        );
    }
    if (isEcr && /does not exist/.test(words)) {
        return new Error(`${error.message}: create ${repository}, as ${entry} says it exists`);
    }
    if (!error.refused) {
        return isPassing(status, words)
            ? told("run the command again: it pushes only what is not there")
            : told(
                  `correct what the registry names: the settings of ${entry}, or those of the registry`,
              );
    }
    if (isEcr) {
        const what =
            operation === "pull" ? "read" : operation === "push" ? "push to" : "delete from";
        return told(
            `check that your AWS credentials may ${what} it, and run the command again: it asks for a new login, and pushes only what is not there`,
        );
    }
    const refusal = await refusesLogin({ ...login, ca: await caOf(login) });
    if (refusal !== undefined) {
        return new Error(
            `${login.host} does not accept the credentials of ${entry}: ${refusal}; correct username, password or token there (pulumi config set --secret --path)`,
        );
    }
    const accepted = `${login.host} accepts the credentials of ${entry}`;
    if (!GENERIC.test(words)) {
        return told(`${accepted}, so the reason is what the registry says`);
    }
    const may = { pull: "read", push: "push to", delete: "delete from" }[operation];
    return told(
        `${accepted} and refuses ${repository}: in Harbor the project "${project}" does not exist, or ${login.username ?? "the token"} may not ${may} it ` +
            "(a robot account needs pull, push and delete). Create the project, or change basePath",
    );
}

/** Whether the same request can succeed later: no refusal of its content is such. */
function isPassing(status: number | undefined, words: string): boolean {
    return status === undefined
        ? !/bad request|invalid|precondition/i.test(words)
        : status === 408 || status === 429 || status >= 500;
}
