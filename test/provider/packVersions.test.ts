import {
    packVersions,
    type PackVersionsInputs,
} from "../../components/palette/provider/packVersions";
import type { openRepository } from "../../components/registry/repository";
import { memoryRepository, type MemoryRepository } from "../registry/memoryRepository";

let repository: MemoryRepository;
const mockOpen = jest.fn<Promise<MemoryRepository>, Parameters<typeof openRepository>>();
jest.mock("../../components/registry/repository", () => ({
    openRepository: (...args: Parameters<typeof openRepository>) => mockOpen(...args),
}));

let runs = 0;
let inputs: PackVersionsInputs;
beforeEach(() => {
    repository = memoryRepository({ "1.0.0": "sha256:1" });
    mockOpen.mockReset().mockImplementation(async () => repository);
    inputs = {
        registry: { name: "harbor", kind: "basic", host: "harbor.example.com" },
        // Answers are kept for the life of a process, which is one run.
        stack: `organization/palette-custom-pack/run-${++runs}`,
        repository: "base/spectro-packs/archive/hello",
        pack: "hello",
        versions: { "1.0.0": { digest: "sha256:1", path: "packs/hello" } },
        overwrite: false,
    };
});

const version = (digest: string, path = "packs/hello") => ({ digest, path });
const failuresOf = async (olds: PackVersionsInputs | object, news: PackVersionsInputs) => {
    const { inputs: checked, failures = [] } = await packVersions.check(olds as never, news);
    expect(checked).toBe(news);
    expect(failures.map(({ property }) => property).join()).toBe("");
    return failures.map(({ reason }) => reason);
};

describe("a preview", () => {
    test("of a new stack finds a version that is taken", async () => {
        const other = { ...inputs, versions: { "1.0.0": version("sha256:2") } };
        expect(await failuresOf({}, other)).toEqual([
            expect.stringMatching(
                /hello 1\.0\.0 .*published already.*values\.yaml changed.*1\.0\.1/,
            ),
        ]);
        expect(repository.calls).toEqual(["lookup 1.0.0", "close"]);
    });

    test("asks nobody when nothing has changed, nor when a pack has moved on this machine", async () => {
        const moved = { ...inputs, versions: { "1.0.0": version("sha256:1", "elsewhere") } };
        expect(await failuresOf(inputs, moved)).toEqual([]);
        expect(mockOpen).not.toHaveBeenCalled();
        expect(await packVersions.diff("id", { ...inputs, foreign: [] }, moved)).toMatchObject({
            changes: false,
        });
    });

    test("asks for new versions only", async () => {
        const more = {
            ...inputs,
            versions: { ...inputs.versions, "1.1.0": version("sha256:2") },
        };
        expect(await failuresOf(inputs, more)).toEqual([]);
        expect(repository.calls).toEqual(["lookup 1.1.0", "close"]);
    });

    test("asks for all versions at another place", async () => {
        await failuresOf(inputs, { ...inputs, repository: "other/spectro-packs/archive/hello" });
        expect(repository.calls).toEqual(["lookup 1.0.0", "close"]);
    });

    test("asks nothing of a registry that is called otherwise", async () => {
        const registry = { ...inputs.registry, name: "other" };
        expect(await failuresOf(inputs, { ...inputs, registry })).toEqual([]);
        expect(mockOpen).not.toHaveBeenCalled();
    });

    test("lets content change where that is allowed", async () => {
        const news = { ...inputs, versions: { "1.0.0": version("sha256:2") }, overwrite: true };
        expect(await failuresOf(inputs, news)).toEqual([]);
        expect(mockOpen).not.toHaveBeenCalled();
    });

    test("says why the registry cannot be asked", async () => {
        mockOpen.mockRejectedValue(new Error("harbor refuses"));
        expect(await failuresOf({}, inputs)).toEqual(["harbor refuses"]);
    });
});

describe("a run", () => {
    test("records what somebody else has pushed, from the answer that the check has got", async () => {
        expect(await failuresOf({}, inputs)).toEqual([]);
        const { id, outs } = await packVersions.create(inputs);
        expect(id).toBe("harbor/base/spectro-packs/archive/hello");
        expect(outs).toEqual({ ...inputs, foreign: ["sha256:1"] });
        expect(mockOpen).toHaveBeenCalledTimes(1);
    });

    test("forgets what is not wanted any more, and looks at what is new", async () => {
        const { outs } = await packVersions.create(inputs);
        const news = { ...inputs, versions: { "1.1.0": version("sha256:2") } };
        repository.tags["1.1.0"] = "sha256:2";
        const updated = await packVersions.update("id", outs!, news);
        expect(updated.outs).toEqual({ ...news, foreign: ["sha256:2"] });
        expect(repository.calls).toEqual(["lookup 1.0.0", "close", "lookup 1.1.0", "close"]);
    });

    test("takes what its own push has left for its own when the versions stay", async () => {
        repository = memoryRepository();
        const { outs } = await packVersions.create(inputs);
        expect(outs!.foreign).toEqual([]);
        repository.tags["1.0.0"] = "sha256:1";
        const changed = { ...inputs, overwrite: true };
        expect((await packVersions.update("id", outs!, changed)).outs!.foreign).toEqual([]);
    });
});
