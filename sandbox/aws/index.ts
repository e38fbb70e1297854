import type { IncomingMessage, ServerResponse } from "node:http";
import type { Observer } from "../control";
import { listen } from "../https";
import type { Journal } from "../journal";
import type { CertificateAuthority } from "../tls";
import type { EcrSwitches } from "./dataPlane";
import { IAM_NAMESPACE, iamOperations } from "./iam";
import { Identities, type KeyPair } from "./identities";
import { expireImages } from "./lifecycle";
import { partitionOf, type Partition } from "./partitions";
import type { Identity } from "./policy";
import { AwsError, decodeQuery, readBody, sendJson, sendXml, type QueryInput } from "./protocol";
import { Regions } from "./regions";
import type { Repositories } from "./repositories";
import { readSignature } from "./signature";
import { STS_NAMESPACE, stsOperations } from "./sts";
import { Tokens } from "./tokens";
import { IDENTITY_PROVIDER, type WebIdentity, WebIdentities } from "./webIdentity";

export type { EcrSwitches } from "./dataPlane";

export interface AwsOptions {
    /** Folder of the registry's files and log. */
    dir: string;
    journal: Journal;
    ca: CertificateAuthority;
    /** Path of CNCF distribution's `registry`, or its name on PATH. */
    registryBinary: string;
    /** The home region; its partition is the account's. */
    region: string;
    /** The account that the repositories are in; 12 digits. */
    accountId: string;
    /** Its administrator's; they may do everything. */
    credentials: KeyPair;
    /** Palette's own account: it may assume the roles that trust it, and nothing else. */
    paletteCredentials: KeyPair & { accountId: string };
    /** Ports of 127.0.0.1; any free ones otherwise. */
    ports?: { api?: number; registry?: number };
    observe?: { api: Observer; registry: Observer };
    /** Live: a change holds from the next request on. */
    switches?: Partial<EcrSwitches>;
    /** Real time in milliseconds; tests let it run ahead. */
    now?: () => number;
}

export interface Aws {
    /** `https://127.0.0.1:port`, for ECR, STS and IAM alike. */
    endpoint: string;
    /** `127.0.0.1:port`, what stands before `/` in a repository's URI; https. */
    registryHost: string;
    ports: { api: number; registry: number };
    switches: EcrSwitches;
    /** All that the control plane knows, as the observer names it: `ecr PutImage`. */
    operations: string[];
    /** Ends all authorization tokens that are out. */
    expireTokens(): void;
    /** `127.0.0.1:port` of the registries that were used, by region. */
    registryHosts(): Promise<Record<string, string>>;
    /** Deletes an image, or (without a tag) a repository with all that is in it. */
    removeImages(name: string, which: { tag?: string; region?: string }): Promise<void>;
    /** Runs the lifecycle policies as they will run in so many days; answers what they expired. */
    expireImages(when: { days?: number; region?: string }): Promise<string[]>;
    /** A token of the identity provider that trust policies can name. */
    webIdentity(identity: WebIdentity, seconds: number): { token: string; provider: string };
    close(): Promise<void>;
}

/** Largest request of the control plane in bytes. */
const REQUEST_SIZE = 1024 * 1024;

/** A local AWS account with ECR, STS and IAM; its state is in the journal and in `dir`. */
export async function startAws(options: AwsOptions): Promise<Aws> {
    const { journal, accountId, region, now = Date.now, observe } = options;
    const partition = partitionOf(region);
    if (!partition) {
        throw new Error(`aws: '${region}' is no region`);
    }
    const switches: EcrSwitches = Object.assign(options.switches ?? {}, {
        refuseArtifactType: false,
        createOnPush: false,
        deleteManifests: false,
        limitWholeUploads: false,
        propagation: 0,
        ...options.switches,
    });
    const identities = new Identities(
        journal,
        accountId,
        options.credentials,
        options.paletteCredentials,
        now,
        partition.id,
    );
    const tokens = new Tokens(journal, identities);
    const webIdentities = new WebIdentities(
        journal,
        `arn:${partition.id}:iam::${accountId}:oidc-provider/${IDENTITY_PROVIDER}`,
        now,
    );
    const leaf = await options.ca.issue(["127.0.0.1", "localhost"]);
    const regions = await Regions.start(region, options.ports?.registry ?? 0, {
        dir: options.dir,
        journal,
        registryBinary: options.registryBinary,
        leaf,
        observe: observe?.registry,
        tokens,
        identities,
        switches,
    });
    const home = await regions.ecr(region);
    const operations = {
        sts: stsOperations(identities, webIdentities, () => switches.propagation),
        iam: iamOperations(identities),
    };
    try {
        const api = await listen({
            leaf,
            port: options.ports?.api ?? 0,
            serve: controlPlane(operations, identities, regions, partition, observe?.api),
        });
        const repositoriesIn = async (where = region): Promise<Repositories> =>
            (await regions.ecr(where)).repositories;
        return {
            endpoint: `https://127.0.0.1:${api.port}`,
            registryHost: home.registryHost,
            ports: { api: api.port, registry: home.port },
            switches,
            operations: [
                ...home.operations.names.map((name) => `ecr ${name}`),
                ...Object.entries(operations).flatMap(([service, { names }]) =>
                    names.map((name) => `${service} ${name}`),
                ),
            ],
            expireTokens: () => tokens.expire(),
            registryHosts: () => regions.hosts(),
            removeImages: async (name, { tag, region: where }) =>
                removeImages(await repositoriesIn(where), name, tag),
            expireImages: async ({ days = 0, region: where }) =>
                expireImages(await repositoriesIn(where), now() + days * 24 * 60 * 60 * 1000),
            webIdentity: (identity, seconds) => ({
                token: webIdentities.issue(identity, seconds),
                provider: webIdentities.providerArn,
            }),
            async close() {
                api.close();
                await regions.close();
            },
        };
    } catch (error) {
        await regions.close();
        throw error;
    }
}

