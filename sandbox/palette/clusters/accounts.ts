import type { FastifyInstance } from "fastify";
import {
    ApiError,
    type Context,
    type InputMetadata,
    invalid,
    keptMetadata,
    metadata,
    notFound,
    ownerOf,
    requireOwner,
    type Scope,
    timestamp,
    uid,
    visible,
} from "../context";
import { type Stored } from "../stored";
import { list, type ListQuery } from "../lists";
import { object, text } from "../schema";
import { AwsCatalog } from "./awsCatalog";
import { accountBody } from "./bodies";

/** An AWS cloud account; the secret key never leaves. */
export interface CloudAccount extends Stored {
    accountId: string;
    credentialType: "secret" | "sts";
    accessKey?: string;
    secretKey?: string;
    sts?: { arn: string; externalId?: string };
}

interface AccountBody {
    metadata: InputMetadata;
    spec: Pick<CloudAccount, "accessKey" | "secretKey" | "sts"> & {
        credentialType?: "secret" | "sts";
    };
}

/** The cloud accounts, and what Palette can look up in them. */
export class CloudAccounts {
    readonly catalog: AwsCatalog;
    private readonly all;

    constructor(private readonly context: Context) {
        this.all = context.journal.collection<CloudAccount>("cloudAccounts");
        this.catalog = new AwsCatalog(context);
        this.seed();
    }

    /** Throws 404 for an account that is not there or not of this scope. */
    find(wanted: string, scope: Scope): CloudAccount {
        const account = this.all.get(wanted);
        if (!account || !visible(scope, account.owner)) {
            throw notFound("CloudAccount", wanted);
        }
        return account;
    }

    /** An account as answers about a cluster name it; without a name when it is gone. */
    reference(uid: string): { uid: string; name: string } {
        return { uid, name: this.all.get(uid)?.name ?? "" };
    }

    /** By creation. */
    seen(scope: Scope): CloudAccount[] {
        return this.all.values().filter(({ owner }) => visible(scope, owner));
    }

    add(
        name: string,
        fields: Omit<CloudAccount, "uid" | "name" | "created" | "modified">,
    ): CloudAccount {
        const now = timestamp(this.context);
        const account = { uid: uid(), name, created: now, modified: now, ...fields };
        return this.all.put(account.uid, account);
    }

    update(account: CloudAccount): void {
        this.all.put(account.uid, { ...account, modified: timestamp(this.context) });
    }

    remove(account: CloudAccount): void {
        this.all.delete(account.uid);
    }

    private seed(): void {
        const { aws, seed, projects } = this.context;
        const project = projects.values().find(({ name }) => name === "Default");
        if (this.all.size > 0 || !project) {
            return;
        }
        const plain = { labels: {}, annotations: {}, accountId: aws.accountId };
        this.add(seed.cloudAccount, {
            ...plain,
            owner: { scope: "project", projectUid: project.uid },
            credentialType: "secret",
            accessKey: aws.credentials.accessKeyId,
            secretKey: aws.credentials.secretAccessKey,
        });
        this.add(`${seed.cloudAccount}-tenant`, {
            ...plain,
            owner: { scope: "tenant" },
            credentialType: "sts",
            sts: {
                arn: `arn:aws:iam::${aws.accountId}:role/palette`,
                externalId: this.context.externalId,
            },
        });
    }
}

/** `/v1/cloudaccounts` and its summaries, and `/v1/clouds/aws`, the look-ups before a cluster. */
export function accountRoutes(
    app: FastifyInstance,
    context: Context,
    accounts: CloudAccounts,
): void {
    app.get<{ Querystring: ListQuery }>("/v1/cloudaccounts/aws", ({ scope, query }) => {
        const filters =
            context.switches.get("accountFilter") === "heeded" ? query.filters : undefined;
        return list(accounts.seen(scope).map(answer), { ...query, filters });
    });
    app.get<{ Querystring: ListQuery }>("/v1/cloudaccounts/summary", ({ scope, query }) =>
        list(
            accounts.seen(scope).map((account) => ({
                kind: "aws",
                metadata: metadata(account),
                specSummary: { accountId: account.accountId },
                status: { state: "Running" },
            })),
            query,
        ),
    );
    app.get<{ Querystring: { environment?: string } }>(
        "/v1/dashboard/cloudaccounts/metadata",
        ({ scope, query: { environment } }) => ({
            items: accounts
                .seen(scope)
                .filter(() => !environment || environment === "aws")
                .map((account) => ({ kind: "aws", metadata: metadata(account) })),
        }),
    );
    app.get<{ Params: { uid: string } }>("/v1/cloudaccounts/aws/:uid", ({ params, scope }) =>
        answer(accounts.find(params.uid, scope)),
    );
    app.post<{ Body: AccountBody }>(
        "/v1/cloudaccounts/aws",
        { schema: { body: accountBody } },
        ({ body, scope }, reply) => {
            const owner = ownerOf(scope);
            const name = body.metadata.name;
            if (!name) {
                throw invalid("metadata.name is required");
            }
            if (
                accounts
                    .seen(scope)
                    .some(
                        (candidate) =>
                            candidate.name === name && candidate.owner.scope === owner.scope,
                    )
            ) {
                throw new ApiError(
                    409,
                    "CloudAccountAlreadyExists",
                    `Cloud account '${name}' exists`,
                );
            }
            const { credentialType = "secret", accessKey, secretKey, sts } = body.spec;
            const account = accounts.add(name, {
                ...keptMetadata(context, "cluster", body.metadata),
                owner,
                accountId: context.aws.accountId,
                credentialType,
                ...(accessKey !== undefined && { accessKey }),
                ...(secretKey !== undefined && { secretKey }),
                ...(sts && { sts }),
            });
            return reply.code(201).send({ uid: account.uid });
        },
    );
    app.put<{ Params: { uid: string }; Body: AccountBody }>(
        "/v1/cloudaccounts/aws/:uid",
        { schema: { body: accountBody } },
        ({ params, body, scope }, reply) => {
            const account = accounts.find(params.uid, scope);
            requireOwner(scope, account.owner);
            const { secretKey, ...spec } = body.spec;
            // A client that sends back what it read means the secret it cannot see.
            const changed = secretKey !== undefined && !secretKey.includes("*");
            accounts.update({ ...account, ...spec, ...(changed && { secretKey }) });
            return reply.code(204).send();
        },
    );
    app.delete<{ Params: { uid: string } }>(
        "/v1/cloudaccounts/aws/:uid",
        ({ params, scope }, reply) => {
            const account = accounts.find(params.uid, scope);
            requireOwner(scope, account.owner);
            accounts.remove(account);
            return reply.code(204).send();
        },
    );
    lookups(app, accounts);
}

