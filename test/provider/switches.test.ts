import fc from "fast-check";
import {
    applicationUrls,
    type ApplicationUrlsInputs,
} from "../../components/palette/provider/applicationUrls";
import { awsCluster } from "../../components/palette/provider/awsCluster";
import { clusterProfile } from "../../components/palette/provider/clusterProfile";
import type { Provider } from "../../components/palette/provider/lifecycle";
import { ociRegistry } from "../../components/palette/provider/ociRegistry";
import { switchTable, type SwitchName } from "../../sandbox/palette/switches";
import { describeWith } from "../sandbox/awsSandbox";
import { archive } from "../sandbox/paletteSupport";
import { Tutorial, tutorialBinaries } from "./tutorial";

/** How much faster than in a real run the providers wait. */
let mockPace = 100;
jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / mockPace)),
}));

jest.setTimeout(120_000);

/** Positions of switches from which one at a time is moved; the others are as in the table. */
const baseline = { rateLimit: "off" };

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

/** A resource as the engine keeps it. */
interface Made<Inputs extends object, Outputs extends Inputs> {
    provider: Provider<Inputs, Outputs>;
    inputs: Inputs;
    id: string;
    outs: Outputs;
}

async function make<I extends object, O extends I>(
    provider: Provider<I, O>,
    inputs: I,
): Promise<Made<I, O>> {
    return { provider, inputs, ...(await provider.create(inputs)) };
}

async function change<I extends object, O extends I>(made: Made<I, O>, news: I): Promise<void> {
    expect(await made.provider.diff(made.id, made.outs, news)).toMatchObject({
        changes: true,
        replaces: [],
    });
    made.outs = (await made.provider.update(made.id, made.outs, news)).outs;
    made.inputs = news;
}

/** What the engine records of a create that failed after the object was there, and the error. */
async function makeHalf<I extends object, O extends I>(
    provider: Provider<I, O>,
    inputs: I,
): Promise<Made<I, O> & { error: string }> {
    const error = await provider.create(inputs).then(
        () => undefined,
        (one: Error & { id: string; properties: O }) => one,
    );
    expect(error).toMatchObject({ id: expect.any(String), properties: inputs });
    return { provider, inputs, id: error!.id, outs: error!.properties, error: error!.message };
}

/** A refresh finds nothing, and neither does the `up` after it. */
async function expectNoDrift<I extends object, O extends I>(made: Made<I, O>): Promise<void> {
    const { provider, id, outs, inputs } = made;
    const seen = await provider.read(id, outs);
    expect(seen).toEqual({ id, props: outs, inputs });
    expect(await provider.diff(id, seen.props!, inputs)).toMatchObject({ changes: false });
}

async function unmake<I extends object, O extends I>(made: Made<I, O>): Promise<void> {
    await made.provider.delete(made.id, made.outs);
    await made.provider.delete(made.id, made.outs);
    expect((await made.provider.read(made.id, made.outs)).id).toBe("");
}

describeWith(...tutorialBinaries)("the providers, whatever Palette turns out to do", () => {
    let tutorial: Tutorial;
    const outcomes: string[][] = [];
    let runs = 0;

    beforeAll(async () => {
        tutorial = await Tutorial.start({ speed: 2000, switches: baseline });
        expect(await tutorial.push()).toBe(tutorial.pack.digest);
        jest.spyOn(console, "log").mockImplementation(() => undefined);
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial.remove();
        const widths = [0, 1].map((column) =>
            Math.max(...outcomes.map((row) => row[column]!.length)),
        );
        const lines = outcomes.map((row) =>
            row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "),
        );
        process.stdout.write(`${lines.join("\n")}\n`);
    });
    beforeEach(async () => {
        await tutorial.bench.control("DELETE", "/switches");
        await tutorial.bench.control("DELETE", "/faults");
        mockPace = 100;
    });

    async function run(
        positions: Record<string, string>,
        having: Circumstance[],
    ): Promise<string> {
        if (having.includes("busy")) {
            positions = { rateLimit: "on", ...positions };
            mockPace = 5;
        }
        await tutorial.bench.control("PATCH", "/switches", positions);
        const expected = Object.entries(positions)
            .filter(([name]) => having.includes(circumstances[name as SwitchName]!))
            .map(([name, value]) => documented[`${name}=${value}`])
            .filter((one) => one !== undefined);
        const name = `run-${++runs}`;
        const errors = await flow(name, new Set(having));
        expect(await objects(name)).toEqual([]);
        expect(errors).toEqual(expected.map(({ error }) => expect.stringMatching(error)));
        return ["converges", ...expected.map(({ reason }) => `after an error: ${reason}`)].join(" ");
    }

    const rows = Object.entries(switchTable).flatMap(([name, { values }]) =>
        values
            .filter((value) => value !== ((baseline as Record<string, string>)[name] ?? values[0]))
            .map((value) => [name as SwitchName, value] as const),
    );

    test("as the sandbox is by default", async () => {
        expect(await run({}, [])).toBe("converges");
    });

    test.each(rows)("%s=%s", async (name, value) => {
        const outcome = [name, value, "fails"];
        outcomes.push(outcome);
        const circumstance = circumstances[name];
        outcome[2] = await run({ [name]: value }, circumstance ? [circumstance] : []);
    });

    const seed = Number(process.env.SWITCHES_SEED ?? Date.now() % 1_000_000);
    const positions = fc.record(
        Object.fromEntries(
            Object.entries(switchTable).map(([name, { values }]) => [
                name,
                fc.constantFrom(...(name in baseline ? ["off"] : values)),
            ]),
        ),
    );
    test.each(fc.sample(positions, { numRuns: 3, seed }).map((one, index) => [index + 1, one]))(
        `random combination %i (SWITCHES_SEED=${seed})`,
        async (number, combination) => {
            const changed = Object.entries(combination)
                .filter(([name, value]) => value !== switchTable[name as SwitchName].values[0])
                .map(([name, value]) => `${name}=${value}`)
                .join(" ");
            const outcome = [`random ${number}`, `seed ${seed}`, "fails", changed];
            outcomes.push(outcome);
            const all = Object.values(circumstances).filter((one) => one !== "busy");
            outcome[2] = await run(combination as Record<string, string>, all);
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
        if (having.has("busy")) {
            await exhaustLimits();
        }
        const found = await tutorial.preflight();

        const registryInputs = tutorial.registry({ name, ...(basePath && { basePath }) });
        const wrong = { ...tutorial.keyPair(), secretKey: "nobody's" } as never;
        await expect(ociRegistry.create({ ...registryInputs, credentials: wrong })).rejects.toThrow(
            /^registry ".*check registries\[\]\.credentials/,
        );
        let registry;
        try {
            registry = await make(ociRegistry, registryInputs);
        } catch (error) {
            errors.push((error as Error).message);
        }

        return errors;
    }
});
