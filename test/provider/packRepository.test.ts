import { packRepository } from "../../packages/palette/registry/packRepository";
import type {
    PackRepositoryArgs,
    PackRepositoryInputs,
} from "../../packages/palette/registry/packRepositoryInputs";
import type { StackState } from "../../packages/palette/lifecycle/pulumiCli";
import { forgetRun } from "../../packages/palette/lifecycle/runNotes";
import type { EcrRepository } from "../../packages/registry/ecrRepository";
import { leftTags, MADE_TAG, useTag } from "../../packages/registry/repositoryTags";
import type { openRepository } from "../../packages/registry/openRepository";
import { memoryRepository, type MemoryRepository } from "../registry/memoryRepository";

let repository: MemoryRepository;
const mockOpen = jest.fn<Promise<MemoryRepository>, Parameters<typeof openRepository>>();
jest.mock("../../packages/registry/openRepository", () => ({
    ...jest.requireActual<object>("../../packages/registry/openRepository"),
    openRepository: (...args: Parameters<typeof openRepository>) => mockOpen(...args),
}));

let mockState: StackState;
jest.mock("../../packages/palette/lifecycle/pulumiCli", () => ({
    ...jest.requireActual<object>("../../packages/palette/lifecycle/pulumiCli"),
    readState: async () => mockState,
}));

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const version = (digest: string, path = "packs/hello") => ({ digest, path });
const args: PackRepositoryArgs = {
    registry: { name: "harbor", kind: "basic", host: "harbor.example.com" },
    repository: "base/spectro-packs/archive/hello",
    pack: "hello",
    versions: { "1.0.0": version("sha256:1") },
    overwrite: false,
    forceDelete: false,
    keep: false,
    owner: { id: "m", stack: "o/p/dev" },
};

let said: string[];
beforeEach(() => {
    repository = memoryRepository();
    mockOpen.mockReset().mockImplementation(async () => repository);
    mockState = {};
    said = [];
    jest.spyOn(console, "log").mockImplementation((line: string) => void said.push(line));
});
afterEach(() => jest.restoreAllMocks());

/** A deletion in a run of its own. */
async function destroy(state: PackRepositoryInputs) {
    forgetRun();
    await packRepository.delete("id", state);
}

/** What the engine does before a create or an update. @throws Error with the failures */
async function check(
    olds: PackRepositoryInputs | object,
    news: PackRepositoryArgs,
): Promise<PackRepositoryInputs> {
    const { inputs, failures = [] } = await packRepository.check(olds as never, news as never);
    expect(failures.map(({ property }) => property).join("")).toBe("");
    if (failures.length > 0) {
        throw new Error(failures.map(({ reason }) => reason).join());
    }
    return inputs!;
}
const changes = async (olds: PackRepositoryInputs, news: PackRepositoryInputs) =>
    (await packRepository.diff("id", olds, news)).changes;
/** A run of the program; the state after it. */
async function up(olds: PackRepositoryInputs | undefined, news = args) {
    const inputs = await check(olds ?? {}, news);
    const { outs } =
        olds === undefined
            ? await packRepository.create(inputs)
            : (await changes(olds, inputs))
              ? await packRepository.update("id", olds, inputs)
              : { outs: inputs };
    for (const [of, { digest }] of Object.entries(news.versions)) {
        repository.tags[of] ??= digest;
    }
    return outs;
}

