import { caBundleOf } from "../awsFiles";
import { ecrClient, proxyEnvironment } from "../awsClients";
import { awsSettings, settingsAt } from "../awsSettings";
import type { Login, RegistryAccess } from "../access";
import { ecrRepository } from "../ecrRepository";
import { ociRepository } from "../ociRepository";
import type { RefusalAdvice } from "../refusal";
import type { StackConfig } from "../stackConfig";
import type { RegistryKind } from "./registryKind";
import { lazyLibraries } from "../lazyLibraries";

async function ecrLogin({ host }: RegistryAccess, config: StackConfig): Promise<Login> {
    // The registry's own region and not that of the configuration, where its host tells one.
    const settings = settingsAt(awsSettings(config), host);
    return {
        host,
        caFile: caBundleOf(settings),
        insecureSkipVerify: settings.insecure,
        env: proxyEnvironment(settings),
        ecr: await ecrClient(settings),
    };
}

const tokens = new WeakMap<Login, Promise<Login>>();

/** The login with a token, which all repositories of a registry share. @throws Error of AWS */
function withToken(login: Login): Promise<Login> {
    const withOne = tokens.get(login) ?? fetchToken(login);
    tokens.set(login, withOne);
    return withOne;
}

async function fetchToken(login: Login): Promise<Login> {
    // Loaded when it is needed: it takes a tenth of a second.
    const { GetAuthorizationTokenCommand } = lazyLibraries.ecr();
    const { authorizationData } = await login.ecr!.send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken } = authorizationData![0]!;
    const [, password] = Buffer.from(authorizationToken!, "base64").toString().split(/:(.*)/s);
    return { ...login, username: "AWS", password };
}

const advice: RefusalAdvice = {
    certificate: () => "name the file of the CA in aws:customCaBundle or AWS_CA_BUNDLE",
    immutableTag: (entry) => `its tags are immutable (immutableTags of ${entry})`,
    missingRepository: (entry, repository) => `create ${repository}, as ${entry} says it exists`,
    async refused({ operation }) {
        const may = { pull: "read", push: "push to", delete: "delete from" }[operation];
        return {
            follows: `check that your AWS credentials may ${may} it, and run the command again: it asks for a new login, and pushes only what is not there`,
        };
    },
};

/** A private Amazon ECR, reached with the credentials of the stack's AWS provider. */
export const ecr: RegistryKind = {
    logIn: ecrLogin,
    open: async (address, login) =>
        ociRepository(address, login, {
            advice,
            authenticate: withToken,
            api: ecrRepository(login.ecr!, address.repository),
        }),
};
