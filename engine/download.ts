import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { EnvHttpProxyAgent, fetch, type Dispatcher } from "undici";

/** A release that could not be had; the message is one line and names the host and the reason. */
export class DownloadError extends Error {}

/**
 * Downloads a release archive (.tar.gz), checks it against the SHA-256 in the published checksums
 * file, and puts the regular files that it holds into a folder, without their paths.
 *
 * A host that does not answer is given up after a few seconds. HTTPS_PROXY and NO_PROXY are followed.
 *
 * @param folder is created; it is incomplete when the function throws.
 * @param progress is told the number of bytes received so far, at most once per received block.
 * @throws DownloadError
 */
export async function downloadRelease(
    release: { url: string; checksums: string },
    folder: string,
    progress: (bytes: number) => void = () => {},
): Promise<void> {
    const dispatcher = new EnvHttpProxyAgent({
        connect: { timeout: 4_000 },
        headersTimeout: 8_000,
        bodyTimeout: 30_000,
    });
    const archive = path.join(folder, path.posix.basename(new URL(release.url).pathname));
    try {
        const expected = await publishedDigest(release, dispatcher);
        await mkdir(folder, { recursive: true });
        const digest = await save(release.url, archive, dispatcher, progress);
        if (digest !== expected) {
            throw new DownloadError(
                `${release.url} has the SHA-256 ${digest}, but ${expected} is published for it`,
            );
        }
        await unpack(archive, folder);
        await rm(archive);
    } finally {
        await dispatcher.destroy();
    }
}

/** The SHA-256 that a checksums file (lines of digest and file name) gives for the archive. */
async function publishedDigest(
    release: { url: string; checksums: string },
    dispatcher: Dispatcher,
): Promise<string> {
    const response = await get(release.checksums, dispatcher);
    const name = path.posix.basename(new URL(release.url).pathname);
    for (const line of (await response.text()).split("\n")) {
        const [digest, file] = line.trim().split(/\s+\*?/);
        if (file && path.posix.basename(file) === name && /^[0-9a-f]{64}$/.test(digest ?? "")) {
            return digest as string;
        }
    }
    throw new DownloadError(`${release.checksums} has no SHA-256 for ${name}`);
}

/** Streams a URL into a file and returns the SHA-256 of its bytes. */
async function save(
    url: string,
    file: string,
    dispatcher: Dispatcher,
    progress: (bytes: number) => void,
): Promise<string> {
    const response = await get(url, dispatcher);
    if (!response.body) {
        throw new DownloadError(`${url} is empty`);
    }
    const hash = createHash("sha256");
    let bytes = 0;
    const measure = new Transform({
        transform(block: Buffer, _encoding, done) {
            hash.update(block);
            progress((bytes += block.length));
            done(null, block);
        },
    });
    try {
        await pipeline(Readable.fromWeb(response.body), measure, createWriteStream(file));
    } catch (error) {
        throw new DownloadError(`${new URL(url).host} broke off: ${reason(error)}`);
    }
    return hash.digest("hex");
}

async function get(url: string, dispatcher: Dispatcher) {
    const host = new URL(url).host;
    let response;
    try {
        response = await fetch(url, { dispatcher });
    } catch (error) {
        throw new DownloadError(`${host} cannot be reached (${reason(error)})`);
    }
    if (!response.ok) {
        throw new DownloadError(`${host} answered ${response.status} for ${url}`);
    }
    return response;
}

/** The innermost cause, in one line: fetch hides ENOTFOUND and the like behind "fetch failed". */
function reason(error: unknown): string {
    let cause = error as Error & { code?: string; errors?: unknown[] };
    while (cause.cause || cause.errors?.[0]) {
        cause = (cause.cause ?? cause.errors?.[0]) as typeof cause;
    }
    return cause.code ?? cause.message.split("\n")[0] ?? "no reason given";
}

/** Writes every regular file of a .tar.gz under its base name, executable for all. */
async function unpack(archive: string, folder: string): Promise<void> {
    const entries = extract();
    entries.on("entry", (header, stream, next) => {
        if (header.type !== "file") {
            stream.resume();
            stream.on("end", next);
            return;
        }
        const file = path.join(folder, path.posix.basename(header.name));
        pipeline(stream, createWriteStream(file, { mode: 0o755 })).then(
            () => next(),
            (error) => entries.destroy(error),
        );
    });
    await pipeline(createReadStream(archive), createGunzip(), entries);
}
