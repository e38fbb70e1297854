import type { Config } from "../../components/config/config";
import { fakePalette, type Answer, type FakePalette, type Seen } from "./fakePalette";

export const EC2 = "/v1/clouds/aws/regions/us-east-1";

type Answers = Record<string, Answer | ((request: Seen) => Answer)>;

/** A Palette with a project, a cloud account, packs and so on, and a configuration that names them. */
export interface PaletteWithNames extends FakePalette {
    /** What is answered, by path. */
    answers: Answers;
    config: Config;
    /** Puts a pack into the public registry and into another one: version → moving tags that stand for it. */
    publish(name: string, versions: Record<string, string[]>, values?: string): void;
    /** Makes these the layers of the profile: `name:version`. */
    wantLayers(...layers: string[]): void;
}

const named = (uid: string, name: string) => ({ metadata: { uid, name } });

export async function paletteWithNames(): Promise<PaletteWithNames> {
    const packs: { name: string; version: string; registryUid: string; values: string }[] = [];
    const answers: Answers = {
        "/v1/dashboard/projects/metadata": {
            body: { items: [named("p0", "Other"), named("p1", "Default")] },
        },
        "/v1/dashboard/cloudaccounts/metadata": {
            body: { items: [named("a1", "aws-1"), named("a2", "aws-2")] },
        },
        "/v1/registries/metadata": {
            body: { items: [{ uid: "public", name: "Public Repo" }] },
        },
        "/v1/users": { body: { items: [] } },
        "/v1/dashboard/clusterprofiles/metadata": { body: { items: [] } },
        "/v1/dashboard/spectroclusters/search": { body: { items: [] } },
        "/v1/packs": ({ query }) => {
            const [, name, version] = /^spec\.name=(.+)ANDspec\.version=(.+)$/.exec(
                query.filters!,
            )!;
            const items = packs.filter((pack) => pack.name === name && pack.version === version);
            return { body: { items: items.map((spec) => ({ spec })) } };
        },
        [`${EC2}/keypairs`]: { body: { keyNames: ["mine", "yours"] } },
        [`${EC2}/availabilityzones`]: {
            body: {
                zones: [
                    { name: "us-east-1a", state: "impaired" },
                    { name: "us-east-1b", state: "available" },
                    { name: "us-east-1c" },
                    { name: "us-east-1d", state: "available" },
                ],
            },
        },
        [`${EC2}/instancetypes`]: {
            body: {
                instanceTypes: [
                    { type: "m4.xlarge", nonSupportedZones: ["us-east-1b"], cpu: 4, memory: 16 },
                    { type: "t3.large" },
                    {
                        type: "p5.huge",
                        nonSupportedZones: ["us-east-1b", "us-east-1c", "us-east-1d"],
                    },
                ],
            },
        },
    };
    const palette = await fakePalette(
        (request) => {
            const answer = answers[request.path] ?? { status: 404, body: { code: "NotFound" } };
            return typeof answer === "function" ? answer(request) : answer;
        },
        { answersProjects: true },
    );
    const config = {
        palette: palette.settings,
        project: "Default",
        registries: [],
        profiles: [{ name: "full", key: "profile", layers: [] }],
        clusters: [
            {
                name: "one",
                key: "cluster",
                cloudAccount: "aws-2",
                region: "us-east-1",
                regionKey: "aws:region",
                sshKeyName: "mine",
                pools: [
                    {
                        name: "control-plane-pool",
                        instanceType: "m4.xlarge",
                        availabilityZones: [],
                    },
                    {
                        name: "worker-pool",
                        instanceType: "t3.large",
                        availabilityZones: ["us-east-1d"],
                    },
                ],
            },
        ],
    } as unknown as Config;
    const result: PaletteWithNames = {
        ...palette,
        answers,
        config,
        publish(name, versions, values = "a: 1\n") {
            const known = Object.entries(versions);
            packs.unshift(
                ...known.flatMap(([version]) => [
                    { name, version, registryUid: "somebody-elses", values: "not: this\n" },
                    { name, version, registryUid: "public", values },
                ]),
            );
            const packUid = (version: string) => `${name}-${version}`;
            answers[`/v1/packs/${name}/registries/public`] = {
                body: {
                    tags: known.map(([version, parentTags]) => ({
                        version,
                        tag: version,
                        packUid: packUid(version),
                        parentTags,
                    })),
                    packValues: known.map(([version]) => ({ packUid: packUid(version), values })),
                },
            };
        },
        wantLayers(...layers) {
            config.profiles[0]!.layers = layers.map((layer) => {
                const [name, version] = layer.split(":") as [string, string];
                return { name, version, registry: "Public Repo" };
            });
        },
    };
    result.publish("kubernetes", {
        "1.28.9": ["1.28.x"],
        "1.28.11": ["1.28.x"],
        "1.29.0": ["1.29.x"],
    });
    result.publish("ubuntu-aws", { "22.04": ["LTS__22.4.x"] });
    result.wantLayers("kubernetes:1.28.9");
    return result;
}
