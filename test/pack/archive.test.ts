import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describeArtifact, writeArchive } from "../../packages/pack/format/archive";
import { createdAnnotation } from "../../packages/pack/format/ociManifest";
import { readPack } from "../../packages/pack/check/readPack";
import { whereFound } from "../skip";
import golden from "./golden.json";
import { chartArchive, helmPack, manifestPack, Scratch } from "./packFolder";

const scratch = new Scratch();
afterAll(() => scratch.clear());

const packs = join(__dirname, "../../packs");

async function digestsOf(path: string) {
    const pack = await readPack(path);
    try {
        const { title, layerDigest, layerSize, manifestDigest } = await describeArtifact(pack);
        return { title, layerDigest, layerSize, manifestDigest };
    } finally {
        pack.close();
    }
}

describe("golden digests of the samples", () => {
    test.each(Object.entries(golden))("%s", async (folder, expected) => {
        expect(await digestsOf(join(packs, folder))).toEqual(expected);
    });
});

describe("the same content gives the same bytes", () => {
    test("whatever the folder, the order of writing, file times and modes", async () => {
        const files = manifestPack();
        const first = await scratch.write(files, "first");
        const second = await scratch.write(
            Object.fromEntries(Object.entries(files).reverse()),
            "another folder/with a space",
        );
        for (const path of Object.keys(files)) {
            utimesSync(join(second, path), 1, 1);
            chmodSync(join(second, path), path.endsWith(".md") ? 0o755 : 0o600);
        }
        chmodSync(join(second, "manifests"), 0o700);
        mkdirSync(join(second, "empty"));
        expect(await digestsOf(second)).toEqual(await digestsOf(first));
    });

    test("but one byte makes a difference", async () => {
        const archive = await scratch.write(manifestPack());
        const two = await scratch.write({ ...manifestPack(), "README.md": "# Demo!" });
        expect((await digestsOf(archive)).layerDigest).not.toBe((await digestsOf(two)).layerDigest);
    });

    test("an archive that was built is built again as it is", async () => {
        const folder = await scratch.write({
            ...helmPack(),
            [`docs/${"long/".repeat(40)}é.md`]: "x",
        });
        const pack = await readPack(folder);
        const archive = join(scratch.path, "built", "demo-1.0.0.tar.gz");
        mkdirSync(dirname(archive));
        const written = await writeArchive(pack, archive);
        expect(await describeArtifact(pack)).toEqual(written);
        expect(await digestsOf(archive)).toMatchObject({ layerDigest: written.layerDigest });
        const bytes = readFileSync(archive);
        expect(bytes.length).toBe(written.layerSize);
        expect(`sha256:${createHash("sha256").update(bytes).digest("hex")}`).toBe(
            written.layerDigest,
        );
        expect(readdirSync(dirname(archive))).toEqual(["demo-1.0.0.tar.gz"]);
    });
});

test("two machines: another folder, umask, time and locale give the same digests", async () => {
    const build = async (folder: string, umask: string, env: object) => {
        const target = await scratch.write({}, folder);
        const script = [
            `umask ${umask}`,
            'cp -R "$1"/. pack && find pack -exec touch -d "$2" {} +',
            '"$3" "$4" build pack --json --output out',
        ].join(" && ");
        const sample = join(packs, "hello-helm-pack");
        const tool = join(__dirname, "../../scripts/pack.js");
        const date = folder.startsWith("first") ? "1999-12-31T23:59:59" : "2031-02-03T04:05:06";
        const args = ["-c", script, "sh", sample, date, process.execPath, tool];
        const output = execFileSync("sh", args, {
            cwd: target,
            env: { ...process.env, ...env },
            encoding: "utf8",
        });
        return { ...(JSON.parse(output) as Record<string, unknown>), archive: undefined };
    };
    const first = await build("first/clone", "022", { TZ: "UTC", LC_ALL: "C" });
    const two = await build("second clone, elsewhere", "077", { TZ: "Asia/Tokyo", LANG: "de_DE" });
    expect(two).toEqual(first);
    expect(first).toMatchObject({ manifestDigest: golden["hello-helm-pack"].manifestDigest });
});

