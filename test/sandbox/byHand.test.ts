import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { CreateRepositoryCommand, GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { describeWith, searchPath } from "./awsSandbox";
import { createCluster, infrastructure, publishedProfile } from "./benchCluster";
import { helloFiles, packRepository, PaletteBench } from "./paletteSupport";

const run = promisify(execFile);
const folder = "hello-universe-pack";
const layerType = "application/vnd.oci.image.layer.v1.tar";

/** Archives made with the machine's tar and pushed with oras, without anything of ours. */
describeWith(
    "registry",
    "helm",
    "oras",
    "tar",
)("a pack that is made and pushed by hand", () => {
    let bench: PaletteBench;
    let registry: string;
    let pushes = 0;
    beforeAll(async () => {
        bench = await PaletteBench.start({ speed: 200, switches: { rateLimit: "off" } });
        registry = await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry());
    });
    afterAll(() => bench.remove());

    interface Push {
        version: string;
        repository?: string;
        /** Changes the pack's folder before tar sees it. */
        prepare?: (directory: string) => void;
        oras?: string[];
        /** More files for `oras push`. */
        more?: string[];
    }

    async function push(what: Push): Promise<void> {
        const { version, repository = packRepository, prepare, oras, more = [] } = what;
        const directory = path.join(bench.dir, `push-${++pushes}`);
        for (const [name, content] of Object.entries(helloFiles({ version }))) {
            fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
            fs.writeFileSync(path.join(directory, name), content);
        }
        prepare?.(path.join(directory, folder));
        const env = { PATH: searchPath, HOME: directory };
        const archive = `hellouniverse-${version}.tar.gz`;
        await run("tar", ["-czf", archive, folder], { cwd: directory, env });
        more.forEach((file) => fs.writeFileSync(path.join(directory, file), "more\n"));
        const ecr = bench.ecr();
        await ecr
            .send(new CreateRepositoryCommand({ repositoryName: repository }))
            .catch(() => undefined);
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
        ecr.destroy();
        const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
        const reference = `${bench.sandbox.aws.registryHost}/${repository}:${version}`;
        const started = run(
            "oras",
            [
                "push",
                ...(oras ?? ["--image-spec", "v1.0"]),
                "--ca-file",
                bench.sandbox.caFile,
            ].concat(
                ["--username", "AWS", "--password-stdin", reference],
                [archive, ...more].map((file) => `${file}:${layerType}`),
            ),
            { cwd: directory, env },
        );
        started.child.stdin!.end(token.replace(/^AWS:/, ""));
        await started;
    }

    /** Versions of the pack that Palette shows when another sync has been through. */
    async function visible(): Promise<string[]> {
        const status = `/v1/registries/oci/${registry}/ecr/sync/status`;
        const { lastSyncedTime = "" } = await bench.get(status);
        await bench.call("POST", `/v1/registries/oci/${registry}/ecr/sync`);
        await bench.until(async () => (await bench.get(status)).lastSyncedTime > lastSyncedTime);
        await bench.advance(60);
        const { items } = await bench.get(`/v1/packs?filters=spec.registryUid=${registry}`);
        return items.map(({ spec }: { spec: { version: string } }) => spec.version).sort();
    }

    test("becomes visible, deploys, and answers", async () => {
        await push({ version: "1.0.0" });
        expect(await visible()).toEqual(["1.0.0"]);
        const profile = await publishedProfile(bench, "by-hand", {
            ...infrastructure,
            hellouniverse: "1.0.0",
        });
        const uid = await createCluster(bench, "by-hand", profile);
        await bench.advance(20 * 60);
        const { host, ports } = await bench.until(async () => {
            const { status } = await bench.get(`/v1/spectroclusters/${uid}`, {
                project: bench.project,
            });
            const [service] = status.services;
            return service?.host && service;
        });
        const page = await (await fetch(`http://${host}:${ports[0].port}/`)).text();
        expect(page).toContain("hellouniverse 1.0.0");
    });

    test.each<[string, Push, RegExp]>([
        [
            "a wrong path: without spectro-packs/archive",
            { version: "2.0.0", repository: "spectro-oci-registry/hellouniverse" },
            /spectro-oci-registry\/hellouniverse is ignored: packs lie directly below spectro-oci-registry\/spectro-packs\/archive\//,
        ],
        [
            "a wrong path: one level deeper",
            { version: "2.0.1", repository: `${packRepository}/2.0.1` },
            /2\.0\.1:2\.0\.1 is no pack: packs lie directly below/,
        ],
        [
            "a wrong path: another name than pack.json has",
            { version: "2.0.2", repository: packRepository.replace("hello", "bye") },
            /byeuniverse:2\.0\.2 is no pack: pack\.json says name 'hellouniverse'/,
        ],
        [
            "a manifest as today's oras makes it by default",
            { version: "2.1.0", oras: [] },
            /hellouniverse:2\.1\.0 is no pack: the manifest has an artifactType/,
        ],
        [
            "a second layer",
            { version: "2.2.0", more: ["notes.txt"] },
            /hellouniverse:2\.2\.0 is no pack: the manifest has 2 layers/,
        ],
        [
            "a symbolic link",
            {
                version: "2.3.0",
                prepare: (directory) =>
                    fs.symlinkSync("/etc/passwd", path.join(directory, "manifests", "users.yaml")),
            },
            /hellouniverse:2\.3\.0 is no pack: the archive holds a symlink .*users\.yaml/,
        ],
        [
            "a zip bomb",
            {
                version: "2.5.0",
                prepare: (directory) => {
                    fs.writeFileSync(path.join(directory, "zeros"), "");
                    fs.truncateSync(path.join(directory, "zeros"), 200 * 2 ** 20);
                },
            },
            /hellouniverse:2\.5\.0 is no pack: the archive unpacks to more than \d+ bytes/,
        ],
        [
            "another version than its tag",
            {
                version: "2.6.0",
                prepare: (directory) => {
                    const file = path.join(directory, "pack.json");
                    const json = fs.readFileSync(file, "utf8").replace("2.6.0", "2.6.1");
                    fs.writeFileSync(file, json);
                },
            },
            /hellouniverse:2\.6\.0 is no pack: pack\.json says version '2\.6\.1'/,
        ],
    ])("stays invisible, and the log says why: %s", async (_what, wrong, reason) => {
        await push(wrong);
        expect(await visible()).toEqual(["1.0.0"]);
        expect(bench.log()).toMatch(reason);
    });
});
