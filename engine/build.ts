import { spawn } from "node:child_process";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import type { GoBinary } from "./tools";

/**
 * Builds one binary from the Go modules pinned in engine/go (go.mod and go.sum are committed, so
 * that the bytes of every module are checked).
 *
 * @param log gets a line every 15 seconds: elapsed seconds and what Go is compiling or fetching.
 * @throws Error with the end of Go's own output; its `code` is ENOENT when Go is not installed.
 */
export async function buildBinary(
    binary: GoBinary,
    folder: string,
    log: (line: string) => void,
): Promise<void> {
    await mkdir(folder, { recursive: true });
    const flags = ["-s", "-w"];
    if (binary.stamp) {
        flags.push("-X", `${binary.stamp.variable}=${binary.stamp.version}`);
    }
    const args = ["build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly"];
    args.push("-ldflags", flags.join(" "), "-o", path.join(folder, binary.output), binary.package);
    const go = spawn("go", args, {
        cwd: path.join(__dirname, "go", binary.module),
        env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
        stdio: ["ignore", "ignore", "pipe"],
    });

    let compiled = 0;
    const tail: string[] = [];
    const lines = createInterface({ input: go.stderr });
    lines.on("line", (line) => {
        compiled += /^\S+$/.test(line) ? 1 : 0;
        tail.push(line);
        tail.splice(0, tail.length - 12);
    });
    const started = Date.now();
    const timer = setInterval(() => {
        const seconds = Math.round((Date.now() - started) / 1000);
        const last = tail.at(-1)?.replace(/^go: /, "") ?? "starting";
        log(`building ${binary.output}: ${seconds} s, ${compiled} packages compiled (${last})`);
    }, 15_000);
    try {
        await new Promise<void>((resolve, reject) => {
            go.on("error", reject);
            go.on("close", (code) =>
                code === 0
                    ? resolve()
                    : reject(new Error(`go build ${binary.package} failed:\n${tail.join("\n")}`)),
            );
        });
    } finally {
        clearInterval(timer);
    }
}
