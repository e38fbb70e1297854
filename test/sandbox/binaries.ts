import { spawnSync } from "node:child_process";
import path from "node:path";
import { whereFound } from "../skip";

/** PATH without npm's folders: its `pulumi` is a wrapper that downloads the real one. */
export const searchPath = (process.env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(path.delimiter);

/** `describe`, or a skipped one with its reason when the binaries are not on PATH. */
export function describeWith(...binaries: string[]): jest.Describe {
    const missing = binaries.filter(
        (binary) =>
            spawnSync(binary, ["--help"], { stdio: "ignore", env: { PATH: searchPath } }).error,
    );
    return whereFound(missing, describe);
}
