import * as pulumi from "@pulumi/pulumi";
import {
    createProfiles,
    packsOf,
    type StackProfile,
} from "../../components/profiles/clusterProfiles";
import { declareRegistries } from "../../components/registries/kinds";
import { createClusters } from "../../components/clusters/clusters";
import type { ClusterConfig, Config, ProfileConfig } from "../../components/config/config";
import { checkProfiles } from "../../components/preflight/profileCheck";
import type { Preflight } from "../../components/preflight/preflight";
import type { PublishedPack } from "../../components/packs/publishedPacks";
import { recordProgram, valueOf, type Program } from "./recordProgram";

const PROFILE = "pulumi-nodejs:dynamic/palette:ClusterProfile";
const APPLICATIONS = "pulumi-nodejs:dynamic/palette:ApplicationUrls";
const CLUSTER = "pulumi-nodejs:dynamic/palette:AwsCluster";
const HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const PRESETS = "presets:\n  - name: large\n    add: |\n      a: 2\n";

let program: Program;
beforeEach(async () => {
    program = await recordProgram((type, { name }) =>
        type === PROFILE
            ? { uid: `uid of ${name}`, revision: "r", version: "1.0.0", versions: [] }
            : { uid: `uid of ${name}`, urls: { app: "http://127.0.0.1:8080" } },
    );
});
afterEach(() => jest.restoreAllMocks());

const registries = registriesOf({});
const owner = { id: "m", stack: "acme/palette-custom-pack/dev" };

function pack(name: string, version: string): PublishedPack {
    return {
        path: `packs/${name}`,
        registry: "ecr-registry",
        name,
        version,
        digest: `sha256:${name}${version}`,
        loadBalancer: true,
        layer: "addon",
        packJson: {},
        values: "a: 1\n",
        presets: PRESETS,
        charts: [],
        kubeVersions: {},
        published: pulumi.output(`sha256:${name}${version}`),
        reference: pulumi.output(`${name}:${version}`),
        registryUid: pulumi.output("uid of the registry"),
    };
}

/** The registry of all packs, and others. */
function registriesOf(...changes: object[]) {
    const ecr = { kind: "ecr", name: "ecr-registry", basePath: "base", syncTimeout: 10 };
    const entries = changes.map((change) => ({ ...ecr, ...change }));
    return declareRegistries(entries, { registries: {}, ecrHost: HOST });
}

function profile(name: string, more: Partial<ProfileConfig> = {}): ProfileConfig {
    return {
        key: "profile",
        secret: false,
        name,
        type: "cluster",
        scope: "project",
        editInPlace: false,
        description: "",
        tags: [],
        layers: [],
        defaultLayers: true,
        adopt: false,
        ...more,
    };
}

function cluster(name: string, more: Partial<ClusterConfig> = {}): ClusterConfig {
    return {
        key: "cluster",
        name,
        profiles: ["full"],
        rolloutGroup: 1,
        repave: "stop",
        scans: {},
        tags: [],
        ...more,
    } as ClusterConfig;
}

function stack(
    profiles: ProfileConfig[],
    clusters: ClusterConfig[],
    more: Partial<Config> = {},
): { config: Config; found: Preflight } {
    return {
        config: {
            registries: [] as Config["registries"],
            palette: { host: "palette.example.com", scheme: "https", apiKey: "" },
            profiles,
            clusters,
            severalClusters: clusters.length > 1,
            allowClusterDeletion: false,
            ...more,
        } as Config,
        found: {
            project: "p1",
            registries: {},
            layers: Object.fromEntries(
                profiles.map(({ name }) => [
                    name,
                    [{ name: "kubernetes", version: "1.32.3", registryUid: "public", values: "" }],
                ]),
            ),
            clusters: Object.fromEntries(
                clusters.map(({ name }) => [
                    name,
                    { cloudAccount: "a1", pools: [{ name: "workers", machine: { cpu: 1 } }] },
                ]),
            ),
            existingClusters: clusters.map(({ name }) => name),
        } as unknown as Preflight,
    };
}

