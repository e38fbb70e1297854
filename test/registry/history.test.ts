import { digestOf, prunable, pushedDigests, withImages } from "../../packages/registry/history";

describe("the images of a stack", () => {
    const images = [
        { version: "1.0.0", digest: "sha256:old" },
        { version: "1.1.0", digest: "sha256:1", preexisting: true as const },
        { version: "1.0.0", digest: "sha256:new" },
    ];

    test("tell the digest that a version has now", () => {
        expect(digestOf(images, "1.0.0")).toBe("sha256:new");
        expect(digestOf(images, "2.0.0")).toBeUndefined();
    });

    test("have those of the wanted versions at the end", () => {
        const back = withImages(images, [{ version: "1.0.0", digest: "sha256:old" }]);
        expect(back.map(({ digest }) => digest)).toEqual(["sha256:1", "sha256:new", "sha256:old"]);
    });

    test("tell what the stack itself has pushed", () => {
        expect(pushedDigests(images)).toEqual(["sha256:old", "sha256:new"]);
    });
});

describe("what nothing needs any more", () => {
    const images = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map((version) => ({
        version,
        digest: `sha256:${version}`,
    }));
    const versions = (
        fields: Partial<Parameters<typeof prunable>[1]>,
        known: Parameters<typeof prunable>[0] = images,
    ) =>
        prunable(known, {
            pack: "hello",
            current: ["sha256:1.3.0"],
            needed: [],
            keep: 0,
            ...fields,
        }).map(({ digest }) => digest.slice("sha256:".length));

    test("is all but the wanted versions", () => {
        expect(versions({})).toEqual(["1.0.0", "1.1.0", "1.2.0"]);
    });
    test.each([
        [1, ["1.0.0", "1.1.0"]],
        [3, []],
        [9, []],
    ])("is not among the %i newest of the older ones", (keep, expected) => {
        expect(versions({ keep })).toEqual(expected);
    });
    test("is not what a profile holds, by the pack's name and version", () => {
        expect(versions({ needed: ["hello:1.0.0", "other:1.1.0"] })).toEqual(["1.1.0", "1.2.0"]);
    });
    test("is not what somebody else has pushed", () => {
        const [first, ...rest] = images;
        expect(versions({}, [{ ...first!, preexisting: true }, ...rest])).toEqual([
            "1.1.0",
            "1.2.0",
        ]);
    });
    test("is content that was pushed over, though its version is needed", () => {
        const overwritten = { version: "1.2.0", digest: "sha256:before" };
        expect(versions({ needed: ["hello:1.2.0"], keep: 9 }, [overwritten, ...images])).toEqual([
            "before",
        ]);
    });
});
