import { describeWith } from "./awsSandbox";
import { archive, helloFiles, type ImageShape } from "./paletteSupport";
import { ecrRegistryBench } from "./ecrRegistryBench";

describeWith("registry")("what the local Palette takes from an ECR for a pack", () => {
    const registries = ecrRegistryBench();
    const { visible } = registries;

    describe("an archive that is no pack is invisible, and the log says why", () => {
        const good = (): Promise<Buffer> => archive(helloFiles());
        const folder = "hello-universe-pack";
        const cases: [string, () => Promise<Partial<ImageShape>>, RegExp][] = [
            [
                "another config type",
                async () => ({ configType: "application/vnd.oci.empty.v1+json" }),
                /the config is of type application\/vnd.oci.empty/,
            ],
            [
                "an artifactType",
                async () => ({ artifactType: "application/vnd.unknown.artifact.v1" }),
                /has an artifactType/,
            ],
            [
                "a second layer",
                async () => ({ layers: [await good(), Buffer.from("more")] }),
                /the manifest has 2 layers/,
            ],
            [
                "a title with a path",
                async () => ({ title: "build/hellouniverse-1.0.0.tar.gz" }),
                /title is "build\/hellouniverse/,
            ],
            [
                "a gzip media type",
                async () => ({ layerType: "application/vnd.oci.image.layer.v1.tar+gzip" }),
                /the layer is of type/,
            ],
            [
                "a symbolic link",
                async () => ({
                    layers: [
                        await archive({
                            ...helloFiles(),
                            [`${folder}/link`]: { type: "symlink", linkname: "/etc/passwd" },
                        }),
                    ],
                }),
                /holds a symlink/,
            ],
            [
                "a hard link",
                async () => ({
                    layers: [
                        await archive({
                            ...helloFiles(),
                            [`${folder}/link`]: { type: "link", linkname: "pack.json" },
                        }),
                    ],
                }),
                /holds a link/,
            ],
            [
                "a path that leaves the folder",
                async () => ({
                    layers: [await archive({ ...helloFiles(), [`${folder}/../../out`]: "x" })],
                }),
                /unsafe path/,
            ],
            [
                "a bomb",
                async () => {
                    const zeros = "\0".repeat(80 * 2 ** 20);
                    return {
                        layers: [await archive({ ...helloFiles(), [`${folder}/zeros`]: zeros })],
                    };
                },
                /unpacks to more than/,
            ],
            [
                "two folders",
                async () => ({
                    layers: [await archive({ ...helloFiles(), "other/file": "x" })],
                }),
                /exactly one top-level folder/,
            ],
            [
                "another name",
                async () => ({ layers: [await archive(helloFiles({ json: { name: "other" } }))] }),
                /says name 'other', the repository is 'hellouniverse'/,
            ],
            [
                "another version",
                async () => ({ layers: [await archive(helloFiles({ version: "2.0.0" }))] }),
                /says version '2.0.0', the tag is '1.0.0'/,
            ],
            [
                "no values.yaml",
                async () => {
                    const files = helloFiles();
                    delete files[`${folder}/values.yaml`];
                    return { layers: [await archive(files)] };
                },
                /no values.yaml/,
            ],
            [
                "a manifest that is not there",
                async () => {
                    const files = helloFiles();
                    delete files[`${folder}/manifests/hello-universe.yaml`];
                    return { layers: [await archive(files)] };
                },
                /names manifests\/hello-universe.yaml, which the archive does not hold/,
            ],
            [
                "a layer Palette does not know",
                async () => ({ layers: [await archive(helloFiles({ json: { layer: "app" } }))] }),
                /layer 'app'/,
            ],
            [
                "something that is no gzip",
                async () => ({ layers: [Buffer.from("plain text")] }),
                /incorrect header check/,
            ],
            [
                "a cut-off archive",
                async () => ({ layers: [(await good()).subarray(0, 300)] }),
                /unexpected end of file|Unexpected end of data/,
            ],
        ];
        it.each(cases)("%s", async (what, shape, reason) => {
            const base = what.replace(/\W+/g, "-").toLowerCase();
            const repository = `${base}/spectro-packs/archive/hellouniverse`;
            await registries.bench.push(repository, "1.0.0", {
                layers: [await good()],
                ...(await shape()),
            });
            const uid = await registries.bench.create(
                "/v1/registries/oci/ecr",
                registries.bench.ecrRegistry({ name: base, spec: { baseContentPath: base } }),
            );
            expect(await visible(uid)).toEqual([]);
            const lines = registries.bench.log().split("\n");
            const line = lines.find((candidate) => candidate.includes(`registry ${base}: `));
            expect(line).toMatch(reason);
            expect(line).toContain(`${repository}:1.0.0 is no pack`);
        });
    });

    it("looks only directly below spectro-packs/archive of the base path", async () => {
        const layers = [await archive(helloFiles())];
        await registries.bench.push("paths/spectro-packs/archive/deep/hellouniverse", "1.0.0", {
            layers,
        });
        await registries.bench.push("paths/archive/hellouniverse", "1.0.0", { layers });
        await registries.bench.push("paths/more/spectro-packs/archive/hellouniverse", "1.0.0", {
            layers,
        });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry({ spec: { baseContentPath: "paths" } }),
        );
        expect(await visible(uid)).toEqual([]);
        // A base path that names spectro-packs itself leaves the catalogue empty.
        const doubled = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry({
                name: "doubled",
                spec: { baseContentPath: "paths/more/spectro-packs" },
            }),
        );
        expect(await visible(doubled)).toEqual([]);
    });

    it("takes other shapes where switches allow them", async () => {
        const layers = [await archive(helloFiles())];
        await registries.bench.control("PATCH", "/switches", {
            manifestShape: "v1.1",
            layerMediaType: "tarOrGzip",
            archiveLayout: "anyRoot",
            ociPackType: "oci",
        });
        await registries.bench.push("shapes/spectro-packs/archive/hellouniverse", "1.0.0", {
            layers,
            configType: "application/vnd.oci.empty.v1+json",
            artifactType: "application/vnd.unknown.artifact.v1",
            layerType: "application/vnd.oci.image.layer.v1.tar+gzip",
        });
        const root = Object.fromEntries(
            Object.entries(helloFiles({ version: "1.1.0" })).map(([name, text]) => [
                name.replace("hello-universe-pack", "."),
                text,
            ]),
        );
        await registries.bench.push("shapes/spectro-packs/archive/hellouniverse", "1.1.0", {
            layers: [await archive(root)],
        });
        const uid = await registries.bench.create(
            "/v1/registries/oci/ecr",
            registries.bench.ecrRegistry({ spec: { baseContentPath: "shapes" } }),
        );
        const found = await visible(uid);
        const seen = found.map(({ spec }: { spec: Record<string, string> }) =>
            [spec["version"], spec["type"]].join(" "),
        );
        expect(seen.sort()).toEqual(["1.0.0 oci", "1.1.0 oci"]);
    });
});
