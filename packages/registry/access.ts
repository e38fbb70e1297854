import { readFile } from "node:fs/promises";
import type { ECRClient } from "@aws-sdk/client-ecr";
import { ecrClient, proxyEnvironment } from "./awsClients";
import { caBundleOf } from "./awsFiles";
import { awsSettings, settingsAt } from "./awsSettings";
import { hostOf } from "./host";
import type { StackConfig } from "./stackConfig";

/**
 * A registry that packs are pushed to, as states and commands keep it. Everything else, credentials above all, is looked
 * up under its name when it is needed.
 */
export interface RegistryAccess {
    /** Name under `registries[]` in the stack's configuration. */
    name: string;
    kind: "ecr" | "basic" | "spectro";
    /** Host, with a port where it has one. */
    host: string;
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

/** What was looked up of a configuration before: all packs of a registry share a login. */
const logins = new WeakMap<StackConfig, Map<string, Promise<Login>>>();

/**
 * Looks up how to reach a registry: for an ECR with the credentials of the stack's AWS provider, else with what the
 * configuration of the stack says.
 *
 * @throws Error when the registry is not in the configuration (any more).
 */
export function logIn(access: RegistryAccess, config: StackConfig): Promise<Login> {
    const known = logins.get(config) ?? new Map<string, Promise<Login>>();
    logins.set(config, known);
    const key = JSON.stringify(access);
    const login =
        known.get(key) ??
        (access.kind === "ecr" ? ecrLogin(access, config) : entryLogin(access, config));
    known.set(key, login);
    return login;
}

/** Closes the connections of all logins that a configuration was used for. */
export async function logOut(config: StackConfig): Promise<void> {
    const known = [...(logins.get(config)?.values() ?? [])];
    logins.delete(config);
    for (const login of await Promise.allSettled(known)) {
        if (login.status === "fulfilled") {
            login.value.ecr?.destroy();
        }
    }
}

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

/** A login for the registry's own protocol: with a token that is fetched once, where it is an ECR. @throws Error of AWS */
export function withToken(login: Login): Promise<Login> {
    const withOne = tokens.get(login) ?? fetchToken(login);
    tokens.set(login, withOne);
    return withOne;
}

async function fetchToken(login: Login): Promise<Login> {
    if (login.ecr === undefined) {
        return login;
    }
    // Loaded when it is needed: it takes a tenth of a second.
    const { GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
    const { authorizationData } = await login.ecr.send(new GetAuthorizationTokenCommand({}));
    const { authorizationToken } = authorizationData![0]!;
    const [, password] = Buffer.from(authorizationToken!, "base64").toString().split(/:(.*)/s);
    return { ...login, username: "AWS", password };
}

/** Credentials go to the host only that they are configured for, whatever its entry is called by now. */
async function entryLogin({ name, host }: RegistryAccess, config: StackConfig): Promise<Login> {
    const entries = config.getObject<Entry[]>("registries") ?? [];
    const isThere = ({ endpoint, pushEndpoint = endpoint }: Entry) =>
        pushEndpoint !== undefined && hostOf(pushEndpoint) === host;
    const named = entries.find((one) => one.name === name);
    const [only, another] = entries.filter(isThere);
    const ofName = named && (named.endpoint === undefined || isThere(named)) ? named : undefined;
    const entry = ofName ?? (another ? undefined : only);
    if (entry === undefined) {
        throw new Error(
            `registries: "${name}" with the endpoint ${host} is not in the stack's configuration, and only there are its user and ` +
                "password; put it back until what was pushed to it is removed, or leave that there: take the resource out of " +
                "the state with `pulumi state delete`",
        );
    }
    const { username, password, token, caFile, insecureSkipVerify } = entry;
    return { host, username, password, token, caFile, insecureSkipVerify };
}
