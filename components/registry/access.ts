import { readFile } from "node:fs/promises";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { proxyEnvironment } from "../awsClients";
import { caBundleOf } from "../awsFiles";
import { awsSettings, ecrClient, settingsAt } from "../awsSettings";
import { hostOf } from "../palette/provider/registryLookup";
import { readStackConfig, type StackConfig } from "./stackConfig";

/**
 * A registry that packs are pushed to, as states and commands keep it. Everything else, credentials above all, is looked
 * up under its name when it is needed.
 */
export interface RegistryAccess {
    /** Name under `registries[]` in the stack's configuration. */
    name: string;
    kind: "ecr" | "basic" | "spectro";
    /** Host, with a port where it has one; absent for the ECR of the stack's AWS account and region. */
    host?: string;
}

/** What it takes to talk to a registry now. Holds secrets: it is never written down. */
export interface Login {
    host: string;
    username?: string;
    password?: string;
    /** Bearer token in place of user and password. */
    token?: string;
    /** PEM file. */
    caFile?: string;
    insecureSkipVerify?: boolean;
    /** Variables for the command that talks to the registry. */
    env?: Record<string, string>;
    /** The AWS API beside an ECR registry. */
    ecr?: ECRClient;
}

/** The PEM text of a login's CA. @throws Error when its file cannot be read. */
export async function caOf({ caFile }: Login): Promise<string | undefined> {
    return caFile === undefined ? undefined : readFile(caFile, "utf8");
}

/** The part of an entry of `registries[]` that is read here. */
type Entry = Pick<Login, "username" | "password" | "token" | "caFile" | "insecureSkipVerify"> & {
    name?: string;
    /** Absent for a registry that Palette knows. */
    endpoint?: string;
    /** Where packs are pushed to, if that is another address. */
    pushEndpoint?: string;
};

/**
 * Looks up how to reach a registry: for ECR a token that is fetched now with the credentials of the stack's AWS
 * provider, else what the configuration of the stack says.
 *
 * @param stack Full name of the stack.
 * @throws Error when the registry is not in the configuration (any more), or AWS gives no token.
 */
export async function logIn(access: RegistryAccess, stack: string): Promise<Login> {
    const config = await readStackConfig(stack);
    return access.kind === "ecr" ? logInToEcr(access, config) : entryOf(access, config, stack);
}

async function logInToEcr({ host }: RegistryAccess, config: StackConfig): Promise<Login> {
    // Loaded when it is needed: it takes a tenth of a second, and most runs push nothing.
    const { GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
    // The registry's own region and not that of the configuration, where its host tells one.
    const settings = settingsAt(awsSettings(config), host);
    const ecr = await ecrClient(settings);
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken, proxyEndpoint } = authorizationData![0]!;
    const [, password] = Buffer.from(authorizationToken!, "base64").toString().split(/:(.*)/s);
    return {
        host: host ?? new URL(proxyEndpoint!).host,
        username: "AWS",
        password,
        caFile: caBundleOf(settings),
        insecureSkipVerify: settings.insecure,
        env: proxyEnvironment(settings),
        ecr,
    };
}

/** Credentials go to the host only that they are configured for, whatever its entry is called by now. */
function entryOf({ name, host }: RegistryAccess, config: StackConfig, stack: string): Login {
    const entries = config.getObject<Entry[]>("registries") ?? [];
    const isThere = ({ endpoint, pushEndpoint = endpoint }: Entry) =>
        pushEndpoint !== undefined && hostOf(pushEndpoint) === host;
    const named = entries.find((one) => one.name === name);
    const [only, another] = entries.filter(isThere);
    const ofName = named && (named.endpoint === undefined || isThere(named)) ? named : undefined;
    const entry = ofName ?? (another ? undefined : only);
    if (entry === undefined || host === undefined) {
        throw new Error(
            `registries: "${name}" with the endpoint ${host} is not in the configuration of stack ${stack}, and only there are ` +
                "its user and password; put it back until what was pushed to it is removed, or leave that there: take the " +
                "resource out of the state with `pulumi state delete`",
        );
    }
    const { username, password, token, caFile, insecureSkipVerify } = entry;
    return { host, username, password, token, caFile, insecureSkipVerify };
}
