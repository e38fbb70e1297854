import { spawnSync } from "node:child_process";
import path from "node:path";

/** PATH without npm's folders: its `pulumi` is a wrapper that downloads the real one. */
export const searchPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(path.delimiter);

/** `describe`, or a skipped one with a printed message when the binaries are not on PATH. */
export function describeWith(...binaries: string[]): jest.Describe {
    const missing = binaries.filter(
        (binary) =>
            spawnSync(binary, ["--help"], { stdio: "ignore", env: { PATH: searchPath } }).error,
    );
    if (missing.length > 0) {
        process.stderr.write(`skipped: not on PATH: ${missing.join(", ")}\n`);
        return describe.skip;
    }
    return describe;
}
