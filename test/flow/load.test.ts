import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import * as providers from "../../packages/palette";
import type { AwsClusterInputs } from "../../packages/palette/cluster/aws/awsInputs";
import type { ClusterProfileInputs } from "../../packages/palette/profile/profileInputs";
import { disconnect } from "../../packages/palette/api/session";
import { paletteSettings } from "../../packages/palette/api/settings";
import { PaletteClient } from "../../packages/palette/api/client";
import { connectWithSandbox } from "../provider/connect";
import { describeWith } from "../sandbox/awsSandbox";
import { archive, helloFiles, PaletteBench } from "../sandbox/paletteSupport";
import { describeLoad, loadOf, type LoggedCall } from "./loadReport";

jest.setTimeout(300_000);

const REGISTRIES = 5;
const PACKS = 25;
const PROFILES = 10;
const CLUSTERS = 10;
/** What the engine does at once by default on a machine with four processors or more (`--parallel`). */
const PARALLEL = 16;

/** Does things, so many at once. */
async function all<T, R>(items: T[], action: (item: T, index: number) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    const rest = [...items.entries()];
    const work = async () => {
        for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
            results[next[0]] = await action(next[1], next[0]);
        }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return results;
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describeWith("registry", "helm")("the providers under load", () => {
    let bench: PaletteBench;
    let client: PaletteClient;
    beforeAll(async () => {
        // Palette's rate limits are in force, in real time.
        bench = await PaletteBench.start({ speed: 1000, switches: { rateLimit: "on" } });
        client = new PaletteClient(paletteSettings(await connectWithSandbox(bench)));
        jest.spyOn(console, "log").mockImplementation(() => undefined);
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await client?.close();
        await disconnect();
        await bench?.remove();
    });

    test(`${PACKS} packs, ${REGISTRIES} registries, ${PROFILES} profiles and ${CLUSTERS} clusters: not one answer 429`, async () => {
        const packs = await all(numbers(PACKS), async (index) => {
            const name = `pack${index}`;
            const repository = `load${index % REGISTRIES}/spectro-packs/archive/${name}`;
            const layers = [await archive(helloFiles({ json: { name } }))];
            const digest = await bench.push(repository, "1.0.0", { layers });
            return { name, version: "1.0.0", digest };
        });
        const ecr = bench.ecr();
        await all(numbers(REGISTRIES), (index) =>
            ecr.send(
                new CreateRepositoryCommand({
                    repositoryName: `load${index}/spectro-packs/archive`,
                }),
            ),
        );
        ecr.destroy();
        await bench.control("DELETE", "/requests");

        const begun = Date.now();
        const found = await look();
        const registries = await all(numbers(REGISTRIES), (index) => createRegistry(index, packs));
        const profiles = await all(numbers(PROFILES), (index) =>
            createProfile(index, packs, registries, found),
        );
        const clusters = await all(numbers(CLUSTERS), (index) =>
            createCluster(index, profiles[index]!, found),
        );
        await all(clusters, ({ id, outs }) => providers.AwsCluster.read(id, outs));
        const seconds = Math.round((Date.now() - begun) / 1000);

        const { items } = await bench.control("GET", "/requests");
        const loads = loadOf(items as LoggedCall[]);
        process.stdout.write(
            `load of ${PACKS} packs, ${REGISTRIES} registries, ${PROFILES} profiles, ${CLUSTERS} clusters, ${PARALLEL} at once, ${seconds} s:\n${describeLoad(loads)}\n`,
        );
        expect(loads.map(({ kind, refused }) => `${kind} ${refused}`)).toEqual(
            loads.map(({ kind }) => `${kind} 0`),
        );
        expect(clusters.map(({ outs }) => outs.health)).toEqual(Array(CLUSTERS).fill("Healthy"));

        await all(clusters, ({ id, outs }) => providers.AwsCluster.delete(id, outs));
        await all(profiles, ({ id, outs }) => providers.ClusterProfile.delete(id, outs));
        await all(registries, ({ id, outs }) => providers.OciRegistry.delete(id, outs));
        const after = await bench.control("GET", "/requests");
        expect(loadOf(after.items).every(({ refused }) => refused === 0)).toBe(true);
    });

    const owner = { id: "the-owner-id", stack: "organization/palette-custom-pack/load" };

    interface Found {
        project: string;
        cloudAccount: string;
        layers: ClusterProfileInputs["layers"];
    }

    /** As the program's own process does it. */
    async function look(): Promise<Found> {
        const { palette } = bench.sandbox;
        const get = <T>(path: string, query = {}) =>
            client.request<T>({
                method: "GET",
                path,
                subject: path,
                query,
                project: bench.project,
            });
        const { items: accounts } = await get<{ items: { metadata: { uid: string } }[] }>(
            "/v1/dashboard/cloudaccounts/metadata",
            { environment: "aws" },
        );
        const { items } = await get<{ items: { uid: string; name: string }[] }>(
            "/v1/registries/metadata",
            { scope: "all" },
        );
        const registryUid = items.find(({ name }) => name === "Public Repo")!.uid;
        const layers = [
            { name: "ubuntu-aws", version: "22.04", registryUid },
            { name: "kubernetes", version: "1.32.3", registryUid },
            { name: "cni-calico", version: "3.29.3", registryUid },
            { name: "csi-aws-ebs", version: "1.41.0", registryUid },
        ];
        // Once for every profile: the least that a program could do to spare Palette.
        await all(numbers(PROFILES * layers.length), (index) => {
            const { name, version } = layers[index % layers.length]!;
            return get("/v1/packs", { filters: `spec.name=${name}ANDspec.version=${version}` });
        });
        return { project: palette.projectUid, cloudAccount: accounts[0]!.metadata.uid, layers };
    }

    type Pack = { name: string; version: string; digest: string };
    type Made<O> = { id: string; outs: O };

    function createRegistry(index: number, packs: Pack[]) {
        const { registryHost, accessKeyId, secretAccessKey } = bench.sandbox.aws;
        return providers.OciRegistry.create({
            name: `registry-${index}`,
            endpoint: registryHost,
            basePath: `load${index}`,
            credentials: { type: "secret", accessKey: accessKeyId, secretKey: secretAccessKey },
            packs: packs.filter((_, number) => number % REGISTRIES === index),
            owner,
            adopt: false,
            syncTimeout: 10,
        });
    }

    function createProfile(
        index: number,
        packs: Pack[],
        registries: Made<{ uid: string }>[],
        { project, layers }: Found,
    ) {
        // Two and a half packs each: all of them are used.
        const mine = packs.flatMap((pack, number) =>
            number % PROFILES === index
                ? [{ ...pack, registryUid: registries[number % REGISTRIES]!.id }]
                : [],
        );
        return providers.ClusterProfile.create({
            name: `profile-${index}`,
            description: "",
            tags: [],
            project,
            layers: [...layers, ...mine],
            owner,
            adopt: false,
        });
    }

    function createCluster(
        index: number,
        { outs }: Made<{ uid: string; revision: string; layers: ClusterProfileInputs["layers"] }>,
        { project, cloudAccount, layers }: Found,
    ) {
        const { region, sshKeyName, availabilityZones } = bench.sandbox.seed;
        const pool = (name: string, controlPlane: boolean): AwsClusterInputs["pools"][0] => ({
            name,
            controlPlane,
            controlPlaneAsWorker: controlPlane,
            size: 1,
            instanceType: "m4.xlarge",
            diskSize: 60,
            availabilityZones: availabilityZones.slice(0, 1),
            labels: {},
            updateStrategy: "RollingUpdateScaleOut",
        });
        return providers.AwsCluster.create({
            name: `cluster-${index}`,
            description: "",
            tags: [],
            project,
            cloudAccount,
            region,
            sshKeyName,
            profiles: [
                {
                    uid: outs.uid,
                    revision: outs.revision,
                    packs: outs.layers
                        .slice(layers.length)
                        .map(({ name, version }) => ({ name, version })),
                },
            ],
            pools: [pool("control-plane-pool", true), pool("worker-pool", false)],
            scans: { configuration: "", penetration: "", conformance: "" },
            owner,
            adopt: false,
            createTimeout: 60,
            deleteTimeout: 60,
            forceDelete: false,
        });
    }
});
