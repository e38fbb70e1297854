import type { IncomingMessage, ServerResponse } from "node:http";
import type { Observer } from "../control";
import { listen, type Server } from "../https";
import type { Journal } from "../journal";
import { startRegistry } from "../ociRegistry";
import type { CertificateAuthority } from "../tls";
import { dataPlane, type EcrSwitches } from "./dataPlane";
import { ecrOperations } from "./ecr";
import { iamNamespace, iamOperations } from "./iam";
import { Identities, type KeyPair } from "./identities";
import { AwsError, decodeQuery, readBody, sendJson, sendXml, type QueryInput } from "./protocol";
import { Repositories } from "./repositories";
import { readSignature } from "./signature";
import { stsNamespace, stsOperations } from "./sts";
import { Tokens } from "./tokens";

export type { EcrSwitches } from "./dataPlane";

export interface AwsOptions {
    /** Folder of the registry's files and log. */
    dir: string;
    journal: Journal;
    ca: CertificateAuthority;
    /** Path of CNCF distribution's `registry`, or its name on PATH. */
    registryBinary: string;
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
    close(): Promise<void>;
}

/** Largest request of the control plane in bytes. */
const requestSize = 1024 * 1024;

/** A local AWS account with ECR, STS and IAM; its state is in the journal and in `dir`. */
export async function startAws(options: AwsOptions): Promise<Aws> {
    const { journal, accountId, region, now = Date.now, observe } = options;
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
    );
    const tokens = new Tokens(journal, identities);
    const registry = await startRegistry({
        dir: options.dir,
        binary: options.registryBinary,
        name: "registry",
    });
    const repositories = new Repositories(journal, registry, accountId, region);
    const leaf = await options.ca.issue(["127.0.0.1", "localhost"]);

    const servers: Server[] = [];
    const close = async (): Promise<void> => {
        for (const server of servers) {
            server.close();
        }
        await registry.close();
    };
    try {
        const parts = { repositories, registry, tokens, identities, switches };
        const data = await listen({
            leaf,
            port: options.ports?.registry ?? 0,
            observe: observe?.registry,
            serve: dataPlane(parts),
        });
        servers.push(data);
        const registryHost = `127.0.0.1:${data.port}`;
        const operations = {
            ecr: ecrOperations(repositories, tokens, identities, registryHost),
            sts: stsOperations(identities, () => switches.propagation),
            iam: iamOperations(identities),
        };
        const api = await listen({
            leaf,
            port: options.ports?.api ?? 0,
            serve: controlPlane(operations, identities, region, observe?.api),
        });
        servers.push(api);
        return {
            endpoint: `https://127.0.0.1:${api.port}`,
            registryHost,
            ports: { api: api.port, registry: data.port },
            switches,
            operations: Object.entries(operations).flatMap(([service, { names }]) =>
                names.map((name) => `${service} ${name}`),
            ),
            expireTokens: () => tokens.expire(),
            close,
        };
    } catch (error) {
        await close();
        throw error;
    }
}

interface Operations {
    ecr: ReturnType<typeof ecrOperations>;
    sts: ReturnType<typeof stsOperations>;
    iam: ReturnType<typeof iamOperations>;
}

/** Serves the three services; the signature's scope tells which one is meant. */
function controlPlane(
    operations: Operations,
    identities: Identities,
    region: string,
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
        // IAM is a global service, signed for us-east-1 wherever the caller is.
        const regions = service === "iam" ? [region, "us-east-1"] : [region];
        if (signed.service !== service || !regions.includes(signed.region)) {
            throw new AwsError(
                service === "ecr" ? "InvalidSignatureException" : "SignatureDoesNotMatch",
                `Credential should be scoped to a valid region and to the service '${service}'.`,
                403,
            );
        }
        return identity;
    };

    const ecr = async (operation: string, request: IncomingMessage, body: Buffer) => {
        const caller = authenticate(request, body, "ecr");
        let input: Parameters<Operations["ecr"]>[2];
        try {
            input = JSON.parse(body.toString() || "{}") as typeof input;
        } catch {
            throw new AwsError("SerializationException", "The body is not JSON");
        }
        const result = await operations.ecr(operation, caller, input);
        return result ?? new AwsError("UnknownOperationException", "");
    };

    const query = (
        request: IncomingMessage,
        body: Buffer,
        input: QueryInput,
        service: "sts" | "iam",
    ) => {
        const caller = authenticate(request, body, service);
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
                const namespace = call.service === "iam" ? iamNamespace : stsNamespace;
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

type Call = { action: string; body: Buffer } & (
    { service: "ecr" } | { service: "sts" | "iam"; input: QueryInput }
);

/** Which operation a request is about: ECR says it in a header, the others in the body. */
async function readCall(request: IncomingMessage): Promise<Call | AwsError> {
    const target = /^AmazonEC2ContainerRegistry_V20150921\.(\w+)$/.exec(
        String(request.headers["x-amz-target"] ?? ""),
    );
    const body = await readBody(request, requestSize).catch(failure);
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