const packs = [pack("app", "1.0.0"), pack("app", "1.1.0"), pack("other", "2.0.0")];

describe("the packs of a profile", () => {
    test("are all of the stack, of an infrastructure profile none", () => {
        const two = [packs[0]!, packs[2]!];
        expect(packsOf(profile("full"), two).map((member) => member.pack.name)).toEqual([
            "app",
            "other",
        ]);
        expect(packsOf(profile("infra", { type: "infra" }), two)).toEqual([]);
    });

    test("are those that it names, with presets and values", () => {
        const wanted = [
            { name: "app", version: "1.1.0", presets: ["large"], values: { a: { b: 1 } } },
        ];
        expect(packsOf(profile("full", { packs: wanted }), packs)).toEqual([
            {
                pack: packs[1],
                presets: ["large"],
                overrides: "a:\n  b: 1\n",
                values: "a:\n  b: 1\n",
            },
        ]);
    });

    test.each<[string, ProfileConfig["packs"], RegExp]>([
        [
            "a version must be chosen of several",
            undefined,
            /^profile\.packs: app .*1\.0\.0, 1\.1\.0/,
        ],
        [
            "an unknown one",
            [{ name: "ap" }],
            /^profile\.packs\[0\]: "ap" .*app:1\.0\.0, app:1\.1\.0/,
        ],
        [
            "an unknown version",
            [{ name: "app", version: "9" }],
            /^profile\.packs\[0\]: "app:9" .* app:1\.0\.0, app:1\.1\.0$/,
        ],
        [
            "an unknown preset",
            [{ name: "other", presets: ["huge"] }],
            /^profile\.packs\[0\]\.presets: .*huge.*large/,
        ],
    ])("%s", (_, wanted, expected) => {
        expect(() => packsOf(profile("full", { packs: wanted }), packs)).toThrow(expected);
    });
});

describe("profiles", () => {
    test("hold the layers that were found, then the custom packs, and nothing that is not set", async () => {
        const { config, found } = stack([profile("full", { packs: [{ name: "other" }] })], []);
        const { full } = createProfiles(config, found, packs, owner);
        expect(await valueOf(full!.resource.uid)).toBe("uid of full");
        const { __provider, ...inputs } = program.find(PROFILE, "full").inputs;
        expect(inputs).toEqual({
            name: "full",
            description: "",
            tags: [],
            project: "p1",
            layers: [
                { name: "kubernetes", version: "1.32.3", registryUid: "public" },
                {
                    name: "other",
                    version: "2.0.0",
                    digest: "sha256:other2.0.0",
                    registryUid: "uid of the registry",
                },
            ],
            owner,
            adopt: false,
        });
    });
});

