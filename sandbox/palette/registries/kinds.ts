import { Agent, request } from "undici";
import { ApiError, type Context, invalid } from "../context";
import { flag, object, oneOf, text, texts, tls } from "../schema";
import { assertLoopback } from "./oci";
import type { Auth, Kind, Registry, RegistryOf, Target } from "./registry";
import { openBasic, openEcr, type Source } from "./source";

const auth = object({
    type: oneOf("noAuth", "basic", "token"),
    username: text,
    password: text,
    token: text,
    tls,
});

/** Bodies of `validate`, and the `spec` of create and update. */
export const specSchemas: Record<Kind, object> = {
    ecr: object(
        {
            endpoint: text,
            isPrivate: flag,
            providerType: oneOf("helm", "pack", "zarf"),
            isSyncSupported: flag,
            baseContentPath: text,
            containsSpectroManifest: flag,
            defaultRegion: text,
            credentials: object({
                credentialType: oneOf("secret", "sts", "pod-identity"),
                accessKey: text,
                secretKey: text,
                secretToken: text,
                partition: oneOf("aws", "aws-us-gov", "aws-iso", "aws-iso-b"),
                policyARNs: texts,
                sts: object({ arn: text, externalId: text }),
            }),
            tls,
        },
        ["endpoint", "isPrivate"],
    ),
    basic: object(
        {
            endpoint: text,
            basePath: text,
            providerType: oneOf("helm", "pack", "zarf"),
            isSyncSupported: flag,
            baseContentPath: text,
            containsSpectroManifest: flag,
            auth,
        },
        ["endpoint", "auth"],
    ),
    pack: object({ name: text, endpoint: text, private: flag, auth }, ["endpoint", "auth"]),
    helm: object(
        {
            name: text,
            endpoint: text,
            isPrivate: flag,
            auth,
            createOption: object({ skipSync: flag }),
        },
        ["endpoint", "auth"],
    ),
};

/** Throws 400 for a spec that no registry can have, whatever lies at its endpoint. */
export function checkSpec(context: Context, { kind, spec }: Target): void {
    if (kind === "ecr" && spec.endpoint.includes("://")) {
        throw invalid("spec.endpoint of an ECR registry is a host without https://");
    }
    if (kind !== "ecr" && !/^https?:\/\/[^/]/.test(spec.endpoint)) {
        throw invalid("spec.endpoint must be a URL with https://");
    }
    const needsName = context.switches.get("packRegistryName") === "required";
    if (kind === "pack" && needsName && !spec.name) {
        throw invalid("spec.name is required");
    }
    const needsPrivate = context.switches.get("packRegistryPrivate") === "required";
    if (kind === "pack" && needsPrivate && spec.private === undefined) {
        throw invalid("spec.private is required");
    }
    const synced = (kind === "ecr" || kind === "basic") && spec.isSyncSupported;
    if (synced && spec.providerType === "pack" && !spec.baseContentPath) {
        throw invalid("spec.baseContentPath is required for a pack registry that is synced");
    }
}

/** An OCI registry that holds packs and is synced. */
export function isSyncedForPacks(
    registry: Registry,
): registry is RegistryOf<"ecr"> | RegistryOf<"basic"> {
    return (
        (registry.kind === "ecr" || registry.kind === "basic") &&
        registry.spec.providerType === "pack"
    );
}

export function openSource(
    context: Context,
    registry: RegistryOf<"ecr"> | RegistryOf<"basic">,
): Promise<Source> {
    return registry.kind === "ecr"
        ? openEcr(context, registry.spec)
        : Promise.resolve(openBasic(context, registry.spec));
}

/** Goes to the endpoint with the credentials. Throws an Error that says what fails there. */
export async function check(context: Context, { kind, spec }: Target): Promise<void> {
    switch (kind) {
        case "ecr":
            return checkSource(await openEcr(context, spec));
        case "basic":
            return checkSource(openBasic(context, spec));
        case "pack":
            return checkLegacy(context, spec.endpoint, spec.auth);
        case "helm":
            return checkOk(context, spec.endpoint, "/index.yaml", spec.auth);
    }
}

/** `check` as a refusal of the API: switch `validateFailure`. */
export async function validate(context: Context, target: Target): Promise<void> {
    try {
        await check(context, target);
    } catch (error) {
        const status = Number(context.switches.get("validateFailure"));
        const message = `Validation of the registry failed: ${describeError(error as Error)}`;
        throw new ApiError(status, "RegistryValidationFailed", message);
    }
}

/** An AWS error's name says more than its text; so does the cause of a failed connection. */
export function describeError(error: Error): string {
    const name = error.name === "Error" ? "" : `${error.name}: `;
    return `${name}${error.message}`;
}

async function checkSource(source: Source): Promise<void> {
    try {
        await source.client.ping();
    } finally {
        await source.close();
    }
}

/** Of the legacy server it is public that `/health` says UP and that `/v1/_catalog` wants credentials. */
async function checkLegacy(context: Context, endpoint: string, auth: Auth): Promise<void> {
    await checkOk(context, endpoint, "/health", auth);
    const { status, url } = await get(context, endpoint, "/v1/_catalog", auth);
    if (status === 401 || status === 403) {
        throw new Error(`GET ${url} answers ${status}`);
    }
}

async function checkOk(context: Context, ...of: [string, string, Auth]): Promise<void> {
    const { status, url } = await get(context, ...of);
    if (status !== 200) {
        throw new Error(`GET ${url} answers ${status}`);
    }
}

async function get(
    context: Context,
    endpoint: string,
    path: string,
    { type, username = "", password = "", token = "", tls: trust }: Auth,
): Promise<{ status: number; url: string }> {
    const url = new URL(endpoint.replace(/\/$/, "") + path);
    assertLoopback(url);
    const agent = new Agent({
        connect: {
            ca: [context.ca.pem, ...(trust?.certificate ? [trust.certificate] : [])],
            rejectUnauthorized: trust?.insecureSkipVerify !== true,
        },
        connectTimeout: 5_000,
        headersTimeout: 20_000,
    });
    const credentials = Buffer.from(`${username}:${password}`).toString("base64");
    const authorization = { basic: `Basic ${credentials}`, token: `Bearer ${token}`, noAuth: "" };
    try {
        const { statusCode: status, body } = await request(url, {
            dispatcher: agent,
            signal: context.closing,
            headers: type && type !== "noAuth" ? { authorization: authorization[type] } : {},
        });
        await body.dump();
        return { status, url: url.href };
    } finally {
        await agent.close();
    }
}
