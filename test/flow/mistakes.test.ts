import { execFileSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
    DeleteRepositoryCommand,
    GetAuthorizationTokenCommand,
    ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { withEcr } from "../../scripts/ecr";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { control } from "../../scripts/sandbox";
import { succeeded, TestEnvironment, type Run, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let stack: TestStack;
let packs: string;

beforeAll(async () => {
    packs = await mkdtemp(path.join(tmpdir(), "packs "));
    environment = await TestEnvironment.create();
    stack = await environment.stack("mistakes");
});
afterAll(async () => {
    await environment?.close();
    await rm(packs, { recursive: true, force: true });
});

/** The errors of a run, as the CLI lists them in the end. */
function errorsOf({ code, output }: Run): string[] {
    expect(code).not.toBe(0);
    const diagnostics = output.slice(output.indexOf("Diagnostics:"));
    // An object that exists but is not ready is reported by the engine as "1 error occurred:" and the message below it.
    return [...diagnostics.matchAll(/^ +error: (?:1 error occurred:\s+\* )?(.*)$/gm)]
        .map(([, message]) => message!)
        .filter((message) => message !== "update failed" && message !== "preview failed");
}

async function brokenPack(
    name: string,
    file: string,
    edit: (text: string) => string,
): Promise<string> {
    const folder = path.join(packs, name);
    await cp(path.join(projectDirectory, "packs", "hello-universe-pack"), folder, {
        recursive: true,
    });
    const target = path.join(folder, file);
    await writeFile(target, edit(await readFile(target, "utf8")));
    return folder;
}

test("a wrong cloud account is told with the ones that exist", async () => {
    await stack.configure({ "cluster.cloudAccount": "nobody" });
    const [error, ...rest] = errorsOf(await stack.up());
    expect(rest).toEqual([]);
    expect(error).toBe(
        'cluster.cloudAccount: "nobody" is not known to Palette; it knows tutorial-aws, tutorial-aws-tenant',
    );
    await stack.configure({ "cluster.cloudAccount": environment.sandbox.seed.cloudAccount });
});

test("a wrong API key is told once, and is not shown", async () => {
    const key = "not-the-key-of-anybody";
    const run = await stack.run(["up", "--yes", "--skip-preview"], { SPECTROCLOUD_APIKEY: key });
    const [error, ...rest] = errorsOf(run);
    expect(rest).toEqual([]);
    expect(error).toMatch(/401.*SPECTROCLOUD_APIKEY/);
    expect(run.output).not.toContain(key);
});

test("a key without tenant-admin rights is told before anything is created", async () => {
    const run = await stack.run(["up", "--yes", "--skip-preview"], {
        SPECTROCLOUD_APIKEY: environment.sandbox.palette.nonAdminApiKey,
    });
    expect(errorsOf(run).join()).toMatch(/tenant-admin right.*403/);
    expect(
        (await stack.export()).deployment.resources?.filter(({ type }) =>
            type.startsWith("aws:"),
        ) ?? [],
    ).toEqual([]);
});

test("a broken pack.json is told with its file and line", async () => {
    const folder = await brokenPack("json", "pack.json", (text) =>
        text.replace('"addon"', '"Addon"'),
    );
    await stack.configure({ packs: [{ path: folder }] });
    const run = await stack.up();
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(/pack\.json:\d+: .*layer/i);
    await stack.configure({ packs: undefined });
});

test("a registry with a wrong secret creates nothing in Palette, and converges when it is corrected", async () => {
    const { accessKeyId, secretAccessKey } = environment.sandbox.aws;
    const registry = { name: "ecr-registry", basePath: "spectro-oci-registry" };
    await stack.configure({
        registries: [{ ...registry, credentials: { type: "secret", accessKey: accessKeyId } }],
    });
    const key = "palette-custom-pack:registries[0].credentials.secretKey";
    await stack.configureSecret(key, "0123456789012345678901234567890123456789");
    const [error, ...rest] = errorsOf(await stack.up());
    expect(rest).toEqual([]);
    expect(error).toMatch(/^registry "ecr-registry": .*signature.*registries\[\]\.credentials/);
    await stack.configureSecret(key, secretAccessKey);
    succeeded(await stack.up("--target", "**registry**", "--target-dependents=false"));
});

test("a manifest that does not render fails the cluster with Palette's words; a corrected pack converges", async () => {
    const folder = await brokenPack("manifest", "manifests/hello-universe.yaml", (text) =>
        text.replace("kind: Deployment", 'kind: {{ required "no such value" .Values.nothing }}'),
    );
    const json = path.join(folder, "pack.json");
    await writeFile(json, (await readFile(json, "utf8")).replace("1.0.0", "1.0.1"));
    await stack.configure({ packs: [{ path: folder }] });
    const [error, ...rest] = errorsOf(await stack.up());
    expect(rest).toEqual([]);
    expect(error).toMatch(
        /^cluster "pack-tutorial-cluster" failed: .*pack hellouniverse failed: .*no such value/,
    );
    await stack.configure({ packs: undefined });
    succeeded(await stack.up());
    const { applicationUrls } = await stack.outputs<{
        applicationUrls: { hellouniverse: string };
    }>();
    expect((await fetch(applicationUrls.hellouniverse)).status).toBe(200);
});

test("other content under a published version is refused, and names the version", async () => {
    succeeded(await stack.up());
    const folder = await brokenPack("changed", "values.yaml", (text) => `${text}\n# changed\n`);
    await stack.configure({ packs: [{ path: folder }] });
    const run = await stack.up();
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(
        /pack hellouniverse 1\.0\.0 .* is published already with other content in .*: values\.yaml changed\. .*"version" in pack\.json to "1\.0\.1"/,
    );
    await stack.configure({ packs: undefined });
    succeeded(await stack.up());
});

test("a machine whose clock is twenty minutes off does its work all the same", async () => {
    const late = await environment.stack("late", {
        registries: undefined,
        profile: undefined,
        "cluster.name": undefined,
    });
    const otherTime = path.join(projectDirectory, "test", "standIns", "otherTime.cjs");
    const clock = (minutes: number) => ({
        NODE_OPTIONS: `--require ${JSON.stringify(otherTime)}`,
        CLOCK_IS_OFF: String(minutes * 60_000),
    });
    const [up, destroy] = [["up"], ["destroy"]].map((args) => [...args, "--yes", "--skip-preview"]);
    await environment.resetCalls();
    succeeded(await late.run(up!, clock(-20)));
    type Item = { service: string; route: string; status: number };
    const { items } = await control<{ items: Item[] }>(environment.sandbox, "GET", "/requests");
    const whoami = items.filter(({ route }) => /GetCallerIdentity/.test(route));
    // AWS refuses what was signed at another time; its SDK then goes by AWS's clock.
    expect(whoami.map(({ status }) => status)).toContain(403);
    const { applicationUrls } = await late.outputs<{
        applicationUrls: { hellouniverse: string };
    }>();
    expect((await fetch(applicationUrls.hellouniverse)).status).toBe(200);
    succeeded(await late.run(destroy!, clock(20)));
});

test("a destroy leaves a repository with images of somebody else's, names them, and takes all of it with forceDelete", async () => {
    const pushTo = async () => {
        const { repositoryUrls } = await stack.outputs<{ repositoryUrls: Urls }>();
        await pushForeignImage(`${repositoryUrls.hellouniverse}:somebody-elses`);
        return repositoryUrls.hellouniverse.split("/").slice(1).join("/");
    };
    succeeded(await stack.up());
    const repository = await pushTo();
    const run = await stack.destroy();
    succeeded(run);
    expect(run.output).toMatch(
        /stays: it holds images that this stack did not push: somebody-elses.*forceDelete/,
    );
    expect(await tagsIn(repository)).toEqual(["somebody-elses"]);
    const left = await leftovers(environment.sandbox);
    const above = path.posix.dirname(repository);
    expect(left.sort()).toEqual([`ECR repository ${above}`, `ECR repository ${repository}`]);

    await withEcr(environment.sandbox, async (ecr) => {
        for (const repositoryName of [repository, above]) {
            await ecr.send(new DeleteRepositoryCommand({ repositoryName, force: true }));
        }
    });
    await stack.configure({
        registries: [{ name: "ecr-registry", basePath: "spectro-oci-registry", forceDelete: true }],
    });
    succeeded(await stack.up());
    await pushTo();
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

interface Urls {
    hellouniverse: string;
}

function tagsIn(repositoryName: string): Promise<(string | undefined)[]> {
    return withEcr(environment.sandbox, async (ecr) => {
        const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName }));
        return imageIds!.map(({ imageTag }) => imageTag);
    });
}

/** As the tutorial does it by hand: a token of ECR's for oras. */
async function pushForeignImage(reference: string): Promise<void> {
    const { authorizationData } = await withEcr(environment.sandbox, (ecr) =>
        ecr.send(new GetAuthorizationTokenCommand({})),
    );
    const token = Buffer.from(authorizationData![0]!.authorizationToken!, "base64").toString();
    execFileSync(
        environment.engine.oras,
        [
            ...[
                "push",
                "--ca-file",
                environment.sandbox.caFile,
                "--username",
                "AWS",
                "--password-stdin",
            ],
            ...["--image-spec", "v1.0", "--disable-path-validation"],
            ...[reference, path.join(projectDirectory, "package.json")],
        ],
        { input: token.slice("AWS:".length), stdio: ["pipe", "ignore", "ignore"] },
    );
}
