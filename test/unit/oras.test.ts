import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findOras, orasVersion } from "../../packages/registry/oras";
import { executables, type Executables } from "./executables";

const environment = { ...process.env };
let fakes: Executables;
beforeEach(() => {
    fakes = executables();
    process.env = { ...environment, PATH: "", PALETTE_ENGINE_DIR: join(fakes.folder, "cache") };
});
afterEach(() => {
    process.env = environment;
    fakes.remove();
});

/** Makes an oras in a folder below the temporary one. */
function orasIn(folder: string, prints = ""): string {
    mkdirSync(join(fakes.folder, folder), { recursive: true });
    return fakes.write(join(folder, "oras"), { prints });
}

describe("findOras", () => {
    test("takes the first one on PATH", () => {
        const [one, other] = [orasIn("one"), orasIn("other")];
        const folders = [join(fakes.folder, "absent"), join(other, ".."), join(one, "..")];
        process.env.PATH = folders.join(delimiter);
        expect(findOras()).toBe(other);
    });

    test("takes that of the project's cache where PATH has none", () => {
        const cached = orasIn("cache/oras/1.3.0");
        process.env.PATH = join(fakes.folder, "absent");
        expect(findOras()).toBe(cached);
    });

    test("prefers PATH to the cache", () => {
        orasIn("cache/oras/1.3.0");
        const installed = orasIn("installed");
        process.env.PATH = join(fakes.folder, "installed");
        expect(findOras()).toBe(installed);
    });

    test("follows a link", () => {
        mkdirSync(join(fakes.folder, "links"));
        symlinkSync(orasIn("one"), join(fakes.folder, "links", "oras"));
        process.env.PATH = join(fakes.folder, "links");
        expect(findOras()).toBe(join(fakes.folder, "links", "oras"));
    });

    test.each<[string, () => void]>([
        ["nothing", () => undefined],
        ["a file that cannot be run", () => writeFileSync(join(fakes.folder, "oras"), "")],
        ["a folder of that name", () => mkdirSync(join(fakes.folder, "oras"))],
        ["a broken link", () => symlinkSync("nowhere", join(fakes.folder, "oras"))],
        [
            "an empty cache",
            () => mkdirSync(join(fakes.folder, "cache/oras/1.3.0"), { recursive: true }),
        ],
    ])("says how to get oras where there is %s", (_, prepare) => {
        prepare();
        process.env.PATH = fakes.folder;
        expect(findOras).toThrow(/oras is not on PATH.*https:\/\/oras\.land.*npm run engine/);
    });
});

describe("orasVersion", () => {
    test.each<[string, [number, number]]>([
        ["Version:        1.3.6\nGo version:     go1.25.1\n", [1, 3]],
        ["Version:        v1.0.1+Homebrew\nGo version: go1.20\n", [1, 0]],
        ["Version: 1.10.0-beta.1\n", [1, 10]],
        ["Some notice\nVersion: 2.0.0\n", [2, 0]],
    ])("reads %j", async (prints, expected) => {
        expect(await orasVersion(orasIn("a b", prints))).toEqual(expected);
        expect(fakes.runs("a b/oras")).toEqual(["version"]);
    });

    test.each(["", "Version: unknown", "Go version: 1.2.3"])("refuses %j", async (prints) => {
        const oras = orasIn("one", prints);
        await expect(orasVersion(oras)).rejects.toThrow(
            `${oras} version does not tell its version`,
        );
    });
});
