import { execFileSync } from "node:child_process";
import {
    copyFileSync,
    linkSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parse, parseDocument } from "yaml";
import { recipes } from "../../engine/tools";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { prepareBackend, sandboxConfig } from "../../scripts/stack";
import { succeeded, TestEnvironment } from "../flow/environment";
import { bash } from "./workflow";

jest.setTimeout(300_000);

const template = path.join(projectDirectory, "template");
const read = (...steps: string[]) => readFileSync(path.join(projectDirectory, ...steps), "utf8");

let environment: TestEnvironment;
let registry: Server;
/** The new project. */
let folder: string;
let variables: NodeJS.ProcessEnv;
const run = (command: string) => bash(command, folder, variables);

beforeAll(async () => {
    environment = await TestEnvironment.create();
    folder = path.join(environment.directory, "my-packs");
    mkdirSync(folder);
    const tarball = packed("packages/stack", environment.directory);
    registry = await registryOf("palette-stack", tarball);
    const { dependencies } = JSON.parse(read("packages/stack/package.json"));
    const { devDependencies } = JSON.parse(read("template/package.json"));
    copyInstalled(Object.keys({ ...dependencies, ...devDependencies }), folder);
    const any = environment.stackFor("any");
    await prepareBackend(any);
    givePlugins(path.join(any.environment.PULUMI_HOME!, "plugins"));
    const { PULUMI_STACK: _, PULUMI_OPTION_CONFIG_FILE: _file, ...rest } = any.environment;
    variables = {
        ...rest,
        npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
        npm_config_cache: path.join(environment.directory, "npm"),
        npm_config_audit: "false",
    };
});
afterAll(async () => {
    registry?.close();
    await environment?.close();
});

/** `pulumi new` downloads the plugins that are not there, whatever is on PATH. */
function givePlugins(into: string): void {
    mkdirSync(into, { recursive: true });
    for (const name of ["aws", "command"] as const) {
        const folder = path.dirname(environment.engine[name]);
        symlinkSync(folder, path.join(into, `resource-${name}-v${recipes[name].version}`));
    }
}

/** The tarball that `npm pack` makes of a folder. */
function packed(folder: string, into: string): Buffer {
    const args = ["pack", "--json", "--pack-destination", into, `./${folder}`];
    const [{ filename }] = JSON.parse(
        execFileSync("npm", args, { cwd: projectDirectory, encoding: "utf8" }),
    );
    return readFileSync(path.join(into, filename));
}

