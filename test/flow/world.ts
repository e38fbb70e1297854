import {
    BatchDeleteImageCommand,
    CreateRepositoryCommand,
    DeleteRepositoryCommand,
    DescribeRepositoriesCommand,
    type ECRClient,
} from "@aws-sdk/client-ecr";
import * as providers from "../../packages/palette";
import type { AwsClusterInputs } from "../../packages/palette/cluster/aws/awsInputs";
import type { ClusterProfileInputs } from "../../packages/palette/profile/profileInputs";
import type { OciRegistryInputs } from "../../packages/palette/registry/ociRegistry";
import { archive, helloFiles } from "../sandbox/paletteSupport";
import { pool, Tutorial, type Found } from "../provider/tutorial";
import type { Declared, MiniEngine, Properties } from "./miniEngine";

/** What a stack of the tests can be told. */
export interface Choice {
    /** Version of the pack. */
    pack: "1.0.0" | "1.1.0";
    /** Whether the profile's version is the provider's choice, or one whose content is edited in place. */
    profile: "automatic" | "in place";
    description: string;
    tag: string;
    /** Machines of the worker pool. */
    size: 1 | 2;
    extraPool: boolean;
    /** When the configuration scan runs. */
    scan: string;
    /** Tag of the application's image, among the pack's values. */
    image: "1.2.0" | "1.3.0";
    /** Ends of the names of cluster and registry; another one is another object. */
    clusterName: "" | "-b";
    registryName: "" | "-b";
    withCluster: boolean;
}

export const FIRST_CHOICE: Choice = {
    pack: "1.0.0",
    profile: "automatic",
    description: "First.",
    tag: "app:hello-universe",
    size: 1,
    extraPool: false,
    scan: "0 0 * * SUN",
    image: "1.2.0",
    clusterName: "",
    registryName: "",
    withCluster: true,
};

/** Deadline of every configurable wait, in the providers' minutes. */
const PATIENCE = 30;

type AnyProvider = Declared["provider"];

/** A sandbox, and programs in it for the {@link MiniEngine}: the real program's resources, of which only ECR's are played. */
export class World {
    private readonly archives = new Map<string, Buffer>();

    private constructor(
        readonly tutorial: Tutorial,
        readonly found: Found,
        private readonly ecr: ECRClient,
    ) {}

    static async start(speed?: number): Promise<World> {
        const tutorial = await Tutorial.start(speed);
        const world = new World(tutorial, await tutorial.preflight(), tutorial.bench.ecr());
        for (const version of ["1.0.0", "1.1.0"]) {
            world.archives.set(version, await archive(helloFiles({ version })));
        }
        return world;
    }

    async remove(): Promise<void> {
        this.ecr.destroy();
        await this.tutorial.remove();
    }

    /** The providers by type, for the resources of every {@link program}. */
    readonly providers: Record<string, AnyProvider> = {
        OwnerToken: providers.OwnerToken as AnyProvider,
        OciRegistry: providers.OciRegistry as AnyProvider,
        ClusterProfile: providers.ClusterProfile as AnyProvider,
        AwsCluster: providers.AwsCluster as AnyProvider,
        ApplicationUrls: providers.ApplicationUrls as AnyProvider,
        Repository: {
            create: async (inputs) => {
                const { name } = inputs as { name: string };
                await this.ecr
                    .send(new CreateRepositoryCommand({ repositoryName: name }))
                    .catch(unless("RepositoryAlreadyExistsException"));
                return { id: name, outs: inputs };
            },
            diff: async () => ({ changes: false }),
            delete: async (name) => {
                await this.ecr
                    .send(new DeleteRepositoryCommand({ repositoryName: name }))
                    .catch(unless("RepositoryNotFoundException"));
            },
        },
        // One for all versions of a pack, as PackRepository is: what was pushed is there until the end.
        Image: {
            create: async (inputs) => {
                const digest = await this.push(inputs as ImageInputs);
                return { id: digest, outs: { ...inputs, digest, pushed: [digest] } };
            },
            diff: async (_id, olds, news) => ({
                changes: (olds as ImageInputs).version !== (news as ImageInputs).version,
            }),
            update: async (_id, olds, news) => {
                const digest = await this.push(news as ImageInputs);
                const { pushed } = olds as { pushed: string[] };
                const digests = [...new Set([...pushed, digest])];
                return { outs: { ...news, digest, pushed: digests } };
            },
            delete: async (_id, outs) => {
                const { repository, pushed } = outs as ImageInputs & { pushed: string[] };
                const answer = await this.ecr
                    .send(
                        new BatchDeleteImageCommand({
                            repositoryName: repository,
                            imageIds: pushed.map((imageDigest) => ({ imageDigest })),
                        }),
                    )
                    .catch(unless("RepositoryNotFoundException"));
                const serious = answer?.failures?.filter(
                    ({ failureCode }) => failureCode !== "ImageNotFound",
                );
                if (serious?.length) {
                    throw new Error(JSON.stringify(serious));
                }
            },
        },
    };

