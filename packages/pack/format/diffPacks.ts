import { createHash } from "node:crypto";
import type { PackFile } from "./packFile";
import type { Pack } from "./pack";

/** One file that differs between two packs. */
export interface FileChange {
    path: string;
    change: "added" | "removed" | "changed";
}

/**
 * Files that differ between two packs in content, in bytewise order of the paths.
 */
export async function diffPacks(
    before: Pick<Pack, "files">,
    after: Pick<Pack, "files">,
): Promise<FileChange[]> {
    const old = new Map(before.files.map((file) => [file.path, file]));
    const changes: FileChange[] = [];
    for (const file of after.files) {
        const earlier = old.get(file.path);
        old.delete(file.path);
        if (!earlier) {
            changes.push({ path: file.path, change: "added" });
        } else if (!(await same(earlier, file))) {
            changes.push({ path: file.path, change: "changed" });
        }
    }
    for (const path of old.keys()) {
        changes.push({ path, change: "removed" });
    }
    return changes.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

async function same(a: PackFile, b: PackFile): Promise<boolean> {
    if (a.size !== b.size) {
        return false;
    }
    return (await digest(a)) === (await digest(b));
}

async function digest(file: PackFile): Promise<string> {
    const hash = createHash("sha256");
    for await (const bytes of file.open() as AsyncIterable<Buffer>) {
        hash.update(bytes);
    }
    return hash.digest("hex");
}
