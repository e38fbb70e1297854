import { observeVersions, type Known } from "../../packages/registry/observe";
import { publish } from "../../packages/registry/publish";
import { parsePushLine, pushLine } from "../../packages/registry/pushOrder";
import { memoryRepository } from "./memoryRepository";

const wanted = (versions: Record<string, string>) =>
    Object.fromEntries(
        Object.entries(versions).map(([version, digest]) => [
            version,
            { path: "packs/hello", digest },
        ]),
    );

describe("publish", () => {
    test("uploads what is not there, and looks only at what is", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:1" });
        const versions = wanted({ "1.0.0": "sha256:1", "1.1.0": "sha256:2" });
        expect(await publish(repository, "hello", versions, false)).toEqual({
            pushed: ["1.1.0"],
            present: ["1.0.0"],
        });
        expect(repository.calls).toEqual(["lookup 1.0.0", "lookup 1.1.0", "upload 1.1.0"]);
    });

    test("refuses to push over other content, and does so when told to", async () => {
        const repository = memoryRepository({ "1.0.0": "sha256:old" });
        const versions = wanted({ "1.0.0": "sha256:1" });
        await expect(publish(repository, "hello", versions, false)).rejects.toThrow(
            /^pack hello 1\.0\.0 \(packs\/hello\) is published already with other content in .*: values\.yaml changed\. .*"version" in pack\.json to "1\.0\.1", or overwritePacks: true/,
        );
        expect(repository.calls).not.toContain("upload 1.0.0");
        expect((await publish(repository, "hello", versions, true)).pushed).toEqual(["1.0.0"]);
    });

    test("says that the repository is gone", async () => {
        const repository = { ...memoryRepository(), lookUp: async () => undefined };
        await expect(publish(repository, "hello", wanted({ "1.0.0": "s" }), false)).rejects.toThrow(
            /^the repository registry\.example\.com\S+ is not there/,
        );
    });
});

test("a folder with spaces is told to the push as it is", () => {
    const order = {
        repository: "base/hello",
        version: "1.0.0",
        digest: "sha256:1",
        generation: 2,
        path: "my packs/hello 1",
    };
    expect(parsePushLine(pushLine(order))).toEqual(order);
    expect(() => parsePushLine("nonsense")).toThrow(/run by the stack's commands/);
});

describe("a look at a repository", () => {
    const nothing: Known = { wanted: {}, published: {}, images: [] };
    const after = (versions: Record<string, string>, images: Known["images"]): Known => ({
        wanted: versions,
        published: versions,
        images,
    });
    const look = (
        tags: Record<string, string>,
        versions: Record<string, string>,
        { before = nothing, overwrite = false, changes }: Look = {},
    ) =>
        observeVersions(
            Object.assign(memoryRepository(tags), changes && { changes }),
            "hello",
            wanted(versions),
            { before, overwrite },
        );
    interface Look {
        before?: Known;
        overwrite?: boolean;
        changes?: ReturnType<typeof memoryRepository>["changes"];
    }
    const present = { "1.0.0": "sha256:1" };
    const pushed = [{ version: "1.0.0", digest: "sha256:1" }];
    const preexisting = [{ version: "1.0.0", digest: "sha256:1", preexisting: true as const }];

    test("finds nothing in a new one, and the stack's own push afterwards", async () => {
        expect(await look({}, present)).toMatchObject({
            published: present,
            images: pushed,
            missing: [],
            conflicts: [],
        });
        expect(await look(present, present, { before: after(present, pushed) })).toMatchObject({
            images: pushed,
            missing: [],
        });
    });

    test("tells what somebody else had pushed before, until it is gone and has to be pushed", async () => {
        expect((await look(present, present)).images).toEqual(preexisting);
        const before = after(present, preexisting);
        expect((await look(present, present, { before })).images).toEqual(preexisting);
        expect(await look({}, present, { before })).toMatchObject({
            images: pushed,
            missing: ["1.0.0"],
        });
    });

    test("keeps in mind what was pushed before, in the order of the pushes", async () => {
        const two = { "1.1.0": "sha256:2" };
        const { images } = await look(present, two, { before: after(present, pushed) });
        expect(images.map(({ version }) => version)).toEqual(["1.0.0", "1.1.0"]);
        const back = await look({ ...present, ...two }, present, { before: after(two, images) });
        expect(back.images.map(({ version }) => version)).toEqual(["1.1.0", "1.0.0"]);
        expect(back.missing).toEqual([]);
    });

    test("takes the same files under the same version for that version, whatever archive they are in", async () => {
        const hand = { "1.0.0": "sha256:hand" };
        const first = await look(hand, present, { changes: [] });
        expect(first).toMatchObject({
            published: hand,
            images: [{ version: "1.0.0", digest: "sha256:hand", preexisting: true }],
            conflicts: [],
        });
        const before = { wanted: present, published: hand, images: first.images };
        expect(await look(hand, present, { before })).toMatchObject({
            published: hand,
            missing: [],
        });
        // When it is gone, the stack's own archive takes its place.
        expect(await look({}, present, { before })).toMatchObject({
            published: present,
            missing: ["1.0.0"],
        });
    });

    test("finds a version that is taken by other content, also when that came later", async () => {
        const changed = { "1.0.0": "sha256:other" };
        const taken = expect.stringMatching(/hello 1\.0\.0 .*values\.yaml changed.*"1\.0\.1"/);
        expect((await look(changed, present)).conflicts).toEqual([taken]);
        const theirs = after(present, preexisting);
        expect((await look(changed, present, { before: theirs })).conflicts).toEqual([taken]);
        const before = after(present, pushed);
        // Here another version of the pack is no way out: it is as it was.
        expect((await look(changed, present, { before })).conflicts).toEqual([
            expect.stringMatching(
                /^pack hello 1\.0\.0: this stack pushed sha256:1 to \S+, and sha256:other is there now: values\.yaml changed\. Somebody else pushed over it: remove the tag 1\.0\.0 there/,
            ),
        ]);
        expect(await look(changed, present, { before, overwrite: true })).toMatchObject({
            conflicts: [],
            missing: ["1.0.0"],
        });
    });

    test.each([
        [new Error("no layer"), /which files differ cannot be told \(no layer\)/],
        [
            Array.from({ length: 10 }, (_, n) => ({ path: `f${n}`, change: "added" as const })),
            /f0 added, .*f7 added, 2 more\./,
        ],
    ])("says so when %s is all that a comparison brings", async (changes, message) => {
        const { conflicts } = await look({ "1.0.0": "sha256:other" }, present, { changes });
        expect(conflicts).toEqual([expect.stringMatching(message)]);
    });
});
