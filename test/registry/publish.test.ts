import type { History } from "../../components/registry/history";
import { lookUpVersions, publish } from "../../components/registry/publish";
import { ADDRESS, memoryRepository, type MemoryRepository } from "./memoryRepository";

const wanted = (versions: Record<string, string>) =>
    Object.fromEntries(
        Object.entries(versions).map(([version, digest]) => [
            version,
            { path: "packs/hello", digest },
        ]),
    );
const historyOf = (images: History["images"] = []): History => ({ repository: ADDRESS, images });

describe("publish", () => {
    const run = async (
        repository: MemoryRepository,
        versions: Record<string, string>,
        options: Partial<Parameters<typeof publish>[3]> = {},
    ) => {
        const defaults = { history: historyOf(), foreign: [], overwrite: false };
        const all = { ...defaults, ...options };
        return (await publish(repository, "hello", wanted(versions), all)).images;
    };

    test("uploads what is not there, and looks only at what is", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:1" });
        await run(repository, { "1.0.0": "sha256:1", "1.1.0": "sha256:2" });
        expect(repository.calls).toEqual(["lookup 1.0.0", "lookup 1.1.0", "upload 1.1.0"]);
    });

    test("keeps in mind what it has pushed before, in the order of the pushes", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:1" });
        const history = historyOf([{ version: "1.0.0", digest: "sha256:1" }]);
        const images = await run(repository, { "1.1.0": "sha256:2" }, { history });
        expect(images).toEqual([
            { version: "1.0.0", digest: "sha256:1" },
            { version: "1.1.0", digest: "sha256:2" },
        ]);
        // Set back to the first version, it is the newest again.
        const back = await run(repository, { "1.0.0": "sha256:1" }, { history: historyOf(images) });
        expect(back.map(({ version }) => version)).toEqual(["1.1.0", "1.0.0"]);
        expect(repository.calls.filter((call) => call.startsWith("upload"))).toEqual([
            "upload 1.1.0",
        ]);
    });

    test("learns the version of an image that an earlier program pushed", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:1" });
        const history = historyOf([{ digest: "sha256:1" }]);
        const foreign = ["sha256:1"];
        expect(await run(repository, { "1.0.0": "sha256:1" }, { history, foreign })).toEqual([
            { version: "1.0.0", digest: "sha256:1" },
        ]);
    });

    test("tells what somebody else had pushed before from what its own cut-off push has left", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:1", "1.1.0": "sha256:2" });
        const images = await run(
            repository,
            { "1.0.0": "sha256:1", "1.1.0": "sha256:2" },
            { foreign: ["sha256:1"] },
        );
        expect(images).toEqual([
            { version: "1.0.0", digest: "sha256:1", foreign: true },
            { version: "1.1.0", digest: "sha256:2" },
        ]);
        // It stays somebody else's until it is gone and pushed anew.
        const history = historyOf(images);
        expect((await run(repository, { "1.0.0": "sha256:1" }, { history })).at(-1)).toEqual(
            images[0],
        );
        delete repository.tags["1.0.0"];
        expect((await run(repository, { "1.0.0": "sha256:1" }, { history })).at(-1)).toEqual({
            version: "1.0.0",
            digest: "sha256:1",
        });
    });

    test("refuses to push over other content, and does so when told to", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:old" });
        await expect(run(repository, { "1.0.0": "sha256:1" })).rejects.toThrow(
            /^pack hello 1\.0\.0 \(packs\/hello\) is published already with other content in .*: values\.yaml changed\. .*"version" in pack\.json to "1\.0\.1", or overwritePacks: true/,
        );
        expect(repository.calls).not.toContain("upload 1.0.0");
        const history = historyOf([{ version: "1.0.0", digest: "sha256:old" }]);
        const options = { history, overwrite: true };
        expect(await run(repository, { "1.0.0": "sha256:1" }, options)).toEqual([
            { version: "1.0.0", digest: "sha256:old" },
            { version: "1.0.0", digest: "sha256:1" },
        ]);
    });
});

describe("lookUpVersions", () => {
    const taken = () => memoryRepository({ "1.0.0": "sha256:1", "1.1.0": "sha256:old" });
    const both = wanted({ "1.0.0": "sha256:1", "1.1.0": "sha256:2", "1.2.0": "sha256:3" });

    test("tells what is there and what is taken, and writes nothing", async () => {
        const repository = taken();
        expect(await lookUpVersions(repository, "hello", both, false)).toEqual({
            present: ["sha256:1"],
            conflicts: [expect.stringMatching(/hello 1\.1\.0 .*values\.yaml changed/)],
        });
        expect(repository.calls.filter((call) => !call.startsWith("lookup"))).toEqual([]);
    });

    test("finds no conflict where versions may be overwritten", async () => {
        expect(await lookUpVersions(taken(), "hello", both, true)).toEqual({
            present: ["sha256:1"],
            conflicts: [],
        });
    });

    test.each([
        [new Error("no layer"), /which files differ cannot be told \(no layer\)/],
        [[], /the files are the same, but the archive was made in another way/],
        [
            Array.from({ length: 10 }, (_, n) => ({ path: `f${n}`, change: "added" as const })),
            /f0 added, .*f7 added, 2 more\./,
        ],
    ])("says so when %s is all that a comparison brings", async (changes, message) => {
        const { conflicts } = await lookUpVersions(
            Object.assign(taken(), { changes }),
            "hello",
            both,
            false,
        );
        expect(conflicts).toEqual([expect.stringMatching(message)]);
    });
});
