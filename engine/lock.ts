import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** From when on nobody is about to write an owner into an empty lock: its maker was killed before it could. */
const EMPTY_MS = 10_000;

/**
 * Runs work while no other process does the same in this folder. The lock is a file with the
 * owner's process id; one whose owner is gone, or that stays without one, is taken over. Work has to
 * be safe without it (it publishes by rename): the lock only saves doing the same twice.
 */
export async function withLock<R>(
    folder: string,
    log: (line: string) => void,
    work: () => Promise<R>,
): Promise<R> {
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, "lock");
    for (let announced = false; !(await take(file)); announced = true) {
        const owner = Number(await readFile(file, "utf8").catch(() => ""));
        if (owner ? !alive(owner) : (await ageOf(file)) > EMPTY_MS) {
            await rm(file, { force: true });
            continue;
        }
        if (!announced) {
            const who = owner ? `process ${owner}` : "a process";
            log(`waiting for ${who}, which is getting the tools into ${folder}`);
        }
        await sleep(500);
    }
    try {
        return await work();
    } finally {
        await rm(file, { force: true });
    }
}

async function take(file: string): Promise<boolean> {
    try {
        await writeFile(file, String(process.pid), { flag: "wx" });
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") {
            return false;
        }
        throw error;
    }
}

/** Milliseconds since the file was written; 0 for one that is gone. */
async function ageOf(file: string): Promise<number> {
    const written = await stat(file).catch(() => undefined);
    return written === undefined ? 0 : Date.now() - written.mtimeMs;
}

function alive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}
