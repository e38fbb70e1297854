import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { configurationTables } from "../../scripts/configurationTable";
import { generated, upToDate } from "../../scripts/documents";
import { projectDirectory } from "../../scripts/environment";

const read = (file: string) => readFileSync(path.join(projectDirectory, file), "utf8");

/** The files of the repository by pattern, those not yet committed too. */
function files(...patterns: string[]): string[] {
    const list = ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...patterns];
    const names = execFileSync("git", list, { cwd: projectDirectory, encoding: "utf8" });
    return [...new Set(names.split("\n"))].filter(
        (name) => name !== "" && existsSync(path.join(projectDirectory, name)),
    );
}

const documents = files("*.md").filter((file) => !/^(packs|test\/fixtures)\//.test(file));

/** GitHub's anchor of a heading. */
function anchor(heading: string): string {
    const text = heading.replace(/[`*]/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
    return text
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-");
}

/** A document without its code, in which nothing is a link. */
const prose = (file: string) => read(file).replace(/^(```|~~~)[\s\S]*?^\1$/gm, "");

const anchors = (file: string) =>
    [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchor(heading!));

test.each(documents)("%s: its links lead somewhere", (file) => {
    const links = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
    const broken = links
        .filter((target) => !/^[a-z]+:/.test(target))
        .filter((target) => {
            const [to, fragment] = target.split("#") as [string, string?];
            const name = to === "" ? file : path.join(path.dirname(file), to);
            const exists = existsSync(path.join(projectDirectory, name));
            const isDocument = exists && statSync(path.join(projectDirectory, name)).isFile();
            return (
                !exists ||
                (fragment !== undefined && !(isDocument && anchors(name).includes(fragment)))
            );
        });
    expect(broken).toEqual([]);
});

test.each(documents)("%s: the files that it names are there", (file) => {
    const rooms = "components|packages|startup|sandbox|engine|scripts|test|docs";
    const named = read(file).matchAll(new RegExp(`(?<![\\w./~-])(?:${rooms})/[\\w./*-]*\\w`, "g"));
    const missing = [...new Set([...named].map(([name]) => name))].filter(
        (name) => files(name, `${name}/*`, `${name}.*`).length === 0,
    );
    expect(missing).toEqual([]);
});

test("the README fits on a page or two, in lines of ordinary width", () => {
    const lines = read("README.md").split("\n");
    expect(lines.length).toBeLessThanOrEqual(150);
    expect(lines.filter((line) => line.length > 130)).toEqual([]);
});

test("every document in docs/ is reachable from the README", () => {
    const seen = new Set<string>();
    const visit = (file: string) => {
        if (seen.has(file) || !existsSync(path.join(projectDirectory, file))) {
            return;
        }
        seen.add(file);
        for (const [, target] of prose(file).matchAll(/\]\(([^)#\s:]+\.md)(#[^)]*)?\)/g)) {
            visit(path.join(path.dirname(file), target!));
        }
    };
    visit("README.md");
    expect(documents.filter((file) => file.startsWith("docs/") && !seen.has(file))).toEqual([]);
});

describe("docs/troubleshooting.md", () => {
    const rows = [...read("docs/troubleshooting.md").matchAll(/^\| `([^`]+)` \| .+ \| .+ \|$/gm)];
    // A text that is put together of several literals is one text.
    const program = files("index.ts", "components/*.ts", "packages/*.ts")
        .map((file) => read(file).replace(/["`]\s*\+\s*["`]/g, ""))
        .join("\n");

    test("has the messages of the program", () => {
        expect(rows.length).toBeGreaterThan(40);
        expect(
            rows.map(([, message]) => message!).filter((message) => !program.includes(message)),
        ).toEqual([]);
    });
});

test.each(Object.keys(generated))(
    "%s is up to date (`node --import tsx scripts/documents.ts` writes it)",
    (file) => {
        expect(read(file)).toBe(upToDate(file));
    },
);

test("every key of the configuration has a meaning, and a default where it is optional", () => {
    const keys = configurationTables().flatMap(({ title, keys }) =>
        keys.map((key) => ({ ...key, title })),
    );
    expect(keys.length).toBeGreaterThan(150);
    expect(keys.filter(({ meaning, absent }) => meaning === "" || absent === "")).toEqual([]);
});
