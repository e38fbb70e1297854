import fc from "fast-check";
import { applicationUrls } from "../../packages/palette/cluster/applicationUrls";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { switchTable, type SwitchName } from "../../sandbox/palette/switches";
import { describeWith } from "../sandbox/awsSandbox";
import { archive } from "../sandbox/paletteSupport";
import {
    update,
    expectNoDrift,
    create,
    createDespiteFailure,
    remove,
    type EngineResource,
} from "./engineResource";
import { Tutorial, tutorialBinaries } from "./tutorial";

/** How much faster than in a real run the providers wait. */
let mockPace = 150;
jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / mockPace)),
}));

jest.setTimeout(60_000);

/** What other clients ask for. */
const OTHERS = "/v1/registries/oci/of-others/ecr";

/** What makes a switch matter that the plain flow would never notice. */
type Circumstance =
    /** Answers of the creates and of the rollout get lost after Palette has acted. */
    | "lostAnswers"
    /** Other clients have used up the rate limit. */
    | "busy"
    /** An archive that is no pack lies beside ours. */
    | "brokenNeighbour"
    /** The pack is pushed while the switch is set. */
    | "newPush"
    /** The profile's layers are not in the order of their kinds. */
    | "ownOrder"
    /** The first profile's pack cannot be deployed. */
    | "brokenPack"
    /** The new profile has another Kubernetes. */
    | "newKubernetes"
    /** The profile is deleted while the cluster is. */
    | "impatientDelete"
    /** The cluster stays in Deleting until it is forced. */
    | "stuckDelete";

const circumstances: Partial<Record<SwitchName, Circumstance>> = {
    duplicateName: "lostAnswers",
    duplicatePacks: "lostAnswers",
    rateLimit: "busy",
    retryAfter: "busy",
    invalidPack: "brokenNeighbour",
    ecrArtifactType: "newPush",
    ecrUploadLimit: "newPush",
    packOrder: "ownOrder",
    unhealthy: "brokenPack",
    unsettledHealth: "brokenPack",
    repave: "newKubernetes",
    profileInUse: "impatientDelete",
    earlyForceDelete: "stuckDelete",
};

/** Where the flow cannot end well by itself, and why. */
const documented: Record<string, { error: RegExp; reason: string }> = {
    "invalidPack=failsSync": {
        error: /synchronization failed: .*broken.*; check that Palette may read/,
        reason: "a failed synchronization is an error that quotes Palette; it converges when the archive is gone",
    },
};

