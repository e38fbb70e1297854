import { ecrAddress } from "../../registry/ecrAddress";
import { checkLogin } from "./credentialCheck";
import { hostOf } from "../../registry/host";
import { registryPath } from "./registryLookup";
import type { RegistryInputs, RegistryObject, RegistryOutputs, RegistryTls } from "./registryKind";
import { registryProvider } from "./registryProvider";
import type { RegistryCredentials } from "./registryCredentials";
import { palette } from "../api/session";

/** What the program says about an OCI registry. */
export interface OciRegistryInputs extends RegistryInputs {
    /** Absent means `ecr`. */
    kind?: "ecr" | "basic";
    basePath: string;
    /** Basic registries only: what Palette appends to the endpoint. */
    endpointSuffix?: string;
    /** How Palette reads it; which ones fit depends on the kind. */
    credentials: RegistryCredentials;
    /** Basic registries only. */
    tls?: RegistryTls;
}

/** What is recorded of an OCI registry. */
export type OciRegistryOutputs = OciRegistryInputs & RegistryOutputs;

/** A role that was just created cannot be assumed everywhere at once: IAM is eventually consistent. */
const ROLE_MINUTES = 2;

/** Nor is a key that was just created known everywhere, or its user's policy; a wrong secret is reported at once. */
const KEY_MINUTES = 0.5;

const NEW_KEY =
    /InvalidClientTokenId|UnrecognizedClient|security token|AccessDenied|not authorized/i;

/** An OCI registry of packs in Palette: `/v1/registries/oci/…`, ECR or any other. */
export const ociRegistry = registryProvider<OciRegistryInputs>({
    type: "OciRegistry",
    specification: ["basePath", "endpointSuffix", "credentials", "tls"],
    collection: (inputs) => `/v1/registries/oci/${ociKind(inputs)}`,
    path: (inputs, uid) => registryPath(ociKind(inputs), uid),
    specOf: (inputs) => (ociKind(inputs) === "ecr" ? ecrSpec(inputs) : basicSpec(inputs)),
    async list(subject) {
        const { items } = await palette().request<{ items?: RegistryObject[] | null }>({
            method: "GET",
            path: "/v1/registries/oci/summary",
            subject,
        });
        return items ?? [];
    },
    access: (inputs) => ({
        name: inputs.name,
        kind: ociKind(inputs),
        host: hostOf(inputs.pushEndpoint ?? inputs.endpoint),
    }),
    retryPolicy: ({ credentials }) => {
        switch (credentials.type) {
            case "sts": {
                const what = `AWS to let Palette assume ${credentials.roleArn}`;
                return { minutes: ROLE_MINUTES, what, passing: () => true };
            }
            case "secret": {
                const what = `AWS to know the access key ${credentials.accessKey}`;
                return { minutes: KEY_MINUTES, what, passing: (message) => NEW_KEY.test(message) };
            }
            default:
                return undefined;
        }
    },
    whyRefused: async ({ credentials, endpoint, tls }) =>
        credentials.type === "sts" || credentials.type === "secret"
            ? "check registries[].credentials in the stack's configuration"
            : checkLogin(endpoint, credentials, tls),
});

const ociKind = ({ kind = "ecr" }: OciRegistryInputs) => kind;

/** `v1RegistryAuth`. */
export function authOf(credentials: RegistryCredentials, tls: RegistryTls | undefined) {
    const { certificate = "", insecureSkipVerify = false } = tls ?? {};
    return { ...credentials, tls: { enabled: true, certificate, insecureSkipVerify } };
}

function ecrSpec({ endpoint, basePath, credentials }: OciRegistryInputs) {
    return {
        endpoint,
        isPrivate: true,
        providerType: "pack",
        isSyncSupported: true,
        baseContentPath: basePath,
        credentials: { ...ecrCredentials(credentials), ...partitionOf(endpoint, credentials) },
    };
}

/** The partition of the registry, where it is not Palette's default. */
function partitionOf(endpoint: string, credentials: RegistryCredentials): { partition?: string } {
    const ofRole = "roleArn" in credentials ? credentials.roleArn.split(":")[1] : undefined;
    const partition = ecrAddress(endpoint)?.partition ?? ofRole;
    return partition === undefined || partition === "aws" ? {} : { partition };
}

function ecrCredentials(credentials: RegistryCredentials) {
    switch (credentials.type) {
        case "secret": {
            const { accessKey, secretKey } = credentials;
            return { credentialType: "secret", accessKey, secretKey };
        }
        case "sts": {
            const { roleArn: arn, externalId } = credentials;
            return { credentialType: "sts", sts: { arn, externalId } };
        }
        default:
            throw new Error(
                `an ECR registry is not read with credentials of type ${credentials.type}`,
            );
    }
}

function basicSpec(inputs: OciRegistryInputs) {
    const { endpoint, endpointSuffix = "", basePath, credentials, tls } = inputs;
    return {
        endpoint,
        basePath: endpointSuffix,
        providerType: "pack",
        isSyncSupported: true,
        baseContentPath: basePath,
        auth: authOf(credentials, tls),
    };
}
