import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { downloadRelease } from "../../engine/download";

let server: http.Server;
let answers: Record<string, Buffer | string | "cut">;
let base: string;
let folder: string;

beforeEach(async () => {
    answers = {};
    server = http.createServer((request, response) => {
        const answer = answers[request.url ?? ""];
        if (answer === undefined) {
            response.writeHead(404).end();
        } else if (answer === "cut") {
            response.writeHead(200, { "content-length": "1000" });
            response.write("half", () => response.destroy());
        } else {
            response.end(answer);
        }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    folder = mkdtempSync(path.join(os.tmpdir(), "download-"));
});

afterEach(async () => {
    rmSync(folder, { recursive: true, force: true });
    await new Promise((resolve) => server.close(resolve));
});

/** A release of two files in a folder, as most are, with a link that is not to be followed. */
async function archive(): Promise<Buffer> {
    const tar = pack();
    tar.entry({ name: "tool-1.0/", type: "directory" });
    tar.entry({ name: "tool-1.0/tool" }, "#!/bin/sh\n");
    tar.entry({ name: "tool-1.0/link", type: "symlink", linkname: "/etc/passwd" });
    tar.entry({ name: "../../LICENSE" }, "text");
    tar.finalize();
    return gzipSync(await buffer(tar));
}

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

function download(into = "release") {
    return downloadRelease(
        { url: `${base}/tool.tar.gz`, checksums: `${base}/SHA256` },
        path.join(folder, into),
    );
}

test.each([
    [
        "a list of digests and names",
        (sum: string) => `${"0".repeat(64)}  other\n${sum}  tool.tar.gz\n`,
    ],
    ["binary mode's asterisk", (sum: string) => `${sum} *tool.tar.gz\n`],
    ["a name with a path", (sum: string) => `${sum}  ./bin/tool.tar.gz`],
])("the release's files are unpacked, checked against %s", async (_what, checksums) => {
    const bytes = await archive();
    Object.assign(answers, { "/tool.tar.gz": bytes, "/SHA256": checksums(sha256(bytes)) });
    await download();
    expect(readdirSync(path.join(folder, "release")).sort()).toEqual(["LICENSE", "tool"]);
    const tool = path.join(folder, "release", "tool");
    expect(readFileSync(tool, "utf8")).toBe("#!/bin/sh\n");
    expect(statSync(tool).mode & 0o111).not.toBe(0);
    expect(readdirSync(folder)).toEqual(["release"]);
});

test("other bytes than published are refused", async () => {
    answers["/tool.tar.gz"] = await archive();
    answers["/SHA256"] = `${"a".repeat(64)}  tool.tar.gz`;
    await expect(download()).rejects.toThrow(/has the SHA-256 \w+, but a{64} is published/);
    expect(readdirSync(path.join(folder, "release"))).not.toContain("tool");
});

test("without a published digest nothing is downloaded", async () => {
    answers["/tool.tar.gz"] = await archive();
    answers["/SHA256"] = `${"a".repeat(64)}  other.tar.gz`;
    await expect(download()).rejects.toThrow("has no SHA-256 for tool.tar.gz");
    expect(readdirSync(folder)).toEqual([]);
});

test("an answer other than 200 is named", async () => {
    await expect(download()).rejects.toThrow(/^127\.0\.0\.1:\d+ answered 404 for http/);
});

test("a download that breaks off is an error", async () => {
    answers["/tool.tar.gz"] = "cut";
    answers["/SHA256"] = `${"a".repeat(64)}  tool.tar.gz`;
    await expect(download()).rejects.toThrow(/broke off/);
});

test.each([
    ["refuses", "ECONNREFUSED"],
    ["does not exist", "ENOTFOUND|EAI_AGAIN"],
])("a host that %s is given up in one line at once", async (what, code) => {
    let host = "http://host.invalid";
    if (what === "refuses") {
        const closed = http.createServer();
        await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
        host = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
        await new Promise((resolve) => closed.close(resolve));
    }
    const start = Date.now();
    const release = { url: `${host}/tool.tar.gz`, checksums: `${host}/SHA256` };
    await expect(downloadRelease(release, folder)).rejects.toThrow(
        new RegExp(`^[^\\n]+ cannot be reached \\((${code})\\)$`),
    );
    expect(Date.now() - start).toBeLessThan(5_000);
});
