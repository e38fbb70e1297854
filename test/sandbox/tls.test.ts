import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import https from "node:https";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { certificateAuthority } from "../../sandbox/tls";

const dir = fs.mkdtempSync(path.join(os.tmpdir(), "tls-"));
afterAll(() => fs.rmSync(dir, { recursive: true }));

async function answer(leaf: { key: string; cert: string }, ca: string, host: string) {
    const server = https.createServer(leaf, (_request, response) => response.end("hello"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
        return await new Promise<string>((resolve, reject) => {
            https
                .get({ host, port, ca, agent: false }, (response) => {
                    response.on("data", (data) => resolve(String(data)));
                })
                .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "error"))
                .on("close", () => reject(new Error("closed")));
        });
    } finally {
        server.closeAllConnections();
        server.close();
    }
}

test("a leaf is trusted for its addresses and names by a client that trusts the CA alone", async () => {
    const ca = await certificateAuthority(dir);
    const leaf = await ca.issue(["127.0.0.1", "localhost"]);
    expect(ca.pem).toBe(fs.readFileSync(ca.file, "utf8"));
    expect(await answer(leaf, ca.pem, "127.0.0.1")).toBe("hello");
    expect(await answer(leaf, ca.pem, "localhost")).toBe("hello");

    const certificate = await ca.issue(["127.0.0.9"]);
    expect(await answer(certificate, ca.pem, "127.0.0.1")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

test("the CA is made once; its key is for the owner alone", async () => {
    const first = await certificateAuthority(dir);
    const again = await certificateAuthority(dir);
    expect(again.pem).toBe(first.pem);
    expect(fs.statSync(path.join(dir, "ca.key")).mode & 0o777).toBe(0o600);

    const leaf = await again.issue(["127.0.0.1"]);
    expect(await answer(leaf, first.pem, "127.0.0.1")).toBe("hello");

    const stranger = await certificateAuthority(path.join(dir, "other"));
    expect(await answer(leaf, stranger.pem, "127.0.0.1")).not.toBe("hello");
});

test("OpenSSL verifies the chain strictly", async () => {
    const ca = await certificateAuthority(dir);
    const leaf = await ca.issue(["127.0.0.1", "::1", "registry.local"]);
    const file = path.join(dir, "leaf.pem");
    fs.writeFileSync(file, leaf.cert);
    const openssl = (...args: string[]) => execFileSync("openssl", args, { encoding: "utf8" });
    expect(
        openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca.file, file),
    ).toContain("OK");
    const names = openssl("x509", "-in", file, "-noout", "-ext", "subjectAltName");
    expect(names).toMatch(/IP Address:127\.0\.0\.1.*IP Address:0:.*:1.*DNS:registry\.local/);
});
