import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import {
    BatchDeleteImageCommand,
    CreateRepositoryCommand,
    GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import {
    CreateRoleCommand,
    DeleteRoleCommand,
    DeleteRolePolicyCommand,
    IAMClient,
    PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Config } from "../../components/config/config";
import { loadPack, type CustomPack } from "../../components/packs/customPack";
import { writeArchive } from "../../packages/pack/format/archive";
import { createdAnnotation } from "../../packages/pack/format/ociManifest";
import { readPack } from "../../packages/pack/check/readPack";
import type {
    AwsClusterInputs,
    AwsMachinePool,
} from "../../packages/palette/cluster/aws/awsInputs";
import type { EcrCredentials } from "../../packages/palette/registry/registryCredentials";
import type { OciRegistryInputs } from "../../packages/palette/registry/ociRegistry";
import { paletteAwsAccount } from "../../packages/palette/registry/paletteAwsAccount";
import type { ClusterProfileInputs, Layer } from "../../packages/palette/profile/profileInputs";
import { RateLimit } from "../../packages/palette/api/rateLimit";
import { disconnect } from "../../packages/palette/api/session";
import { paletteSettings } from "../../packages/palette/api/settings";
import { preflight } from "../../components/preflight/preflight";
import { connectWithSandbox } from "./connect";
import { PaletteBench } from "../sandbox/paletteSupport";

const packFolder = path.join(__dirname, "../../packs/hello-universe-pack");

/** Virtual seconds of the sandbox in a real one. */
const usualSpeed = 3000;

/** Deadline of every wait, in minutes. */
const patience = 2;

/** The binaries that {@link Tutorial} needs on PATH. */
export const tutorialBinaries = ["registry", "helm", "oras"];

/** The tutorial in a sandbox of its own: its pack, and the inputs of its resources for the providers in this process. */
export class Tutorial {
    private constructor(
        readonly bench: PaletteBench,
        readonly pack: Omit<CustomPack, "registry">,
        private readonly iam: IAMClient,
    ) {}

    /** No rate limit is in force, neither Palette's nor the client's own: the tests are faster than both. */
    static async start(speed = usualSpeed): Promise<Tutorial> {
        RateLimit.prototype.turn = () => 0;
        const bench = await PaletteBench.start({ speed, switches: { rateLimit: "off" } });
        const { aws, caFile } = bench.sandbox;
        await connectWithSandbox(bench);
        const iam = new IAMClient({
            endpoint: aws.endpoint,
            region: aws.region,
            credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
            requestHandler: { httpsAgent: { ca: await readFile(caFile) } },
        });
        return new Tutorial(bench, await loadPack(packFolder), iam);
    }

    async remove(): Promise<void> {
        this.iam.destroy();
        await disconnect();
        await this.bench.remove();
    }

    /** Pushes the pack with oras, as the program does; the digest that oras tells. */
    async push(basePath = "spectro-oci-registry"): Promise<string> {
        const { name, version } = this.pack;
        const repositoryName = `${basePath}/spectro-packs/archive/${name}`;
        const ecr = this.bench.ecr();
        await ecr.send(new CreateRepositoryCommand({ repositoryName }));
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
        ecr.destroy();
        const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
        const folder = await mkdtemp(path.join(tmpdir(), "push "));
        try {
            const file = `${name}-${version}.tar.gz`;
            await writeArchive(await readPack(packFolder), path.join(folder, file));
            const { registryHost } = this.bench.sandbox.aws;
            const pushing = promisify(execFile)(
                "oras",
                [
                    ...["push", "--image-spec", "v1.0"],
                    ...["--annotation", `org.opencontainers.image.created=${createdAnnotation}`],
                    ...["--username", "AWS", "--password-stdin"],
                    ...["--ca-file", this.bench.sandbox.caFile],
                    ...[`${registryHost}/${repositoryName}:${version}`, file],
                ],
                { cwd: folder, env: { ...process.env, DOCKER_CONFIG: folder } },
            );
            pushing.child.stdin!.end(token.slice("AWS:".length));
            return /^Digest: (\S+)$/m.exec((await pushing).stdout)![1]!;
        } finally {
            await rm(folder, { recursive: true });
        }
    }

    /** Methods and routes of all writes in Palette since the last call; its own calls of ECR go on meanwhile. */
    async writes(): Promise<string[]> {
        const { items } = await this.bench.control("GET", "/requests");
        await this.bench.control("DELETE", "/requests");
        return items
            .filter(
                (call: { method: string; route: string }) =>
                    call.method !== "GET" && call.route.startsWith("/v1/"),
            )
            .map((call: { method: string; route: string }) => `${call.method} ${call.route}`)
            .filter((call: string) => !/validate|rate|search/.test(call));
    }

    async deleteImage(repositoryName: string, imageTag: string): Promise<void> {
        const ecr = this.bench.ecr();
        const imageIds = [{ imageTag }];
        await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
        ecr.destroy();
    }

    /** What the program finds out before it creates anything. */
    async preflight(): Promise<Found> {
        const { palette, caFile, seed } = this.bench.sandbox;
        const layers = ["ubuntu-aws:22.04", "kubernetes:1.32.x", "cni-calico:3.29.3"];
        const config = {
            palette: paletteSettings(
                (key) =>
                    ({
                        paletteHost: palette.endpoint,
                        paletteApiKey: palette.apiKey,
                        paletteCaFile: caFile,
                    })[key],
            ),
            project: palette.project,
            registries: [],
            profiles: [
                {
                    name: "full",
                    key: "profile",
                    layers: [...layers, "csi-aws-ebs:1.41.0"].map((layer) => {
                        const [name, version] = layer.split(":");
                        return { name, version, registry: "Public Repo" };
                    }),
                },
            ],
            clusters: [
                {
                    name: "one",
                    key: "cluster",
                    cloudAccount: seed.cloudAccount,
                    region: seed.region,
                    sshKeyName: seed.sshKeyName,
                    pools: [pool("control-plane-pool", true), pool("worker-pool", false)],
                },
            ],
        };
        const { project, layers: found, clusters } = await preflight(config as unknown as Config);
        return {
            project,
            layers: found.full!.map(({ layer: _, values: __, ...layer }) => layer),
            cloudAccount: clusters.one!.cloudAccount,
            pools: clusters.one!.pools.map(({ machine: _, ...pool }) => pool),
        };
    }

    registry(
        fields: Partial<OciRegistryInputs> & Pick<OciRegistryInputs, "name">,
    ): OciRegistryInputs {
        const { name, version, digest } = this.pack;
        return {
            endpoint: this.bench.sandbox.aws.registryHost,
            basePath: "spectro-oci-registry",
            credentials: this.keyPair(),
            packs: [{ name, version, digest }],
            owner,
            adopt: false,
            syncTimeout: patience,
            ...fields,
        };
    }

    keyPair(): EcrCredentials {
        const { accessKeyId, secretAccessKey } = this.bench.sandbox.aws;
        return { type: "secret", accessKey: accessKeyId, secretKey: secretAccessKey };
    }

    /** A role that Palette may assume to read the registry, made just now. */
    async createRole(name: string): Promise<EcrCredentials> {
        const { outs } = await paletteAwsAccount.create({});
        const { accountId, externalId } = outs as { accountId: string; externalId: string };
        const { Role } = await this.iam.send(
            new CreateRoleCommand({
                RoleName: name,
                AssumeRolePolicyDocument: policy({
                    Action: "sts:AssumeRole",
                    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
                    Condition: { StringEquals: { "sts:ExternalId": externalId } },
                }),
            }),
        );
        await this.iam.send(
            new PutRolePolicyCommand({
                RoleName: name,
                PolicyName: "read",
                PolicyDocument: policy({ Action: "ecr:*", Resource: "*" }),
            }),
        );
        return { type: "sts", roleArn: Role!.Arn!, externalId };
    }

    async deleteRole(RoleName: string): Promise<void> {
        await this.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: "read" }));
        await this.iam.send(new DeleteRoleCommand({ RoleName }));
    }

    /** The profile on the found layers and the pack, with the pack's values as `overrides` has them. */
    profile(
        fields: Partial<ClusterProfileInputs> & Pick<ClusterProfileInputs, "name">,
        found: Found,
        pack: { registryUid: string; overrides?: string },
    ): ClusterProfileInputs {
        const { name, version, digest } = this.pack;
        return {
            version: "1.0.0",
            description: "My cluster profile as part of the packs tutorial.",
            tags: ["spectro-cloud-education", "app:hello-universe"],
            project: found.project,
            layers: [...found.layers, { name, version, digest, ...pack }],
            owner,
            adopt: false,
            ...fields,
        };
    }

    /** Deletes a cluster that stays in Deleting until it is forced; Palette's own times tell when that may be. */
    async deleteStuck(name: string, remove: () => Promise<void>): Promise<void> {
        await this.bench.control("PUT", `/clusters/${name}/fault`, { deletionSticks: true });
        await remove();
    }

    cluster(
        fields: Partial<AwsClusterInputs> & Pick<AwsClusterInputs, "name">,
        found: Found,
        profile: { uid: string; revision: string },
    ): AwsClusterInputs {
        const { name, version } = this.pack;
        const { region, sshKeyName } = this.bench.sandbox.seed;
        return {
            description: "Cluster as part of the Deploy a Custom Pack tutorial.",
            tags: ["spectro-cloud-education", "app:hello-universe"],
            project: found.project,
            cloudAccount: found.cloudAccount,
            region,
            sshKeyName,
            profiles: [
                {
                    uid: profile.uid,
                    revision: profile.revision,
                    packs: [{ name, version }],
                },
            ],
            pools: found.pools,
            scans: {
                configuration: "0 0 * * SUN",
                penetration: "0 0 * * SUN",
                conformance: "0 0 1 * *",
            },
            owner,
            adopt: false,
            createTimeout: patience,
            deleteTimeout: patience,
            forceDelete: false,
            ...fields,
        };
    }
}

/** What the program finds out about its one profile and its one cluster. */
export interface Found {
    project: string;
    layers: Layer[];
    cloudAccount: string;
    pools: AwsMachinePool[];
}

const owner = { id: "the-owner-id-of-this-stack", stack: "organization/palette-custom-pack/test" };

/** A pool of one machine, its zone still to be found. */
export function pool(name: string, controlPlane: boolean): AwsMachinePool {
    return {
        name,
        controlPlane,
        controlPlaneAsWorker: controlPlane,
        size: 1,
        instanceType: "m4.xlarge",
        diskSize: 60,
        availabilityZones: [],
        labels: { owner: "docs" },
        updateStrategy: "RollingUpdateScaleOut",
    };
}

function policy(statement: object): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", ...statement }],
    });
}
