import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { findTool } from "../../packages/pack/format/executables";
import { writeArchive } from "../../packages/pack/format/archive";
import { ociManifest, sha256 } from "../../packages/pack/format/ociManifest";
import { isPackReference } from "../../packages/pack/oci/reference";
import { readPack } from "../../packages/pack/check/readPack";
import { entriesOf, manifestPack, Scratch, tarGz } from "./packFolder";
import { whereFound } from "../skip";

const scratch = new Scratch();
afterAll(() => scratch.clear());

test.each([
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/base/spectro-packs/archive/demo:1.0.0",
    "localhost/demo:1.0.0",
    "localhost:5000/a/b_c/demo:1.0.0-rc.1",
    "harbor:8443/project/demo:26.02.1",
    `ghcr.io/demo/demo@sha256:${"0".repeat(64)}`,
    `ghcr.io/demo/demo:1.0.0@sha256:${"0".repeat(64)}`,
])("%s is a reference", (text) => {
    expect(isPackReference(text)).toBe(true);
});

test.each([
    "packs/demo",
    "packs/demo:1.0.0",
    "./packs/demo:1",
    "../packs:1/demo:1",
    "/tmp/a.b/demo:1",
    "ghcr.io/demo/demo",
    "https://ghcr.io/demo/demo:1",
    "ghcr.io/Demo:1",
    "ghcr.io/demo/demo:1 --help",
    "-x.y/demo:1",
    "",
])("%j is none", (text) => {
    expect(isPackReference(text)).toBe(false);
});

/** The read half of a registry that wants a password: what is at each path. */
function registry(content: Map<string, { body: Buffer; type: string }>): Promise<Server> {
    const authorization = `Basic ${Buffer.from("author:secret").toString("base64")}`;
    const server = createServer((request, response) => {
        if (request.headers.authorization !== authorization) {
            response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end("{}");
            return;
        }
        const found = content.get(request.url ?? "");
        if (!found) {
            response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
            return;
        }
        const headers = {
            "content-type": found.type,
            "content-length": found.body.length,
            "docker-content-digest": sha256(found.body),
        };
        response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : found.body);
    });
    return new Promise((resolve) => server.listen(0, "localhost", () => resolve(server)));
}

const missing = findTool("oras") === undefined ? ["oras"] : [];

whereFound(missing, describe)("a pack in a registry", () => {
    const content = new Map<string, { body: Buffer; type: string }>();
    const manifestType = "application/vnd.oci.image.manifest.v1+json";
    const temporary = join(scratch.path, "tmp");
    let server: Server;
    let host: string;

    const publish = (tag: string, manifest: string, archive: Buffer) => {
        const body = Buffer.from(manifest);
        content.set(`/v2/base/demo/manifests/${tag}`, { body, type: manifestType });
        content.set(`/v2/base/demo/manifests/${sha256(body)}`, { body, type: manifestType });
        const type = "application/octet-stream";
        content.set(`/v2/base/demo/blobs/${sha256(archive)}`, { body: archive, type });
    };
    const pack = (...args: string[]) =>
        new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
            const tool = join(__dirname, "../../scripts/pack.js");
            const env = { ...process.env, DOCKER_CONFIG: scratch.path, TMPDIR: temporary };
            execFile(process.execPath, [tool, ...args], { env }, (error, stdout, stderr) => {
                resolve({ status: Number(error?.code ?? 0), stdout, stderr });
            });
        });

    beforeAll(async () => {
        mkdirSync(temporary);
        server = await registry(content);
        host = `localhost:${(server.address() as AddressInfo).port}`;
        const auth = Buffer.from("author:secret").toString("base64");
        scratch.file("config.json", JSON.stringify({ auths: { [host]: { auth } } }));

        const folder = await scratch.write(manifestPack(), "folder");
        const path = join(scratch.path, "demo-1.0.0.tar.gz");
        const { manifest } = await writeArchive(await readPack(folder), path);
        publish("1.0.0", manifest, readFileSync(path));

        const foreign = await tarGz(await entriesOf(manifestPack(), "any/"));
        const layer = { title: "../../evil.tar.gz", digest: sha256(foreign), size: foreign.length };
        publish("foreign", ociManifest(layer), foreign);
        publish("index", '{"schemaVersion":2,"manifests":[]}', foreign);
    });
    afterAll(() => server.close());

    test("inspect and diff know it, with the credentials of the Docker configuration", async () => {
        const reference = `${host}/base/demo:1.0.0`;
        const inspected = await pack("inspect", reference, "--json");
        expect(inspected.stderr).toBe("");
        const summary = JSON.parse(inspected.stdout) as Record<string, unknown>;
        const { layerDigest: digest, manifestDigest } = summary;
        expect(summary).toMatchObject({
            name: "demo",
            given: { digest, manifestDigest, reference, problems: [] },
        });
        const byDigest = await pack("inspect", `${host}/base/demo@${String(manifestDigest)}`);
        expect(byDigest.stdout).toContain(`Manifest:  ${String(manifestDigest)}`);
        const compared = await pack("diff", join(scratch.path, "folder"), reference);
        expect(compared.stdout).toBe("demo 1.0.0 → demo 1.0.0\nno difference\n");
        expect(readdirSync(temporary).filter((name) => name.startsWith("pack-"))).toEqual([]);
    });

    test("another program's archive is told apart, and its title names no file", async () => {
        const { stdout } = await pack("inspect", `${host}/base/demo:foreign`);
        expect(stdout).toMatch(/Problem: {3}its layer's title is ..\/..\/evil.tar.gz/);
        expect(stdout).toMatch(/Given: {5}sha256:\w+, which build makes anew/);
    });

    test.each([
        ["no such version", "base/demo:2.0.0", /not found/],
        ["no image manifest", "base/demo:index", /no pack: it is not an image manifest/],
    ])("%s: one line says so", async (_, name, message) => {
        const { status, stderr } = await pack("inspect", `${host}/${name}`);
        expect(status).toBe(1);
        expect(stderr).toMatch(message);
        expect(stderr.trim().split("\n")).toHaveLength(1);
    });

    test("wrong credentials: how to log in", async () => {
        const auth = Buffer.from("author:wrong").toString("base64");
        const saved = readFileSync(join(scratch.path, "config.json"), "utf8");
        scratch.file("config.json", JSON.stringify({ auths: { [host]: { auth } } }));
        const { status, stderr } = await pack("inspect", `${host}/base/demo:1.0.0`);
        scratch.file("config.json", saved);
        expect(status).toBe(1);
        expect(stderr).toContain(`oras login ${host}`);
        expect(stderr).not.toContain("wrong");
    });
});
