import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";

/** How many lines a source file has at most, by room. A longer one has more than one job. */
const limits: [room: RegExp, lines: number][] = [
    [/^(index\.ts|main\.js|(components|packages|startup|policy|packs|template)\/)/, 300],
    [/^(sandbox|engine|scripts)\//, 350],
    [/^test\//, 600],
];

test.each(limits)("no source file of %s has more than %i lines", (room, lines) => {
    const files = sources().filter((file) => room.test(file));
    expect(files).not.toEqual([]);
    expect(files.filter((file) => lineCount(file) > lines)).toEqual([]);
});

test("every source file has a limit, except the settings of tools", () => {
    const unlimited = sources().filter((file) => !limits.some(([room]) => room.test(file)));
    expect(unlimited.filter((file) => file.includes("/"))).toEqual([]);
});

/** The source files of the repository, those not yet committed too. */
function sources(): string[] {
    const list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    const names = execFileSync("git", list, { cwd: projectDirectory, encoding: "utf8" });
    return [...new Set(names.split("\n"))].filter(
        (name) =>
            /\.(ts|js|mjs|cjs|go|sh|py|ya?ml)$/.test(name) &&
            !/^(docs|\.github|\.devcontainer)\//.test(name) &&
            existsSync(path.join(projectDirectory, name)),
    );
}

function lineCount(file: string): number {
    return readFileSync(path.join(projectDirectory, file), "utf8").split("\n").length - 1;
}