/** Deletes one image of a repository, or all of it: what somebody else does in AWS. */
async function removeImages(repositories: Repositories, name: string, tag?: string): Promise<void> {
    const repository = repositories.get(name);
    if (tag === undefined) {
        await repositories.removeRepository(repository);
        return;
    }
    const image = repositories.byTag(repository, tag);
    if (!image) {
        throw new AwsError("ImageNotFoundException", `${name}:${tag} does not exist`);
    }
    await repositories.removeImage(repository, image.digest);
}

interface Operations {
    sts: ReturnType<typeof stsOperations>;
    iam: ReturnType<typeof iamOperations>;
}

/** Serves the three services; the signature's scope says which one is meant. */
function controlPlane(
    operations: Operations,
    identities: Identities,
    regions: Regions,
    partition: Partition,
    observe: Observer | undefined,
) {
    const authenticate = (request: IncomingMessage, body: Buffer, service: string) => {
        const signed = readSignature(request, body);
        if (!signed) {
            throw service === "ecr"
                ? new AwsError(
                      "MissingAuthenticationTokenException",
                      "Missing Authentication Token",
                  )
                : new AwsError(
                      "MissingAuthenticationToken",
                      "Request is missing Authentication Token",
                      403,
                  );
        }
        const { secret, identity } = identities.signer(
            signed.accessKeyId,
            signed.sessionToken,
            service,
        );
        signed.verify(secret, identities.now());
        // IAM is a global service, signed for one region wherever the caller is.
        const known = regions.has(signed.region) || signed.region === partition.iamRegion;
        if (signed.service !== service || !known) {
            throw new AwsError(
                service === "ecr" ? "InvalidSignatureException" : "SignatureDoesNotMatch",
                `Credential should be scoped to a valid region and to the service '${service}'.`,
                403,
            );
        }
        return { identity, region: signed.region };
    };

    const ecr = async (operation: string, request: IncomingMessage, body: Buffer) => {
        const { identity, region } = authenticate(request, body, "ecr");
        const { operations: regional } = await regions.ecr(region);
        let input: Parameters<typeof regional>[2];
        try {
            input = JSON.parse(body.toString() || "{}") as typeof input;
        } catch {
            throw new AwsError("SerializationException", "The body is not JSON");
        }
        const result = await regional(operation, identity, input);
        return result ?? new AwsError("UnknownOperationException", "");
    };

    const query = (
        request: IncomingMessage,
        body: Buffer,
        input: QueryInput,
        service: "sts" | "iam",
    ) => {
        const caller =
            input.Action === "AssumeRoleWithWebIdentity"
                ? anybody
                : authenticate(request, body, service).identity;
        const result = operations[service](String(input.Action), caller, input);
        if (!result) {
            const text = `Could not find operation ${String(input.Action)} for version ${String(input.Version)}`;
            throw new AwsError("InvalidAction", text);
        }
        return result;
    };

    const perform = (call: Call, request: IncomingMessage): Promise<AwsError | object> =>
        Promise.resolve()
            .then(() =>
                call.service === "ecr"
                    ? ecr(call.action, request, call.body)
                    : query(request, call.body, call.input, call.service),
            )
            .catch(failure);

    return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const call = await readCall(request);
        const act = async (): Promise<void> => {
            const result = call instanceof AwsError ? call : await perform(call, request);
            if (call instanceof AwsError || call.service === "ecr") {
                sendJson(response, result);
            } else {
                const namespace = call.service === "iam" ? IAM_NAMESPACE : STS_NAMESPACE;
                sendXml(response, namespace, call.action, result);
            }
        };
        if (observe) {
            const route =
                call instanceof AwsError ? "(too large)" : `${call.service} ${call.action}`;
            observe(request, response, () => void act(), route);
        } else {
            await act();
        }
    };
}

/** Calls that need no signature. */
const anybody: Identity = {
    arn: "",
    userId: "",
    accountId: "",
    principals: [],
    policies: [],
    reference: "anybody",
};

type Call = { action: string; body: Buffer } & (
    { service: "ecr" } | { service: "sts" | "iam"; input: QueryInput }
);

/** Which operation a request is about: ECR says it in a header, the others in the body. */
async function readCall(request: IncomingMessage): Promise<Call | AwsError> {
    const target = /^AmazonEC2ContainerRegistry_V20150921\.(\w+)$/.exec(
        String(request.headers["x-amz-target"] ?? ""),
    );
    const body = await readBody(request, REQUEST_SIZE).catch(failure);
    if (body instanceof AwsError) {
        return body;
    }
    if (target) {
        return { service: "ecr", action: target[1]!, body };
    }
    const input = decodeQuery(body.toString());
    const service = input.Version === "2010-05-08" ? "iam" : "sts";
    return { service, action: String(input.Action), body, input };
}

function failure(error: unknown): AwsError {
    return error instanceof AwsError
        ? error
        : new AwsError("InternalFailure", `The sandbox failed: ${String(error)}`, 500);
}
