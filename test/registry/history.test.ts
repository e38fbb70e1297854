import { digestOf, dispensable, parseHistory } from "../../components/registry/history";

const repository = "host/base/hello";

describe("a history", () => {
    test.each([
        ["nothing", undefined, { repository, images: [] }],
        ["an empty text", "", { repository, images: [] }],
        [
            "the digest that an earlier program printed",
            "sha256:1\n",
            { repository, images: [{ digest: "sha256:1" }] },
        ],
        [
            "its own text",
            '{"repository":"other/hello","images":[{"version":"1.0.0","digest":"sha256:1"}]}',
            { repository: "other/hello", images: [{ version: "1.0.0", digest: "sha256:1" }] },
        ],
    ])("is read from %s", (_, text, expected) => {
        expect(parseHistory(text, repository)).toEqual(expected);
    });

    test("knows the digest that a version has now", () => {
        const images = [
            { version: "1.0.0", digest: "sha256:old" },
            { version: "1.1.0", digest: "sha256:1" },
            { version: "1.0.0", digest: "sha256:new" },
        ];
        expect(digestOf(images, "1.0.0")).toBe("sha256:new");
        expect(digestOf(images, "2.0.0")).toBeUndefined();
    });
});

describe("what nothing needs any more", () => {
    const images = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map((version) => ({
        version,
        digest: `sha256:${version}`,
    }));
    const versions = (
        fields: Partial<Parameters<typeof dispensable>[1]>,
        all: Parameters<typeof dispensable>[0]["images"] = images,
    ) =>
        dispensable(
            { repository, images: all },
            { pack: "hello", current: ["sha256:1.3.0"], needed: [], keep: 0, ...fields },
        ).map(({ digest }) => digest.slice("sha256:".length));

    test("is all but the wanted versions", () => {
        expect(versions({})).toEqual(["1.0.0", "1.1.0", "1.2.0"]);
    });
    test.each([
        [1, ["1.0.0", "1.1.0"]],
        [3, []],
        [9, []],
    ])("spares the %i newest of the older ones", (keep, expected) => {
        expect(versions({ keep })).toEqual(expected);
    });
    test("spares what a profile holds, by the pack's name and version", () => {
        expect(versions({ needed: ["hello:1.0.0", "other:1.1.0"] })).toEqual(["1.1.0", "1.2.0"]);
    });
    test("spares what somebody else has pushed", () => {
        const [first, ...others] = images;
        expect(versions({}, [{ ...first!, foreign: true }, ...others])).toEqual(["1.1.0", "1.2.0"]);
    });
    test("spares an image whose version is not known", () => {
        expect(versions({}, [{ digest: "sha256:0" }, ...images])).not.toContain("0");
    });
    test("is content that was pushed over, though its version is needed", () => {
        const overwritten = { version: "1.2.0", digest: "sha256:before" };
        expect(versions({ needed: ["hello:1.2.0"], keep: 9 }, [overwritten, ...images])).toEqual([
            "before",
        ]);
    });
});
