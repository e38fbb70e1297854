import {
    cpSync,
    readdirSync,
    readFileSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";
import { tinyProject, type TinyProject } from "./tinyProject";

let project: TinyProject;
beforeAll(async () => {
    project = await tinyProject({
        "Pulumi.yaml":
            "name: facts\nruntime:\n  name: nodejs\n  options:\n    nodeargs: --require ./startup/lateLibraries.js\n",
        "index.js": `require("./startup/tricks").report(require("@pulumi/pulumi").log.debug);\n`,
    });
    cpSync(path.join(projectDirectory, "startup"), path.join(project.folder, "startup"), {
        recursive: true,
    });
});
afterAll(() => project?.remove());

const lines = (output: string) => output.match(/start-up goes on .*/g) ?? [];

test("where a part of the SDK has moved, the run goes on without late loading of it, and Pulumi's debug log tells so", async () => {
    const asItIs = await project.pulumi("up --yes --skip-preview --debug");
    expect(asItIs).toMatchObject({ code: 0 });
    expect(lines(asItIs.output)).toEqual([]);

    moveAutomation(path.join(project.folder, "node_modules"));
    const moved = await project.pulumi("up --yes --skip-preview --debug");
    expect(moved).toMatchObject({ code: 0 });
    // The CLI prints it when it comes, and again with all that it tells at the end.
    const reports = new Set(lines(moved.output).map((line) => line.split(";")[0]!.trim()));
    expect([...reports]).toEqual([
        "start-up goes on without late loading of ./automation: Cannot find module './automation'",
    ]);
    expect(lines((await project.pulumi("up --yes --skip-preview")).output)).toEqual([]);
});

/** Gives the project a copy of the SDK in which the folder `automation` has another name. */
function moveAutomation(modules: string): void {
    const nodeModules = path.join(projectDirectory, "node_modules");
    const sdk = path.join(modules, "@pulumi", "pulumi");
    rmSync(sdk);
    cpSync(path.join(nodeModules, "@pulumi", "pulumi"), sdk, { recursive: true });
    for (const name of readdirSync(nodeModules)) {
        if (!name.startsWith(".") && !["@pulumi", "tsx"].includes(name)) {
            symlinkSync(path.join(nodeModules, name), path.join(modules, name));
        }
    }
    renameSync(path.join(sdk, "automation"), path.join(sdk, "elsewhere"));
    const index = path.join(sdk, "index.js");
    const text = readFileSync(index, "utf8");
    writeFileSync(index, text.replace(`require("./automation")`, `require("./elsewhere")`));
}