function answer(account: CloudAccount): object {
    const { credentialType, accessKey, secretKey, sts } = account;
    return {
        kind: "aws",
        metadata: metadata(account),
        spec: {
            credentialType,
            partition: "aws",
            ...(accessKey !== undefined && { accessKey }),
            ...(secretKey !== undefined && { secretKey: "*".repeat(16) }),
            ...(sts && { sts }),
        },
        status: { state: "Running" },
    };
}

interface Lookup {
    Params: { region: string };
    Querystring: { cloudAccountUid?: string };
}

function lookups(app: FastifyInstance, accounts: CloudAccounts): void {
    const { catalog } = accounts;
    const check = (scope: Scope, account: string | undefined, region?: string): void => {
        if (!account) {
            throw invalid("cloudAccountUid is required");
        }
        accounts.find(account, scope);
        if (region !== undefined) {
            checkRegion(region);
        }
    };
    const checkRegion = (region: string): void => {
        if (!catalog.has(region)) {
            throw new ApiError(400, "InvalidRegion", `Region '${region}' is not known to AWS`);
        }
    };
    const checkKeyPair = (region: string, name: string): void => {
        if (!catalog.keyPairs(region).includes(name)) {
            throw new ApiError(
                400,
                "InvalidKeyPair",
                `InvalidKeyPair.NotFound: The key pair '${name}' does not exist in region ${region}`,
            );
        }
    };
    app.get<Lookup>("/v1/clouds/aws/regions", ({ scope, query }) => {
        check(scope, query.cloudAccountUid);
        return {
            regions: catalog.regions().map((name) => ({
                name,
                endpoint: `ec2.${name}.amazonaws.com`,
                optInStatus: "opt-in-not-required",
            })),
        };
    });
    app.get<Lookup>(
        "/v1/clouds/aws/regions/:region/availabilityzones",
        ({ scope, query, params }) => {
            check(scope, query.cloudAccountUid, params.region);
            return {
                zones: catalog.zones(params.region).map((name, index) => ({
                    name,
                    state: "available",
                    zoneId: `${params.region.replace(/^(..)-(.).*-(\d)$/, "$1$2$3")}-az${index + 1}`,
                })),
            };
        },
    );
    app.get<Lookup>("/v1/clouds/aws/regions/:region/keypairs", ({ scope, query, params }) => {
        check(scope, query.cloudAccountUid, params.region);
        return { keyNames: catalog.keyPairs(params.region) };
    });
    app.post<{ Params: { region: string; keypair: string }; Querystring: Lookup["Querystring"] }>(
        "/v1/clouds/aws/regions/:region/keypairs/:keypair/validate",
        ({ scope, query, params }, reply) => {
            check(scope, query.cloudAccountUid, params.region);
            checkKeyPair(params.region, params.keypair);
            return reply.code(204).send();
        },
    );
    app.get<{ Params: { region: string }; Querystring: Record<string, string | undefined> }>(
        "/v1/clouds/aws/regions/:region/instancetypes",
        ({ scope, query, params }) => {
            if (query.cloudAccountUid) {
                accounts.find(query.cloudAccountUid, scope);
            }
            checkRegion(params.region);
            return {
                instanceTypes: catalog
                    .instanceTypes(params.region)
                    .filter(
                        ({ cpu, memory }) =>
                            cpu >= Number(query.cpuGtEq ?? 0) &&
                            memory >= Number(query.memoryGtEq ?? 0) &&
                            Number(query.gpuGtEq ?? 0) <= 0,
                    )
                    .map((type) => ({
                        ...type,
                        gpu: 0,
                        supportedArchitectures: ["amd64"],
                        cost: {
                            price: [{ os: "linux", onDemand: type.price, spot: type.price / 2 }],
                        },
                    })),
            };
        },
    );
    app.get<Lookup>("/v1/clouds/aws/regions/:region/vpcs", ({ scope, query, params }) => {
        check(scope, query.cloudAccountUid, params.region);
        return { vpcs: catalog.vpcs(params.region) };
    });
    app.get<Lookup>("/v1/clouds/aws/regions/:region/storagetypes", ({ params }) => {
        checkRegion(params.region);
        const cost = { price: [{ limit: "Inf", price: "0.08" }] };
        return { storageTypes: [{ name: "General Purpose SSD", kind: "gp3", cost }] };
    });
    app.post<{ Body: { region?: string; sshKeyName?: string } }>(
        "/v1/clouds/aws/properties/validate",
        { schema: { body: object({ region: text, sshKeyName: text }) } },
        ({ body }, reply) => {
            checkRegion(body.region ?? "");
            if (body.sshKeyName) {
                checkKeyPair(body.region!, body.sshKeyName);
            }
            return reply.code(204).send();
        },
    );
}