describe("clusters", () => {
    function profilesOf(...configs: ProfileConfig[]): Record<string, StackProfile> {
        const { config, found } = stack(configs, []);
        return createProfiles(config, found, packs, owner);
    }

    test("run their profiles, each with the settings that concern it", async () => {
        const infra = profile("infra", { type: "infra", variables: [{ name: "size" }] as never });
        const apps = profile("apps", { type: "add-on", packs: [{ name: "other" }] });
        const profiles = profilesOf(infra, apps);
        const first = cluster("one", {
            profiles: ["infra", "apps"],
            variables: { size: "3" },
            packValues: { other: { a: 1 } },
        });
        const { config, found } = stack([infra, apps], [first]);
        checkProfiles(config, found, packs, registries);
        const { one: made } = createClusters(config, found, profiles, owner);
        expect(await valueOf(made!.consoleUrl)).toBe(
            "https://palette.example.com/projects/p1/clusters/uid of one/overview",
        );
        expect(program.find(CLUSTER, "one").inputs).toMatchObject({
            profiles: [
                { name: "infra", uid: "uid of infra", packs: [], variables: { size: "3" } },
                {
                    name: "apps",
                    uid: "uid of apps",
                    packs: [{ name: "other", version: "2.0.0" }],
                    packValues: { other: "a: 1\n" },
                },
            ],
            pools: [{ name: "workers" }],
        });
        const [infraInput, appsInput] = program.find(CLUSTER, "one").inputs.profiles as object[];
        expect(Object.keys(infraInput!)).not.toContain("packValues");
        expect(Object.keys(appsInput!)).not.toContain("variables");
    });

    test("tell what may move their applications, and which of them get a load balancer", async () => {
        const web = { ...packs[2]!, loadBalancer: false, values: "service:\n  type: ClusterIP\n" };
        const apps = profile("apps", { packs: [{ name: "other" }] });
        const { config, found } = stack(
            [apps],
            [
                cluster("inside", { profiles: ["apps"] }),
                cluster("outside", {
                    profiles: ["apps"],
                    packValues: { other: { service: { type: "LoadBalancer" } } },
                }),
            ],
        );
        const made = createClusters(
            config,
            found,
            createProfiles(config, found, [web], owner),
            owner,
        );
        await valueOf(made.outside!.applicationUrls);
        const of = (name: string) => program.find(APPLICATIONS, name).inputs;
        const told = { name: "other", version: "2.0.0" };
        expect(of("inside")).toMatchObject({
            packs: [{ ...told, loadBalancer: false }],
            revisions: ["r"],
        });
        expect(of("outside")).toMatchObject({
            packs: [{ ...told, loadBalancer: true }],
            packValues: { other: "service:\n  type: LoadBalancer\n" },
        });
    });

    test("attach the infrastructure first and the add-ons in their order, however they are listed", async () => {
        const profiles = [
            profile("monitoring", { type: "add-on", packs: [] }),
            profile("base", { type: "infra" }),
            profile("apps", { type: "add-on", packs: [] }),
        ];
        const only = cluster("one", { profiles: profiles.map(({ name }) => name) });
        const { config, found } = stack(profiles, [only]);
        const made = createClusters(config, found, profilesOf(...profiles), owner);
        await valueOf(made.one!.resource.uid);
        const attached = program.find(CLUSTER, "one").inputs.profiles as { name: string }[];
        expect(attached.map(({ name }) => name)).toEqual(["base", "monitoring", "apps"]);
    });

    test("change group by group, and are protected", async () => {
        const full = profile("full", { packs: [{ name: "other" }] });
        const profiles = profilesOf(full);
        const three = [
            cluster("last", { rolloutGroup: 3 }),
            cluster("first", { rolloutGroup: 1 }),
            cluster("second", { rolloutGroup: 1 }),
        ];
        const { config, found } = stack([full], three);
        const made = createClusters(config, found, profiles, owner);
        await valueOf(made.last!.resource.uid);
        const urn = (name: string) => program.find(CLUSTER, name).urn;
        expect(program.find(CLUSTER, "first").dependencies).not.toContain(urn("second"));
        expect(program.find(CLUSTER, "second").dependencies).not.toContain(urn("first"));
        expect(program.find(CLUSTER, "last").dependencies).toEqual(
            expect.arrayContaining([urn("first"), urn("second")]),
        );
        expect(three.map(({ name }) => program.find(CLUSTER, name).protect)).toEqual([
            true,
            true,
            true,
        ]);
    });

    test.each<[string, string[], string[][]]>([
        ["new ones wait for none", [], [[], [], [], []]],
        ["those that are there wait for each other alone", ["c1", "c3"], [[], [], ["c1"], []]],
    ])("are created side by side: %s", async (_, existing, expected) => {
        const full = profile("full", { packs: [{ name: "other" }] });
        const members = [1, 2, 3, 4].map((group) => cluster(`c${group}`, { rolloutGroup: group }));
        const { config, found } = stack([full], members);
        found.existingClusters = existing;
        const made = createClusters(config, found, profilesOf(full), owner);
        await Promise.all(Object.values(made).map(({ resource }) => valueOf(resource.uid)));
        const named = new Map(members.map(({ name }) => [program.find(CLUSTER, name).urn, name]));
        const awaited = members.map(({ name }) =>
            program.find(CLUSTER, name).dependencies.flatMap((urn) => named.get(urn) ?? []),
        );
        expect(awaited).toEqual(expected);
    });

    test.each([
        ["no secret", {}, {}, [], ["kubeconfig"]],
        [
            "a secret of a profile",
            { secret: true },
            {},
            ["revision", "valuesDigests", "versions"],
            ["kubeconfig", "packDigests"],
        ],
        ["a secret of its own", {}, { secret: true }, [], ["kubeconfig", "packDigests"]],
    ])(
        "keep plain digests of values as secrets where they hold one: %s",
        async (_, ofProfile, ofCluster, profileOutputs, clusterOutputs) => {
            const full = profile("full", { packs: [{ name: "other" }], ...ofProfile });
            const { config, found } = stack([full], [cluster("one", ofCluster)]);
            const { one } = createClusters(config, found, profilesOf(full), owner);
            await valueOf(one!.resource.uid);
            expect(program.find(PROFILE, "full").secretOutputs.sort()).toEqual(profileOutputs);
            expect(program.find(CLUSTER, "one").secretOutputs.sort()).toEqual(clusterOutputs);
        },
    );

    test("may be deleted when the configuration says so", async () => {
        const full = profile("full", { packs: [{ name: "other" }] });
        const profiles = profilesOf(full);
        const { config, found } = stack([full], [cluster("one")], { allowClusterDeletion: true });
        const { one } = createClusters(config, found, profiles, owner);
        await valueOf(one!.resource.uid);
        expect(program.find(CLUSTER, "one").protect).toBe(false);
    });

    test("a pack that demands more than the machines of one cluster have is refused", () => {
        const demanding = {
            ...packs[2]!,
            packJson: {
                name: "other",
                version: "2.0.0",
                layer: "addon",
                constraints: {
                    resources: [{ type: "cpu", minLimit: 8000, scheduleType: "worker" }],
                },
            },
        };
        const full = profile("full", { packs: [{ name: "other" }] });
        const { config, found } = stack([full], [cluster("big"), cluster("small")]);
        const workers = (cpu: number) =>
            [{ name: "w", size: 1, controlPlane: false, machine: { cpu } }] as never;
        found.clusters.big!.pools = workers(16);
        found.clusters.small!.pools = workers(2);
        expect(() => checkProfiles(config, found, [demanding], registries)).toThrow(
            /^profile: .*other/,
        );
        found.clusters.small!.pools = workers(16);
        checkProfiles(config, found, [demanding], registries);
    });

    test("settings that concern none of their profiles are refused", () => {
        const full = profile("full", { packs: [{ name: "other" }] });
        const single = cluster("one", { variables: { x: "1" }, packValues: { y: {} } });
        const { config, found } = stack([full], [single]);
        expect(() => checkProfiles(config, found, packs, registries)).toThrow(
            "cluster.variables.x: not in the cluster's profiles; they have none\n" +
                "cluster.packValues.y: not in the cluster's profiles; they have kubernetes, other",
        );
    });

    test("what is no mistake but may become one is a warning, told once", () => {
        const warn = jest.spyOn(pulumi.log, "warn").mockImplementation(async () => undefined);
        const { config, found } = stack([profile("full", { packs: [] })], [cluster("one")]);
        const selection = { tagStatus: "any", countType: "sinceImagePushed", countNumber: 7 };
        const rules = [{ rulePriority: 4, selection, action: { type: "expire" } }];
        const theirs = { name: "theirs", existingRepositories: true };
        const declared = registriesOf({ lifecyclePolicy: { rules } }, theirs);
        const published = packs.flatMap((candidate) => [
            candidate,
            { ...candidate, registry: "theirs" },
        ]);
        found.layers.full![0]!.notice = "profile.layers[0].version is deprecated";
        checkProfiles(config, found, published, declared);
        const told = warn.mock.calls.map(([text]) => text);
        warn.mockRestore();
        expect(told.filter((text) => /deprecated/.test(text))).toHaveLength(1);
        expect(told.filter((text) => /lifecyclePolicy/.test(text))).toEqual([
            expect.stringMatching(/^registries\[0\]\.lifecyclePolicy: the rule of priority 4 /),
        ]);
    });
});