/** An npm registry that has this package alone. */
async function registryOf(name: string, tarball: Buffer): Promise<Server> {
    const manifest = JSON.parse(read("packages/stack/package.json"));
    const server = createServer(({ url, headers }, response) => {
        const dist = { tarball: `http://${headers.host}/${name}.tgz` };
        const versions = { [manifest.version]: { ...manifest, dist } };
        if (url === `/${name}.tgz`) {
            response.end(tarball);
        } else if (url === `/${name}`) {
            response.end(JSON.stringify({ name, versions, "dist-tags": {} }));
        } else {
            response.writeHead(404).end();
        }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return server;
}

/** Puts packages with all they need from this checkout into a folder: what an npm registry would give. */
function copyInstalled(names: string[], into: string): void {
    type Dependencies = Record<string, string> | undefined;
    type Package = Record<"dependencies" | "peerDependencies", Dependencies> & { link?: boolean };
    const { packages }: { packages: Record<string, Package> } = JSON.parse(
        read("package-lock.json"),
    );
    const copied = new Set<string>();
    const copy = (name: string, dependent: string) => {
        let above = dependent;
        let at = path.posix.join(above, "node_modules", name);
        while (packages[at] === undefined && above !== "") {
            above = above.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, "");
            at = path.posix.join(above, "node_modules", name);
        }
        const found = packages[at];
        if (found === undefined || found.link || copied.has(at)) {
            return;
        }
        copied.add(at);
        linkFiles(path.join(projectDirectory, at), path.join(into, at));
        Object.keys({ ...found.dependencies, ...found.peerDependencies }).forEach((one) =>
            copy(one, at),
        );
    };
    names.forEach((name) => copy(name, ""));
    // npm takes a package without the links of its commands for one that it has to get anew.
    execFileSync("npm", ["rebuild", "--ignore-scripts", "--offline"], { cwd: into });
}

/** Hard links, as these are many megabytes; npm replaces files and never writes into one. */
function linkFiles(from: string, to: string): void {
    mkdirSync(to, { recursive: true });
    for (const entry of readdirSync(from, { withFileTypes: true })) {
        const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
        if (entry.isFile()) {
            try {
                linkSync(source, target);
            } catch {
                copyFileSync(source, target);
            }
        } else if (entry.isDirectory() && entry.name !== "node_modules") {
            linkFiles(source, target);
        }
    }
}

test("the template's program is this repository's, and so is its pack", () => {
    expect(read("template/index.ts")).toBe(
        read("index.ts").replace('"./components"', '"palette-stack"'),
    );
    execFileSync(
        "diff",
        ["-r", "packs/hello-universe-pack", "template/packs/hello-universe-pack"],
        {
            cwd: projectDirectory,
        },
    );
});

test("pulumi new asks, makes a project of a few files and installs the package", async () => {
    const { cloudAccount, sshKeyName } = environment.sandbox.seed;
    succeeded(
        await run(
            `pulumi new '${template}' --yes --force --name my-packs --stack dev --config-path ` +
                `--config cluster.cloudAccount=${cloudAccount} --config cluster.sshKeyName=${sshKeyName}`,
        ),
    );
    const files = readdirSync(folder).filter((name) => !name.startsWith("node_modules"));
    expect(files.sort()).toEqual(
        [
            [".gitignore", "Pulumi.dev.yaml", "Pulumi.yaml", "index.ts"],
            ["package-lock.json", "package.json", "packs", "tsconfig.json"],
        ].flat(),
    );
    expect(parse(readFileSync(stackFile(), "utf8")).config).toEqual({
        "aws:region": "us-east-1",
        "my-packs:allowClusterDeletion": "true",
        "my-packs:cluster": { cloudAccount, sshKeyName },
        "my-packs:paletteHost": "api.spectrocloud.com",
        "my-packs:paletteProject": "Default",
    });
});

test("up ends with an application that answers", async () => {
    connect();
    succeeded(await run("pulumi up --yes --skip-preview --non-interactive"));
    const { output } = await run("pulumi stack output applicationUrls --json");
    const page = await fetch(JSON.parse(output).hellouniverse);
    expect(page.status).toBe(200);
});

test("the state leads to the package, and to nothing of this repository but the template", async () => {
    const { output } = await run("pulumi stack export");
    const required = [...output.matchAll(/require\(\\"(.+?)\\"\)/g)].map(([, name]) => name!);
    expect([...new Set(required)].sort()).toEqual(["palette-stack/provider", "palette-stack/push"]);
    const lines = output.split("\n").filter((line) => line.includes(projectDirectory));
    expect(lines.filter((line) => !line.includes("pulumi:template"))).toEqual([]);
});

test("destroy leaves nothing", async () => {
    succeeded(await run("pulumi destroy --yes --skip-preview --non-interactive --remove"));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

const stackFile = () => path.join(folder, "Pulumi.dev.yaml");

/** Leads the stack to the sandbox. */
function connect(): void {
    const { connection } = sandboxConfig(environment.sandbox);
    const document = parseDocument(readFileSync(stackFile(), "utf8"));
    for (const [key, value] of Object.entries(connection)) {
        const own = key.replace("palette-custom-pack:", "my-packs:");
        document.setIn(["config", own], document.createNode(value));
    }
    document.setIn(["config", "my-packs:paletteProject"], environment.sandbox.palette.project);
    document.deleteIn(["config", "aws:accessKey"]);
    writeFileSync(stackFile(), document.toString());
    const { aws, palette } = environment.sandbox;
    Object.assign(variables, {
        AWS_ACCESS_KEY_ID: aws.accessKeyId,
        AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
        SPECTROCLOUD_APIKEY: palette.apiKey,
    });
}
