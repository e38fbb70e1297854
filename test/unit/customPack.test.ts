import path from "node:path";
import { loadPacks } from "../../components/customPack";
import golden from "../pack/golden.json";

const packs = path.join(__dirname, "..", "..", "packs");
const manifestPack = path.join(packs, "hello-universe-pack");

test("a pack is its name, version, digest, and whether a URL is to be expected", async () => {
    expect(await loadPacks([manifestPack])).toEqual([
        {
            path: manifestPack,
            name: "hellouniverse",
            version: "1.0.0",
            digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
            loadBalancer: true,
        },
    ]);
    const [pack] = await loadPacks([manifestPack]);
    expect(JSON.stringify(golden)).toContain(pack!.digest);
});

test("a pack that is there twice is told with both places", async () => {
    await expect(loadPacks([manifestPack, manifestPack])).rejects.toThrow(
        /^packs\[1\]\.path: .*hellouniverse.*packs\[0\]\.path/,
    );
});

test("a folder that is no pack is told with its path", async () => {
    await expect(loadPacks([__dirname])).rejects.toThrow(/test\/unit.*pack\.json/s);
});