describe("the archive", () => {
    test("has one folder, owner 0, plain modes and no times, for every tar program", async () => {
        const long = `docs/${"folder/".repeat(24)}${"x".repeat(12)}.md`;
        const folder = await scratch.write({
            ...manifestPack(),
            [long]: "deep",
            "run.sh": "#!/bin/sh\n",
        });
        chmodSync(join(folder, "run.sh"), 0o744);
        const archive = scratch.file("listed/demo-1.0.0.tar.gz", "replaced");
        await writeArchive(await readPack(folder), archive);
        const listing = execFileSync("tar", ["--numeric-owner", "-tvzf", archive], {
            env: { ...process.env, TZ: "UTC", LC_ALL: "C" },
            encoding: "utf8",
        });
        const lines = listing.trim().split("\n");
        const paths = lines.map((line) => line.slice(line.indexOf("demo-1.0.0/")));
        expect(paths[0]).toBe("demo-1.0.0/");
        expect(paths).toContain(`demo-1.0.0/${long}`);
        expect(paths).toEqual([...paths].sort());
        for (const line of lines) {
            expect(line).toMatch(/^(drwxr-xr-x|-rw-r--r--) .*1980/);
        }
        // gzip header: no flags, no time, level as usual, Unix.
        expect(readFileSync(archive).subarray(0, 10).toString("hex")).toBe("1f8b0800000000000003");
        expect(gunzipSync(readFileSync(archive)).subarray(257, 262).toString()).toBe("ustar");
    });

    test("leaves junk out", async () => {
        const clean = await scratch.write(manifestPack());
        const junk = await scratch.write({
            ...manifestPack(),
            ".git/config": "x",
            "._pack.json": "x",
            "manifests/.DS_Store": "x",
            "demo-1.0.0.tar.gz": chartArchive(),
        });
        expect(await digestsOf(junk)).toEqual(await digestsOf(clean));
    });

    test("is not written when a file changes meanwhile, and the old one stays", async () => {
        const folder = await scratch.write(manifestPack());
        const pack = await readPack(folder);
        scratch.file(`${folder.slice(scratch.path.length + 1)}/README.md`, "longer than before");
        const archive = scratch.file("kept/demo-1.0.0.tar.gz", "old");
        await expect(writeArchive(pack, archive)).rejects.toThrow();
        expect(readFileSync(archive, "utf8")).toBe("old");
        expect(readdirSync(dirname(archive))).toEqual(["demo-1.0.0.tar.gz"]);
    });
});

test("memory stays flat, however large the pack is, stored or compressed", async () => {
    const peak = async (bytes: number) => {
        const folder = await scratch.write({ ...manifestPack(), "data.bin": randomBytes(bytes) });
        const script = `
            const { readPack } = require("./packages/pack/check/readPack");
            const { describeArtifact } = require("./packages/pack/format/archive");
            readPack(${JSON.stringify(folder)}).then(describeArtifact).then(({ layerSize }) => {
                console.log(layerSize, process.resourceUsage().maxRSS * 1024);
            });`;
        const args = ["--import", "tsx", "--eval", script];
        const output = execFileSync(process.execPath, args, {
            cwd: join(__dirname, "../.."),
            encoding: "utf8",
        });
        const [layerSize = 0, memory = 0] = output.split(" ").map(Number);
        expect(layerSize).toBeGreaterThan(bytes);
        return memory;
    };
    const base = await peak(1000);
    expect((await peak(15_000_000)) - base).toBeLessThan(150_000_000);
    expect((await peak(100_000_000)) - base).toBeLessThan(150_000_000);
});

describe("the manifest", () => {
    const oras = findOras();
    const testWithOras = whereFound(oras ? [] : ["oras 1.1 or newer"], test);
    testWithOras("is byte for byte what oras pushes", async () => {
        const folder = await scratch.write(manifestPack());
        const pack = await readPack(folder);
        const work = join(scratch.path, "oras");
        mkdirSync(work);
        const artifact = await writeArchive(pack, join(work, "demo-1.0.0.tar.gz"));
        const args = ["push", "--oci-layout", "layout:1.0.0", "--image-spec", "v1.0"];
        args.push("--annotation", `org.opencontainers.image.created=${createdAnnotation}`);
        execFileSync(oras as string, [...args, artifact.title], { cwd: work, stdio: "pipe" });
        const index = JSON.parse(readFileSync(join(work, "layout/index.json"), "utf8")) as {
            manifests: { digest: string }[];
        };
        expect(index.manifests.map(({ digest }) => digest)).toEqual([artifact.manifestDigest]);
        const blob = join(work, "layout/blobs", artifact.manifestDigest.replace(":", "/"));
        expect(readFileSync(blob, "utf8")).toBe(artifact.manifest);
    });
});

/** The oras on PATH that has `--image-spec v1.0`. */
function findOras(): string | undefined {
    try {
        const version = execFileSync("oras", ["version"], { encoding: "utf8" });
        const [, major, minor] = /Version:\s*v?(\d+)\.(\d+)/.exec(version) ?? [];
        return Number(major) > 1 || Number(minor) >= 1 ? "oras" : undefined;
    } catch {
        return undefined;
    }
}
