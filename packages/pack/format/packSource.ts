import { createReadStream, type BigIntStats } from "node:fs";
import { lstat, open, readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { finding, type Finding } from "../findings/finding";
import { systemReason } from "../userError";
import type { PackFile } from "./packFile";
import { collisions, isJunk, junk, link, SETTINGS_FILE, unsafeReason } from "./pathRules";
import {
    ArchiveError,
    archiveLimits,
    openTarGz,
    type ArchiveLimits,
    type TarEntry,
} from "./tarReader";

/** The files of a pack, wherever they are, with what was wrong about them. */
export interface PackSource {
    kind: "folder" | "archive";
    /** Path of the folder or archive as it was given. */
    path: string;
    /** Name of the one folder inside an archive. */
    root?: string;
    /** All plain files that belong to the pack, in bytewise order of their paths. */
    files: PackFile[];
    findings: Finding[];
    /** Gives back what an opened archive holds. Files cannot be read afterwards. */
    close(): void;
}

/**
 * Lists the files of a pack folder or of a `.tar.gz` archive, leaving junk out. Never throws for
 * what is wrong with the pack: that is in `findings`, and a file with an error is not in `files`.
 */
export async function openSource(path: string, limits = archiveLimits): Promise<PackSource> {
    const source: PackSource = {
        kind: "folder",
        path,
        files: [],
        findings: [],
        close: () => undefined,
    };
    try {
        const stats = await stat(path);
        if (stats.isDirectory()) {
            // The folder itself is an entry of its archive.
            await readFolder(source, "", { inodes: new Map(), entries: 1, bytes: 0 }, limits);
        } else if (stats.isFile() && (await looksLikeArchive(path))) {
            source.kind = "archive";
            await readArchive(source, limits);
        } else {
            const message = `${path} is neither a pack folder nor a pack archive.`;
            const help = /pack\.json$/.test(path)
                ? "Name the folder that it is in."
                : "Name a pack folder or a .tar.gz file.";
            source.findings.push(finding("pack-not-found", {}, message, { help }));
        }
    } catch (error) {
        source.findings.push(notFound(path, error as NodeJS.ErrnoException));
    }
    source.files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
    source.findings.push(...collisions(source.files));
    return source;
}

function notFound(path: string, error: NodeJS.ErrnoException): Finding {
    const absent = error.code === "ENOENT" || error.code === "ENOTDIR";
    const message = absent
        ? `${path} does not exist.`
        : `${path} cannot be read: ${systemReason(error)}.`;
    return finding("pack-not-found", {}, message, {
        help: "Name a pack folder or a .tar.gz file.",
    });
}

/** Whether a file is or claims to be compressed; anything else is no pack at all. */
async function looksLikeArchive(path: string): Promise<boolean> {
    if (/\.(tgz|gz|tar)$/.test(path)) {
        return true;
    }
    const file = await open(path);
    try {
        const { buffer: head } = await file.read(Buffer.alloc(2), 0, 2, 0);
        return head[0] === 0x1f && head[1] === 0x8b;
    } finally {
        await file.close();
    }
}

/** What was met in a folder so far: inode → path, files and folders, and bytes of the files. */
interface FolderTotals {
    inodes: Map<string, string>;
    entries: number;
    bytes: number;
}

/** @returns whether the folder is within the limits, which are those of an archive. */
async function readFolder(
    source: PackSource,
    folder: string,
    totals: FolderTotals,
    limits: ArchiveLimits,
): Promise<boolean> {
    const refuse = (what: string): boolean => {
        const message = `${source.path} is refused: more than ${what}.`;
        source.findings.push(finding("limit-exceeded", {}, message));
        return false;
    };
    for (const name of await readdir(join(source.path, folder))) {
        totals.entries += 1;
        if (totals.entries > limits.entries) {
            return refuse(`${limits.entries} entries`);
        }
        const path = folder === "" ? name : `${folder}/${name}`;
        const place = { file: path };
        if (path === SETTINGS_FILE) {
            continue;
        }
        if (isJunk(path)) {
            source.findings.push(junk(path));
            continue;
        }
        const unsafe = unsafeReason(path);
        if (unsafe) {
            source.findings.push(finding("path-unsafe", place, `The file name ${unsafe}.`));
            continue;
        }
        const onDisk = join(source.path, path);
        try {
            const stats = await lstat(onDisk, { bigint: true });
            if (stats.isDirectory()) {
                if (!(await readFolder(source, path, totals, limits))) {
                    return false;
                }
            } else if (stats.isFile()) {
                totals.bytes += Number(stats.size);
                if (totals.bytes > limits.unpackedBytes) {
                    return refuse(`${limits.unpackedBytes} bytes`);
                }
                const twin = hardLinkTwin(stats, path, totals.inodes);
                if (twin) {
                    source.findings.push(link(path, `is a hard link to ${twin}`));
                }
                source.files.push(plainFile(path, onDisk, stats));
            } else {
                source.findings.push(link(path, `is a ${kindOf(stats)}`));
            }
        } catch (error) {
            const message = `${path} cannot be read: ${systemReason(error)}.`;
            source.findings.push(finding("file-unreadable", place, message));
        }
    }
    return true;
}

function plainFile(path: string, onDisk: string, stats: BigIntStats): PackFile {
    return {
        path,
        size: Number(stats.size),
        open: () => createReadStream(onDisk),
    };
}

/**
 * Another file of the pack that is the same file on disk; links from outside the pack do no harm.
 */
function hardLinkTwin(
    stats: BigIntStats,
    path: string,
    inodes: Map<string, string>,
): string | undefined {
    if (stats.nlink < 2n) {
        return undefined;
    }
    const inode = `${stats.dev}:${stats.ino}`;
    const twin = inodes.get(inode);
    if (twin === undefined) {
        inodes.set(inode, path);
    }
    return twin;
}

function kindOf(stats: BigIntStats): string {
    if (stats.isSymbolicLink()) {
        return "symbolic link";
    }
    if (stats.isFIFO()) {
        return "named pipe";
    }
    if (stats.isSocket()) {
        return "socket";
    }
    return "device";
}

async function readArchive(source: PackSource, limits: ArchiveLimits): Promise<void> {
    const invalid = (message: string, help?: string) =>
        source.findings.push(finding("archive-invalid", {}, message, help ? { help } : {}));
    let entries: TarEntry[];
    try {
        const archive = await openTarGz(() => createReadStream(source.path), limits);
        source.close = archive.close;
        entries = archive.entries;
    } catch (error) {
        if (!(error instanceof ArchiveError)) {
            throw error;
        }
        const name = basename(source.path);
        if (error.limit) {
            const message = `${name} is refused: ${error.message}.`;
            source.findings.push(finding("limit-exceeded", {}, message));
        } else {
            invalid(`${name} is not a gzip-compressed tar archive: ${error.message}.`);
        }
        return;
    }

    const roots = new Set<string>();
    const seen = new Set<string>();
    for (const entry of entries) {
        const path = entry.path.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");
        if (path === "" || path === ".") {
            continue;
        }
        if (entry.type === "pax-global-header") {
            continue;
        }
        const unsafe = unsafeReason(path);
        if (unsafe) {
            source.findings.push(
                finding("path-unsafe", { file: path }, `The archive entry ${unsafe}.`),
            );
            continue;
        }
        if (isJunk(path)) {
            if (entry.type !== "directory") {
                source.findings.push(junk(path));
            }
            continue;
        }
        const slash = path.indexOf("/");
        roots.add(slash === -1 ? path : path.slice(0, slash));
        if (entry.type === "directory") {
            continue;
        }
        if (slash === -1) {
            invalid(
                `The archive has ${path} outside of a folder.`,
                "Archive the pack's folder, not what is inside it.",
            );
            return;
        }
        const inside = path.slice(slash + 1);
        if (entry.type !== "file") {
            source.findings.push(link(inside, `is a ${entry.type.replace("-", " ")}`));
            continue;
        }
        if (isJunk(inside)) {
            source.findings.push(junk(inside));
            continue;
        }
        if (seen.has(path)) {
            invalid(`The archive holds ${path} twice.`);
            return;
        }
        seen.add(path);
        source.files.push({
            path: inside,
            size: entry.size,
            open: entry.open,
        });
    }
    if (roots.size !== 1) {
        const found = roots.size === 0 ? "is empty" : `has ${[...roots].join(", ")} at its top`;
        invalid(`The archive ${found}.`, "Archive exactly one folder, the pack's own.");
        source.files = [];
        return;
    }
    [source.root] = roots;
}
