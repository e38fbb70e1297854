import { caOf } from "../access";
import { entryLogin } from "../entryLogin";
import { refusesLogin } from "../loginCheck";
import { ociRepository } from "../ociRepository";
import type { RefusalAdvice } from "../refusal";
import type { RegistryKind } from "./registryKind";

/** Words that say no more than "refused". */
const GENERIC =
    /unauthorized to access repository|authentication required|requested access to the resource is denied|(unauthorized|forbidden|denied)$/i;

const advice: RefusalAdvice = {
    certificate: (entry) => `name the CA's file as caFile of ${entry}`,
    immutableTag: () => "an immutability rule of the registry keeps the tag as it is",
    async refused({ words, operation, entry, repository, project }, login) {
        const refusal = await refusesLogin({ ...login, ca: await caOf(login) });
        if (refusal !== undefined) {
            return {
                replaces:
                    `${login.host} does not accept the credentials of ${entry}: ${refusal}; ` +
                    "correct username, password or token there (pulumi config set --secret --path)",
            };
        }
        const accepted = `${login.host} accepts the credentials of ${entry}`;
        if (!GENERIC.test(words)) {
            return { follows: `${accepted}, so the reason is what the registry says` };
        }
        const may = { pull: "read", push: "push to", delete: "delete from" }[operation];
        return {
            follows:
                `${accepted} and refuses ${repository}: in Harbor the project "${project}" does not exist, or ${login.username ?? "the token"} may not ${may} it ` +
                "(a robot account needs pull, push and delete). Create the project, or change basePath",
        };
    },
};

/** Harbor or any other OCI registry with user and password or a token. */
export const basic: RegistryKind = {
    logIn: entryLogin,
    open: async (address, login) => ociRepository(address, login, { advice }),
};
