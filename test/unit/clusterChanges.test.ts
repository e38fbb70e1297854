import { changesOf } from "../../components/packs/clusterChanges";
import { readPack } from "../../packages/pack/check/readPack";
import { findHelm } from "../../packages/pack/render/helm";
import { manifestPack, packJson, Scratch } from "../pack/packFolder";
import { memoryRepository } from "../registry/memoryRepository";
import { describeWith } from "../sandbox/binaries";

const scratch = new Scratch();
afterAll(() => scratch.clear());

describeWith("helm")("what a new version changes in the cluster", () => {
    const helm = findHelm() ?? "";
    const folder = (version: string, tag: string) =>
        scratch.write({
            ...manifestPack(),
            "pack.json": { ...packJson, version, kubeManifests: ["manifests/demo.yaml"] },
            "values.yaml": `pack:\n  namespace: demo\nmanifests:\n  demo:\n    tag: ${tag}\n`,
        });

    /** A registry that has some versions, each with an image of its own number. */
    function registryWith(...versions: string[]) {
        const fetched: string[] = [];
        const client = {
            ...memoryRepository(
                Object.fromEntries(versions.map((version) => [version, `sha256:${version}`])),
            ),
            async withPublished<T>(
                version: string,
                use: (pack: Awaited<ReturnType<typeof readPack>>) => Promise<T>,
            ): Promise<T> {
                fetched.push(version);
                return use(await readPack(await folder(version, version)));
            },
        };
        return { client, fetched };
    }

    test("is told against the nearest version below that the registry has", async () => {
        const { client, fetched } = registryWith("1.9.0", "1.10.0", "3.0.0");
        const path = await folder("2.0.0", "2.0.0");
        const known = ["1.9.0", "1.10.0", "3.0.0"];
        const [text, ...rest] = await changesOf(client, known, { "2.0.0": { path } }, helm);
        expect(rest).toEqual([]);
        expect(fetched).toEqual(["1.10.0"]);
        expect(text?.split("\n")).toEqual([
            "demo 1.10.0 → 2.0.0 in the cluster, with the pack's own values: 0 added, 1 changed, 0 removed, 0 unchanged",
            "  M Pod demo",
            "  - ghcr.io/demo/demo:1.10.0",
            "  + ghcr.io/demo/demo:2.0.0",
        ]);
    });

    test("is not told of a version that is there, and of the first one", async () => {
        const path = await folder("2.0.0", "2.0.0");
        for (const versions of [["1.0.0", "2.0.0"], ["3.0.0"], []]) {
            const { client, fetched } = registryWith(...versions);
            expect(await changesOf(client, versions, { "2.0.0": { path } }, helm)).toEqual([]);
            expect(fetched).toEqual([]);
        }
    });
});