    /** The program of a stack, as `index.ts` walks. @param stack Begins the names of all that it makes. */
    program(stack: string, choice: Choice, patience = PATIENCE): Declared[] {
        const { tutorial, found } = this;
        const owner = (of: (name: string) => Properties) => ({
            id: String(of("owner").ownerId),
            stack,
        });
        const packs = `${stack}/spectro-packs/archive`;
        const declare = (type: string, name: string, inputs: Declared["inputs"]): Declared => ({
            name,
            type,
            provider: this.providers[type]!,
            inputs,
        });
        const resources = [
            declare("OwnerToken", "owner", () => ({ stack })),
            declare("Repository", "archive", () => ({ name: packs })),
            declare("Repository", "repository", () => ({ name: `${packs}/hellouniverse` })),
            declare("Image", "image", () => ({
                repository: `${packs}/hellouniverse`,
                version: choice.pack,
            })),
            declare("OciRegistry", "registry", (of): OciRegistryInputs => ({
                ...tutorial.registry({
                    name: `${stack}${choice.registryName}`,
                    basePath: stack,
                    owner: owner(of),
                    syncTimeout: patience,
                }),
                packs: [
                    {
                        name: "hellouniverse",
                        version: choice.pack,
                        digest: String(of("image").digest),
                    },
                ],
            })),
            declare("ClusterProfile", "profile", (of): ClusterProfileInputs => ({
                ...tutorial.profile({ name: stack, owner: owner(of) }, found, {
                    registryUid: String(of("registry").uid),
                }),
                ...(choice.profile === "automatic"
                    ? { version: undefined }
                    : { version: "5.0.0", editInPlace: true }),
                description: choice.description,
                layers: [
                    ...found.layers,
                    {
                        name: "hellouniverse",
                        version: choice.pack,
                        digest: String(of("image").digest),
                        registryUid: String(of("registry").uid),
                        overrides: `manifests:\n  hello-universe:\n    image: ghcr.io/spectrocloud/hello-universe:${choice.image}\n`,
                    },
                ],
            })),
        ];
        if (!choice.withCluster) {
            return resources;
        }
        const name = `${stack}${choice.clusterName}`;
        return [
            ...resources,
            declare("AwsCluster", "cluster", (of): AwsClusterInputs => {
                const { uid, revision } = of("profile") as { uid: string; revision: string };
                const inputs = tutorial.cluster(
                    {
                        name,
                        owner: owner(of),
                        createTimeout: patience,
                        deleteTimeout: patience,
                    },
                    found,
                    { uid, revision },
                );
                const [controlPlane, workers] = inputs.pools;
                const { availabilityZones } = workers!;
                return {
                    ...inputs,
                    description: choice.description,
                    tags: ["word", choice.tag],
                    profiles: [
                        {
                            uid,
                            revision,
                            packs: [{ name: "hellouniverse", version: choice.pack }],
                        },
                    ],
                    pools: [
                        controlPlane!,
                        { ...workers!, size: choice.size },
                        ...(choice.extraPool
                            ? [{ ...pool("extra", false), availabilityZones }]
                            : []),
                    ],
                    scans: { ...inputs.scans, configuration: choice.scan },
                };
            }),
            declare("ApplicationUrls", "applications", (of) => ({
                cluster: of("cluster").uid,
                name,
                project: found.project,
                packs: [{ name: "hellouniverse", version: choice.pack, loadBalancer: true }],
                revisions: [of("profile").revision],
                timeout: patience,
            })),
        ];
    }

