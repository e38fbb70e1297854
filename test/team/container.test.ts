import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";

const read = (file: string) => readFileSync(path.join(projectDirectory, file), "utf8");
/** The instructions of the Dockerfile, each on one line. */
const instructions = read("Dockerfile")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "");
const all = (name: string) =>
    instructions
        .filter((line) => line.startsWith(`${name} `))
        .map((line) => line.slice(name.length + 1));
const project = JSON.parse(read("package.json"));

test("the image begins with an exact version of Node.js that the project supports", () => {
    const [, version] = /^node:(\d+\.\d+\.\d+)-\w+-slim$/.exec(all("FROM").join())!;
    expect(Number(version!.split(".")[0])).toBeGreaterThanOrEqual(20);
});

test("what is copied is there, and the manifest of every workspace is copied before npm ci", () => {
    const sources = all("COPY").flatMap((line) => line.split(" ").slice(0, -1));
    expect(sources.filter((file) => !existsSync(path.join(projectDirectory, file)))).toEqual([]);
    const before = instructions.slice(
        0,
        instructions.findIndex((line) => line.startsWith("RUN npm ci")),
    );
    for (const workspace of project.workspaces) {
        expect(before.join("\n")).toContain(`COPY ${workspace}/package.json ${workspace}/`);
    }
});

test("the tools are got by the project's own script, with everything that it loads copied before", () => {
    const [command] = all("RUN").filter((line) => line.includes("scripts/run.mjs"));
    const [, script] = /^node scripts\/run\.mjs (\w+) --all > \/etc\/profile\.d\/engine\.sh$/.exec(
        command!,
    )!;
    const copied = all("COPY").map((line) => line.split(" ").at(-1));
    const loaded = [...read(`scripts/${script}.ts`).matchAll(/from "\.\.?\/(\w+)/g)];
    for (const [, folder] of loaded) {
        expect(copied.concat("environment")).toContain(folder);
    }
    expect(read(`scripts/${script}.ts`)).toContain("--all");
});

test("no version moves: of the image, of a package, of the container in the editor", () => {
    expect(read("Dockerfile")).not.toMatch(/:latest|@latest|npm install\b|curl [^\n]*\|/);
    const devcontainer = JSON.parse(read(".devcontainer/devcontainer.json"));
    expect(devcontainer.build).toEqual({ dockerfile: "../Dockerfile", context: ".." });
    expect(devcontainer.image).toBeUndefined();
    expect(devcontainer.postCreateCommand).toMatch(/^npm ci /);
});

test("secrets, caches and a sandbox's configuration stay out of the image", () => {
    const ignored = read(".dockerignore").split("\n");
    for (const name of [".git", ".engine", ".sandbox", "node_modules", "Pulumi.sandbox.yaml"]) {
        expect(ignored).toContain(name);
    }
});
