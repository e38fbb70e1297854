import fs from "node:fs";

/** One line of the file: collection, key, and the value (absent: the key was deleted). */
type Line = [collection: string, key: string, value?: unknown];

/** A named map of the journal. Objects handed out are the live ones: only `put` persists a change. */
export interface Collection<T> {
    get(id: string): T | undefined;
    has(id: string): boolean;
    values(): T[];
    entries(): [string, T][];
    /** Stores the value; it is in the file when this returns. */
    put(id: string, value: T): T;
    /** Whether there was one to delete. */
    delete(id: string): boolean;
    readonly size: number;
}

/**
 * Durable state: maps in memory, and every change a line of JSON appended to one file before the
 * call returns. A killed process loses nothing that was acknowledged (the kernel has the line); a
 * line that was cut off was never acknowledged and is dropped. The file is rewritten without
 * history when it is opened. One process at a time.
 */
export class Journal {
    private constructor(
        private readonly fd: number,
        private readonly maps: Map<string, Map<string, unknown>>,
    ) {}

    /** Opens or creates the file (mode 0600). Throws when a line other than the last is broken. */
    static open(file: string): Journal {
        const maps = read(file);
        // Rewritten beside and renamed over, so that a kill leaves either the old file or the new one.
        const fresh = `${file}.new`;
        fs.rmSync(fresh, { force: true });
        const fd = fs.openSync(fresh, "ax", 0o600);
        for (const [name, map] of maps) {
            for (const [key, value] of map) {
                append(fd, [name, key, value]);
            }
        }
        fs.fsyncSync(fd);
        fs.renameSync(fresh, file);
        return new Journal(fd, maps);
    }

    /** The collection of that name; the same map for every caller. */
    collection<T>(name: string): Collection<T> {
        const map = mapOf(this.maps, name) as Map<string, T>;
        const fd = this.fd;
        return {
            get: (id) => map.get(id),
            has: (id) => map.has(id),
            values: () => [...map.values()],
            entries: () => [...map.entries()],
            put(id, value) {
                append(fd, [name, id, value]);
                map.set(id, value);
                return value;
            },
            delete(id) {
                if (!map.has(id)) {
                    return false;
                }
                append(fd, [name, id]);
                return map.delete(id);
            },
            get size() {
                return map.size;
            },
        };
    }

    close(): void {
        fs.closeSync(this.fd);
    }
}

function append(fd: number, line: Line): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    for (let written = 0; written < bytes.length;) {
        written += fs.writeSync(fd, bytes, written);
    }
}

function read(file: string): Map<string, Map<string, unknown>> {
    const maps = new Map<string, Map<string, unknown>>();
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    // What follows the last newline was cut off while it was written.
    const lines = text.split("\n").slice(0, -1);
    lines.forEach((line, index) => {
        const [name, key, value] = parse(line, `${file}:${index + 1}`);
        if (value === undefined) {
            mapOf(maps, name).delete(key);
        } else {
            mapOf(maps, name).set(key, value);
        }
    });
    return maps;
}

function parse(line: string, where: string): Line {
    try {
        return JSON.parse(line) as Line;
    } catch {
        throw new Error(
            `${where}: the sandbox's state is damaged here; remove the file to start anew`,
        );
    }
}

function mapOf(maps: Map<string, Map<string, unknown>>, name: string): Map<string, unknown> {
    let map = maps.get(name);
    if (!map) {
        map = new Map();
        maps.set(name, map);
    }
    return map;
}