describeWith(...tutorialBinaries)("the providers, whatever Palette turns out to do", () => {
    let tutorial: Tutorial;
    /** What the providers tell the user. */
    let says: jest.SpyInstance;
    /** By `switch=value`. */
    const outcomes: Record<string, string> = {};
    let runs = 0;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        expect(await tutorial.push()).toBe(tutorial.pack.digest);
        says = jest.spyOn(console, "log").mockImplementation(() => undefined);
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
        const lines = Object.entries(outcomes).map(([name, outcome]) => `${outcome}  ${name}`);
        process.stdout.write(`\n${lines.sort().join("\n")}\n`);
    });
    beforeEach(async () => {
        await tutorial.bench.control("DELETE", "/switches");
        await tutorial.bench.control("DELETE", "/faults");
        mockPace = 150;
        says.mockClear();
    });

    async function run(positions: Record<string, string>, having: Circumstance[]): Promise<string> {
        if (having.includes("busy")) {
            positions = { rateLimit: "on", ...positions };
            mockPace = 5;
        }
        await tutorial.bench.control("PATCH", "/switches", positions);
        const expected = Object.entries(positions)
            .filter(([name]) => having.includes(circumstances[name as SwitchName]!))
            .map(([name, value]) => documented[`${name}=${value}`])
            .filter((call) => call !== undefined);
        const name = `run-${++runs}`;
        await tutorial.bench.control("DELETE", "/requests");
        const flowing = { ended: false };
        const clients = having.includes("busy") ? otherClients(flowing) : undefined;
        const errors = await flow(name, new Set(having)).finally(() => (flowing.ended = true));
        await clients;
        await expectCircumstances(having, positions);
        await tutorial.bench.control("DELETE", "/switches");
        expect(await objects(name)).toEqual([]);
        expect(errors).toEqual(expected.map(({ error }) => expect.stringMatching(error)));
        return ["converges", ...expected.map(({ reason }) => `after an error: ${reason}`)].join(
            " ",
        );
    }

    // The default of a switch without a circumstance is what all other runs have.
    const rows = Object.entries(switchTable).flatMap(([name, { values }]) =>
        values
            .filter((value) => name in circumstances || value !== values[0])
            .map((value) => [name as SwitchName, value] as const),
    );

    test("as the sandbox is by default", async () => {
        const outcome = await run({}, []);
        for (const [name, { values }] of Object.entries(switchTable)) {
            outcomes[`${name}=${values[0]}`] ??= outcome;
        }
    });

    test.each(rows)("%s=%s", async (name, value) => {
        outcomes[`${name}=${value}`] = "FAILS";
        const circumstance = circumstances[name];
        const outcome = await run({ [name]: value }, circumstance ? [circumstance] : []);
        outcomes[`${name}=${value}`] = outcome;
    });

    const seed = Number(process.env.SWITCHES_SEED ?? 1);
    const combinations = fc.sample(
        fc.record(
            Object.fromEntries(
                Object.entries(switchTable).map(([name, { values }]) => [
                    name,
                    name === "rateLimit" ? fc.constant("off") : fc.constantFrom(...values),
                ]),
            ),
        ),
        { numRuns: 3, seed },
    );
    test.each(combinations.map((_, index) => index))(
        `random combination %i with SWITCHES_SEED=${seed}`,
        async (number) => {
            const positions = combinations[number]!;
            const moved = Object.entries(positions)
                .filter(([name, value]) => value !== switchTable[name as SwitchName].values[0])
                .map(([name, value]) => `${name}=${value}`);
            const name = `random ${number} of SWITCHES_SEED=${seed}: ${moved.join(" ")}`;
            outcomes[name] = "FAILS";
            // These two run by clocks of their own.
            const pairs = Object.values(circumstances).filter(
                (circumstance) => circumstance !== "busy" && circumstance !== "impatientDelete",
            );
            outcomes[name] = await run(positions, pairs);
        },
    );

    /** From registry to application and back; answers the errors that the user saw and corrected. */
    async function flow(name: string, having: Set<Circumstance>): Promise<string[]> {
        const { bench } = tutorial;
        const errors: string[] = [];
        const basePath = having.has("newPush") || having.has("brokenNeighbour") ? name : undefined;
        if (basePath) {
            expect(await tutorial.push(basePath)).toBe(tutorial.pack.digest);
        }
        if (having.has("brokenNeighbour")) {
            const layers = [await archive({ "broken/README.md": "No pack.json.\n" })];
            await bench.push(`${name}/spectro-packs/archive/broken`, "1.0.0", { layers });
        }
        if (having.has("lostAnswers")) {
            await loseAnswers();
        }
        const found = await tutorial.preflight();

        const registryInputs = tutorial.registry({ name, ...(basePath && { basePath }) });
        const wrong = { ...tutorial.keyPair(), secretKey: "nobody's" } as never;
        await expect(ociRegistry.create({ ...registryInputs, credentials: wrong })).rejects.toThrow(
            /^registry ".*check registries\[\]\.credentials/,
        );
        const registry = await createDespiteFailure(ociRegistry, registryInputs, async (error) => {
            expect(`${error}: ${[...having]}`).toContain("brokenNeighbour");
            errors.push(error);
            await tutorial.deleteImage(`${name}/spectro-packs/archive/broken`, "1.0.0");
            return registryInputs;
        });

        if (having.has("ownOrder")) {
            found.layers.reverse();
        }
        const pack = (tag: string) => ({
            registryUid: registry.id,
            overrides: `manifests:\n  hello-universe:\n    tag: "${tag}"\n`,
        });
        const firstInputs = tutorial.profile({ name }, found, pack("1.2.0"));
        const first = await create(
            clusterProfile,
            having.has("brokenPack") ? tutorial.profile({ name }, found, pack("")) : firstInputs,
        );
        const clusterInputs = () => tutorial.cluster({ name }, found, first.outs);
        const cluster = await createDespiteFailure(awsCluster, clusterInputs(), async (error) => {
            expect(`${error}: ${[...having]}`).toContain("brokenPack");
            expect(error).toMatch(/^cluster ".* failed: .*pack hellouniverse failed: /);
            await update(first, { ...firstInputs, editInPlace: true });
            return clusterInputs();
        });
        const urls = await create(applicationUrls, {
            cluster: cluster.id,
            name,
            project: found.project,
            packs: [tutorial.pack],
            revisions: [],
            timeout: cluster.inputs.createTimeout,
        });
        expect(await page(urls.outs.urls)).toContain("hello-universe:1.2.0");
        for (const made of [registry, first, cluster, urls]) {
            await expectNoDrift(made as EngineResource<object, object>);
        }
        expect(await objects(name)).toEqual(["oci", "1.0.0", "Running"]);

        await update(registry, { ...registryInputs, credentials: await tutorial.createRole(name) });
        if (having.has("newKubernetes")) {
            found.layers.find((layer) => layer.name === "kubernetes")!.version = "1.28.2";
        }
        const secondInputs = tutorial.profile({ name, version: "1.1.0" }, found, pack("1.3.0"));
        await update(first, secondInputs);
        expect(await objects(name)).toEqual(["oci", "1.0.0", "1.1.0", "Running"]);
        const [controlPlane, workers] = cluster.inputs.pools;
        const rollout = {
            ...cluster.inputs,
            ...tutorial.cluster({ name, tags: ["new"] }, found, first.outs),
            pools: [controlPlane!, { ...workers!, size: 2 }],
        };
        if (having.has("newKubernetes")) {
            await expect(
                awsCluster.update(cluster.id, cluster.outs, { ...rollout, repave: "stop" }),
            ).rejects.toThrow(/\(repave\) would be needed, .*kubernetes/);
            expect(await objects(name)).toEqual(["oci", "1.0.0", "1.1.0", "Running"]);
        }
        await update(cluster, { ...rollout, repave: "approve" });
        await update(first, { ...secondInputs, keepVersions: 0 });
        for (const made of [registry, first, cluster, urls]) {
            await expectNoDrift(made as EngineResource<object, object>);
        }
        expect(await page(urls.outs.urls)).toContain("hello-universe:1.3.0");
        expect(await objects(name)).toEqual(["oci", "1.1.0", "Running"]);

        await urls.provider.delete(urls.id, urls.outs);
        const forcing = { ...cluster.outs, forceDelete: true, deleteTimeout: 60 };
        await Promise.all([
            having.has("stuckDelete")
                ? tutorial.deleteStuck(name, () => awsCluster.delete(cluster.id, forcing))
                : remove(cluster),
            having.has("impatientDelete") && remove(first),
        ]);
        await remove(first);
        await remove(registry);
        await tutorial.deleteRole(name);
        return errors;
    }

    /** What Palette has of a run's name. */
    async function objects(name: string): Promise<string[]> {
        const search = "/v1/dashboard/spectroclusters/search";
        const items = [
            ...(await list("GET", "/v1/registries/metadata?scope=all")),
            ...(await list("GET", "/v1/dashboard/clusterprofiles/metadata")),
            ...(await list("POST", search, { filter: notDeleted, sort: [] })),
        ];
        return items
            .filter((object) => (object.name ?? object.metadata?.name) === name)
            .map((object) => object.kind ?? object.spec?.version ?? object.status!.state!);
    }

    /** All of a list; the rate limit may be in force. */
    function list(method: string, url: string, body?: object): Promise<Item[]> {
        const { bench } = tutorial;
        return bench.until(async () => {
            const answer = await bench.call(method, url, body, { project: bench.project });
            expect([200, 429]).toContain(answer.status);
            expect(answer.body.listmeta?.continue ?? "").toBe("");
            return answer.status === 200 && (answer.body.items as Item[]);
        });
    }

    async function loseAnswers(): Promise<void> {
        for (const [method, route] of [
            ["POST", "/v1/registries/oci/ecr"],
            ["POST", "/v1/clusterprofiles"],
            ["POST", "/v1/spectroclusters/aws"],
            ["PATCH", "/v1/spectroclusters/*/profiles"],
        ]) {
            const fault = { service: "palette", method, route, action: "resetAfter" };
            await tutorial.bench.control("POST", "/faults", fault);
        }
    }

    /** Uses up the limit of the registries until the flow has felt it, however slow this machine is. */
    async function otherClients(flowing: { ended: boolean }): Promise<void> {
        const call = () => tutorial.bench.call("GET", OTHERS);
        while (!flowing.ended && (await answered(429)) === 0) {
            await Promise.all(Array.from({ length: 30 }, call));
        }
    }

    /** How many calls of the flow were answered so; 0 is no answer. */
    async function answered(status: number): Promise<number> {
        const { items } = await tutorial.bench.control("GET", "/requests");
        return items.filter(
            (call: { status: number; path: string }) =>
                call.status === status && !call.path.startsWith(OTHERS),
        ).length;
    }

    /** A circumstance that did not come about would prove nothing. */
    async function expectCircumstances(
        having: Circumstance[],
        positions: Record<string, string>,
    ): Promise<void> {
        expect(await answered(0)).toBe(having.includes("lostAnswers") ? 4 : 0);
        expect((await answered(429)) > 0).toBe(positions.rateLimit === "on");
        const said = says.mock.calls.join("\n");
        expect(said.includes("deletion forced")).toBe(having.includes("stuckDelete"));
        expect(said.includes("pack hellouniverse failed")).toBe(having.includes("brokenPack"));
        expect(said.includes("(repave)")).toBe(having.includes("newKubernetes"));
    }
});

/** A registry, profile or cluster as it is listed. */
interface Item {
    name?: string;
    kind?: string;
    metadata?: { name: string };
    spec?: { version?: string };
    status?: { state?: string };
}

const notDeleted = {
    conjunction: "and",
    filterGroups: [
        {
            conjunction: "and",
            filters: [
                { property: "isDeleted", type: "bool", condition: { bool: { value: false } } },
            ],
        },
    ],
};

async function page(urls: Record<string, string>): Promise<string> {
    const response = await fetch(urls.hellouniverse!);
    expect(response.status).toBe(200);
    return response.text();
}