describe("a preview", () => {
    test("of a new stack finds a version that is taken", async () => {
        repository.tags["1.0.0"] = "sha256:2";
        await expect(check({}, args)).rejects.toThrow(
            /hello 1\.0\.0 .*published already.*values\.yaml changed.*1\.0\.1/,
        );
        expect(repository.calls).toEqual(["lookup 1.0.0", "close"]);
    });

    test("of a promoted version demands that it is the pinned image, of whatever archive", async () => {
        const pin = (pinnedDigest: string) => ({
            ...args,
            versions: { "1.0.0": { ...version("sha256:1"), pinnedDigest } },
        });
        await expect(check({}, pin("sha256:2"))).rejects.toThrow(
            /packs\[\]\.digest of hello 1\.0\.0: the configuration promotes sha256:2, and packs\/hello is sha256:1; take/,
        );
        const state = await up(undefined, pin("sha256:1"));
        expect(await changes(state, await check(state, args))).toBe(false);
    });

    test("finds no change when a pack has moved on this machine, or its registry has another name", async () => {
        const state = await up(undefined);
        const moved = {
            ...args,
            registry: { ...args.registry, name: "other" },
            versions: { "1.0.0": version("sha256:1", "elsewhere") },
        };
        expect(await changes(state, await check(state, moved))).toBe(false);
    });

    test("says why the registry cannot be asked about something new", async () => {
        const state = await up(undefined);
        mockOpen.mockRejectedValue(new Error("harbor refuses"));
        await expect(check({}, args)).rejects.toThrow("harbor refuses");
        const more = { ...args, versions: { ...args.versions, "1.1.0": version("sha256:2") } };
        await expect(check(state, more)).rejects.toThrow("harbor refuses");
    });

    test("goes on as recorded, with one line, when the registry cannot be asked and nothing is new", async () => {
        const registry = { ...args.registry, host: "down.example.com" };
        const state = await up(undefined, { ...args, registry });
        mockOpen.mockRejectedValue(new Error("connection refused"));
        const again = await check(state, { ...args, registry });
        await check(state, { ...args, registry });
        expect(await changes(state, again)).toBe(false);
        expect(said).toEqual([
            "down.example.com cannot be asked what it holds, so what was recorded is taken for true: connection refused",
        ]);
    });

    test.each(Object.keys(args))("takes an unknown %s", async (key) => {
        const state = await up(undefined);
        const news = { ...args, [key]: UNKNOWN } as never;
        const inputs = await check(state, news);
        await changes(state, inputs);
        await check({}, news);
    });
});

describe("a run", () => {
    test("records that nothing was there before its push", async () => {
        expect(await up(undefined)).toMatchObject({
            published: { "1.0.0": "sha256:1" },
            images: [{ version: "1.0.0", digest: "sha256:1" }],
            generation: 1,
            managed: false,
        });
    });

    test("pushes again what somebody has deleted, without a refresh and with one", async () => {
        const state = await up(undefined);
        delete repository.tags["1.0.0"];
        const inputs = await check(state, args);
        expect(inputs.generation).toBe(2);
        expect(await changes(state, inputs)).toBe(true);

        const { props, inputs: observed } = await packRepository.read("id", state);
        expect([props!.published, observed!.published]).toEqual([{}, {}]);
        const refreshed = await check(props!, args);
        expect(refreshed).toMatchObject({ generation: 2, published: { "1.0.0": "sha256:1" } });
        expect(await changes(props!, refreshed)).toBe(true);
    });

    test("a refresh finds nothing where nothing has changed, and fails where nothing can be asked", async () => {
        const state = await up(undefined);
        expect((await packRepository.read("id", state)).props).toEqual(state);
        mockOpen.mockRejectedValue(new Error("down"));
        await expect(packRepository.read("id", state)).rejects.toThrow("down");
    });

    test("is another resource at another host", async () => {
        const state = await up(undefined);
        const registry = { ...args.registry, host: "other.example.com" };
        const inputs = await check(state, { ...args, registry });
        expect(await packRepository.diff("id", state, inputs)).toMatchObject({
            replaces: ["registry"],
        });
    });

    test("takes back what it has pushed, and not what was there before", async () => {
        repository.tags["1.0.0"] = "sha256:1";
        const more = { ...args, versions: { ...args.versions, "1.1.0": version("sha256:2") } };
        await destroy(await up(undefined, more));
        expect(repository.calls.filter((call) => call.startsWith("remove"))).toEqual([
            "remove sha256:2",
        ]);
    });

    test("loses what the stack has pushed in a destroy with --target, of which the engine asks diff and no check", async () => {
        const state = await up(undefined);
        repository.tags["1.0.0"] = "sha256:1";
        forgetRun();
        await packRepository.diff("id", state, state);
        await packRepository.delete("id", state);
        expect(repository.calls).toContain("remove sha256:1");
    });
    test("stays when its replacement was made by a run that was interrupted before the old one went", async () => {
        const state = await up(undefined);
        repository.tags["1.0.0"] = "sha256:1";
        forgetRun();
        const after = await up(state);
        await packRepository.delete("id", state);
        expect(repository.tags).toEqual({ "1.0.0": "sha256:1" });
        await destroy(after);
    });
    test("is the same repository when the engine is told to replace it, and stays the stack's", async () => {
        const before = await up(undefined);
        repository.tags["1.0.0"] = "sha256:1";
        mockState = {
            resources: [
                {
                    urn: "urn",
                    type: "pulumi-nodejs:dynamic/palette:PackRepository",
                    inputs: before as never,
                },
            ],
        };
        forgetRun();
        // As the engine does for --replace: no olds, no diff, the old one goes last.
        const news = { ...args, owner: { id: "m", stack: "o/p/replacing" } };
        const after = await up(undefined, news);
        expect(after).toEqual({ ...before, owner: news.owner });
        await packRepository.delete("id", before);
        expect(repository.tags).toEqual({ "1.0.0": "sha256:1" });
        await destroy(after);
        expect(repository.calls).toContain("remove sha256:1");
    });

    test("says that a legacy registry keeps what was pushed", async () => {
        const { remove: _, ...legacy } = repository;
        mockOpen.mockImplementation(async () => legacy as MemoryRepository);
        await destroy(await up(undefined));
        expect(said).toEqual([expect.stringMatching(/the spectro CLI cannot delete packs, so 1/)]);
    });
});

