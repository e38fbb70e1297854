import { cp, mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { callPalette, control } from "../../scripts/sandbox";
import { succeeded, TestEnvironment, type Run, type TestStack } from "./environment";

jest.setTimeout(300_000);

const PROFILE = "palette:ClusterProfile";
const CLUSTER = "palette:AwsCluster";
const APPLICATIONS = "palette:ApplicationUrls";

let environment: TestEnvironment;
let stack: TestStack;
let folder: string;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("collection", {}, "collection");
    folder = await mkdtemp(path.join(tmpdir(), "packs "));
});
afterAll(async () => {
    await environment?.close();
    await rm(folder, { recursive: true, force: true });
});

/** Type and operation of what a preview or run changes, sorted. */
function changed({ output }: Run): string[] {
    const lines = [...output.matchAll(/^ ([-+~]+) +\S*?((?:palette|local):\w+) \S+ /gm)];
    return [...new Set(lines.map(([, operation, type]) => `${operation} ${type}`))].sort();
}

async function page(pack: string): Promise<string> {
    const { applicationUrls } = await stack.outputs<{ applicationUrls: Record<string, string> }>();
    const response = await fetch(applicationUrls[pack]!);
    expect(response.status).toBe(200);
    return response.text();
}

async function versions(): Promise<string[]> {
    const { items } = await callPalette<{ items: { spec: { version: string } }[] }>(
        environment.sandbox,
        "/v1/dashboard/clusterprofiles/metadata",
        { project: true },
    );
    return items.map(({ spec }) => spec.version).sort();
}

/** Requests at the registries that upload something, since the last reset. */
async function uploads(): Promise<string[]> {
    const counters = await control<Record<string, unknown>>(
        environment.sandbox,
        "GET",
        "/counters",
    );
    return Object.keys(counters).filter((call) =>
        /^(aws|harbor) (PUT|POST|PATCH) .*(uploads|manifests)/.test(call),
    );
}

test("three packs go to two registries and one profile, and both applications answer", async () => {
    succeeded(await stack.up());
    expect((await uploads()).map((call) => call.split(" ")[0])).toEqual(
        expect.arrayContaining(["aws", "harbor"]),
    );
    expect(await page("hellouniverse")).toContain("hellouniverse 1.0.0");
    expect(await page("hellohelm")).toContain("hellohelm 1.0.0");
    const { packReferences } = await stack.outputs<{ packReferences: object }>();
    expect(Object.keys(packReferences).sort()).toEqual([
        "hellohelm:1.0.0",
        "hellouniverse:1.0.0",
        "hellouniverse:1.1.0",
    ]);
    succeeded(await stack.up("--expect-no-changes"));
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
});

test("content that changed under its version fails the preview, which names the file", async () => {
    const copy = path.join(folder, "hello-universe-pack");
    await cp(path.join(projectDirectory, "packs", "hello-universe-pack"), copy, {
        recursive: true,
    });
    const values = path.join(copy, "values.yaml");
    const original = await readFile(values, "utf8");
    await writeFile(values, original.replace("tag: 1.2.0", "tag: 1.1.3"));
    await stack.configure({ "packs.0.path": copy });
    const refused = await stack.run(["preview"]);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/hellouniverse 1\.0\.0.*values\.yaml changed.*"1\.0\.1"/);

    const packJson = path.join(copy, "pack.json");
    const json = await readFile(packJson, "utf8");
    await writeFile(packJson, json.replace('"version": "1.0.0"', '"version": "1.0.1"'));
    await stack.configure({ "profile.packs.0.version": "1.0.1" });
    const preview = await stack.run(["preview"]);
    succeeded(preview);
    expect(changed(preview)).toEqual(
        [
            ...["~ local:Command", "~ palette:OciRegistry", "~ palette:PackRepository"],
            ...[`~ ${PROFILE}`, `~ ${CLUSTER}`, `~ ${APPLICATIONS}`],
        ].sort(),
    );
    await stack.configure({
        "packs.0.path": "packs/hello-universe-pack",
        "profile.packs.0.version": "1.0.0",
    });
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
});

test("the cluster moves to another version of a pack, and back, and both profiles stay", async () => {
    await stack.configure({ "profile.packs.0.version": "1.1.0" });
    const upgrade = await stack.up();
    succeeded(upgrade);
    expect(changed(upgrade)).toEqual([`~ ${PROFILE}`, `~ ${CLUSTER}`, `~ ${APPLICATIONS}`].sort());
    expect(await page("hellouniverse")).toContain("hellouniverse 1.1.0");
    expect(await versions()).toEqual(["1.0.0", "1.0.1"]);

    await stack.configure({ "profile.packs.0.version": "1.0.0" });
    succeeded(await stack.up());
    expect(await page("hellouniverse")).toContain("hellouniverse 1.0.0");
    expect(await versions()).toEqual(["1.0.0", "1.0.1"]);
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
});

test("the same packs from another place upload nothing, even without a state", async () => {
    const copy = path.join(folder, "elsewhere");
    await cp(path.join(projectDirectory, "packs", "hello-universe-pack"), copy, {
        recursive: true,
    });
    await utimes(path.join(copy, "values.yaml"), new Date(0), new Date(0));
    const otherStack = await environment.stack("other", {
        packs: [{ path: copy }],
        registries: [
            {
                name: "other-registry",
                basePath: "spectro-oci-registry",
                existingRepositories: true,
            },
        ],
        "profile.name": "other-profile",
        "cluster.name": "other-cluster",
    });
    await environment.resetCalls();
    succeeded(await otherStack.up());
    expect(await uploads()).toEqual([]);
    succeeded(await otherStack.destroy());
    // The image is the first stack's, and the other one had only found it.
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
    expect(await page("hellouniverse")).toContain("hellouniverse 1.0.0");
});

test("destroy takes everything back, the profile's two versions too", async () => {
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