    /** What Palette and ECR hold of a stack, as `kind name`; equal lines are duplicates. */
    async objects(stack: string): Promise<string[]> {
        const { bench } = this.tutorial;
        const options = { project: bench.project };
        const [registries, profiles, clusters, clustersB, repositories] = await Promise.all([
            bench.get("/v1/registries/metadata?scope=all"),
            bench.get("/v1/dashboard/clusterprofiles/metadata", options),
            this.clusters(stack),
            this.clusters(`${stack}-b`),
            this.ecr.send(new DescribeRepositoriesCommand({ maxResults: 1000 })),
        ]);
        const mine = (name: string) => name === stack || name === `${stack}-b`;
        return [
            ...(registries.items as { name: string }[])
                .filter(({ name }) => mine(name))
                .map(({ name }) => `registry ${name}`),
            ...(profiles.items as { metadata: { name: string }; spec: { version: string } }[])
                .filter(({ metadata }) => mine(metadata.name))
                .map(({ metadata, spec }) => `profile ${metadata.name} ${spec.version}`),
            ...[...clusters, ...clustersB].map(({ name }) => `cluster ${name}`),
            ...repositories
                .repositories!.map(({ repositoryName }) => repositoryName!)
                .filter((name) => name.startsWith(`${stack}/`))
                .map((name) => `repository ${name}`),
        ].sort();
    }

    /** The clusters of that name that are there, or still being deleted. */
    async clusters(name: string): Promise<{ name: string; uid: string; state: string }[]> {
        const { bench } = this.tutorial;
        const property = "clusterName";
        const match = { conjunction: "or", values: [name] };
        const string = { operator: "eq", negation: false, ignoreCase: false, match };
        const filters = [{ property, type: "string", condition: { string } }];
        const filterGroups = [{ conjunction: "and", filters }];
        const { body } = await bench.call(
            "POST",
            "/v1/dashboard/spectroclusters/search",
            { filter: { conjunction: "and", filterGroups }, sort: [] },
            { project: bench.project },
        );
        type Item = { metadata: { name: string; uid: string }; status: { state: string } };
        return (body.items as Item[])
            .filter(({ status }) => status.state !== "Deleted")
            .map(({ metadata, status }) => ({ ...metadata, state: status.state }));
    }

    /** What {@link objects} has to show of a stack that is up. @param saved The state: it knows the profile's versions. */
    expected(stack: string, choice: Choice, saved: MiniEngine["state"]): string[] {
        const profile = saved.resources.find(({ name }) => name === "profile")!.outs;
        const { versions } = profile as unknown as { versions: { version: string }[] };
        return [
            `registry ${stack}${choice.registryName}`,
            ...versions.map(({ version }) => `profile ${stack} ${version}`),
            ...(choice.withCluster ? [`cluster ${stack}${choice.clusterName}`] : []),
            `repository ${stack}/spectro-packs/archive`,
            `repository ${stack}/spectro-packs/archive/hellouniverse`,
        ].sort();
    }

    private push({ repository, version }: ImageInputs): Promise<string> {
        const layers = [this.archives.get(version)!];
        return this.tutorial.bench.push(repository, version, { layers });
    }
}

interface ImageInputs {
    repository: string;
    version: string;
}

function unless(name: string): (error: Error) => undefined {
    return (error) => {
        if (error.name !== name) {
            throw error;
        }
        return undefined;
    };
}