describe("an ECR repository", () => {
    /** Undefined: it is not there. */
    let tags: Record<string, string> | undefined;
    let unmanaged: string[];
    let below: string[];
    const registry = { name: "ecr", kind: "ecr" as const, host: "ecr.example.com" };
    const ecrArgs = { ...args, registry };
    beforeEach(() => {
        tags = undefined;
        unmanaged = [];
        below = [];
        const ecr: EcrRepository = {
            arn: async () => (tags ? "arn" : undefined),
            tags: async () => ({ ...tags }),
            tag: async (_, more) => void Object.assign(tags!, more),
            untag: async (_, keys) => keys.forEach((key) => delete tags![key]),
            digestsOf: async () => (tags ? repository.tags : undefined),
            images: async () => [
                ...Object.entries(repository.tags).map(([tag, digest]) => ({ digest, tag })),
                ...unmanaged.map((digest) => ({ digest })),
            ],
            async remove(digests) {
                for (const [tag, digest] of Object.entries(repository.tags)) {
                    if (digests.includes(digest)) {
                        delete repository.tags[tag];
                    }
                }
            },
            below: async () => below,
            delete: async () => void (tags = undefined),
        };
        const { lookUp } = repository;
        Object.assign(repository, {
            ecr,
            lookUp: async (versions: string[]) => (tags ? lookUp(versions) : undefined),
        });
    });
    const owned = (ownerId: string) => ({
        [MADE_TAG]: ownerId,
        [useTag(ownerId)]: `stack ${ownerId}`,
    });
    const of = (ownerId: string, fields: Partial<PackRepositoryArgs> = {}) => ({
        ...ecrArgs,
        owner: { id: ownerId, stack: `stack ${ownerId}` },
        ...fields,
    });
    /** A run that makes the repository where it has to. */
    async function upEcr(olds: PackRepositoryInputs | undefined, news = of("m")) {
        const state = await up(olds, news);
        if (state.managed) {
            tags ??= owned(news.owner.id);
        }
        return state;
    }

    test("that is not there is the stack's to make, and to delete", async () => {
        const state = await upEcr(undefined);
        expect(state).toMatchObject({ managed: true, repositoryGeneration: 0 });
        expect(await upEcr(state)).toMatchObject({ managed: true, repositoryGeneration: 0 });
        await destroy(state);
        expect(tags).toBeUndefined();
    });

    test("that somebody has deleted is made again with what was in it", async () => {
        const state = await upEcr(undefined);
        tags = undefined;
        delete repository.tags["1.0.0"];
        expect(await check(state, of("m"))).toMatchObject({
            managed: true,
            repositoryGeneration: 1,
            generation: 2,
        });
        const { props } = await packRepository.read("id", state);
        expect(await check(props!, of("m"))).toMatchObject({
            repositoryGeneration: 1,
            generation: 2,
        });
    });

    test("that somebody else made is used, and left without a trace", async () => {
        tags = { theirs: "1" };
        const state = await upEcr(undefined);
        expect(state.managed).toBe(false);
        expect(tags).toEqual({ theirs: "1" });
        await destroy(state);
        expect(tags).toEqual({ theirs: "1" });
        expect(repository.tags).toEqual({});
    });

    test.each(["the first", "the second"])(
        "of two stacks stays until both have left, %s of them first",
        async (first) => {
            const ofA = await upEcr(undefined, of("a"));
            const ofB = await upEcr(undefined, of("b"));
            expect(ofB).toMatchObject({ managed: false, images: [{ preexisting: true }] });
            const [leaves, stays] = first === "the first" ? [ofA, ofB] : [ofB, ofA];
            await destroy(leaves);
            expect(repository.tags).toEqual({ "1.0.0": "sha256:1" });
            expect(said).toEqual([
                expect.stringMatching(`stays: it is used by ${stays.owner.stack}$`),
            ]);
            await destroy(stays);
            expect(tags).toBeUndefined();
        },
    );

    test("with images of somebody else's stays, and says what it holds", async () => {
        const state = await upEcr(undefined);
        unmanaged = ["sha256:theirs"];
        await destroy(state);
        expect(Object.keys(tags!)).toEqual([MADE_TAG]);
        expect(said).toEqual([
            expect.stringMatching(/did not push: sha256:theirs \(forceDelete: true of registries/),
        ]);
        await destroy({ ...state, forceDelete: true });
        expect(tags).toBeUndefined();
    });

    test("with others below it stays", async () => {
        below = ["base/spectro-packs/archive/theirs"];
        const state = await upEcr(undefined, of("m", { pack: "", versions: {} }));
        expect(state.managed).toBe(true);
        await destroy(state);
        expect(said).toEqual([expect.stringMatching(/others below it: .*archive\/theirs$/)]);
    });

    test("is let go of with existingRepositories, and taken over again, without being made again", async () => {
        const state = await upEcr(undefined);
        const letGo = await upEcr(state, of("m", { keep: true }));
        expect(letGo).toMatchObject({ managed: false, repositoryGeneration: 0, generation: 1 });
        const back = await upEcr(letGo);
        expect(back).toMatchObject({ managed: false, repositoryGeneration: 0, generation: 1 });
        await destroy(letGo);
        expect(repository.tags).toEqual({ "1.0.0": "sha256:1" });
        await destroy(back);
        expect(tags).toBeUndefined();
    });

    test("has to be there where existingRepositories says so", async () => {
        await expect(check({}, of("m", { keep: true }))).rejects.toThrow(
            /is not there, and existingRepositories of registries\[\] says that it is/,
        );
    });
});

test("what stacks have left behind fits into tags", () => {
    const digests = Array.from({ length: 40 }, (_, n) => `sha256:${String(n).padStart(64, "0")}`);
    const tags = leftTags(
        {},
        digests.slice(0, 20).map((digest) => digest.replace("0000", "abcd")),
    );
    const tagsOfAll = leftTags(
        tags,
        digests.map((digest, n) => `sha256:${n + 100}${digest.slice(10)}`),
    );
    expect(Object.values(tagsOfAll).flatMap((value) => value.split(" "))).toHaveLength(41);
    expect(Object.values(tagsOfAll).every((value) => value.length <= 256)).toBe(true);
});
