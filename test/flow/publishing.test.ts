import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { callPalette, control } from "../../scripts/sandbox";
import { pulumiOutput } from "../../scripts/stack";
import { configureRegistries, HARBOR_PASSWORD } from "./eachRegistry";
import { succeeded, TestEnvironment, type Run, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let stack: TestStack;
let folder: string;

beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "packs "));
    environment = await TestEnvironment.create();
    stack = await environment.stack("publishing");
    for (const pack of ["hello-universe-pack", "hello-universe-pack-1.1", "hello-helm-pack"]) {
        await cp(path.join(projectDirectory, "packs", pack), path.join(folder, pack), {
            recursive: true,
        });
    }
    await stack.configure({
        packs: [
            { path: path.join(folder, "hello-universe-pack") },
            { path: path.join(folder, "hello-helm-pack"), registry: "harbor-registry" },
            { path: path.join(folder, "hello-universe-pack-1.1"), registry: "legacy-registry" },
        ],
    });
    await configureRegistries(environment, stack, {
        immutableTags: true,
        scanOnPush: true,
        encryption: { type: "AES256" },
        pullAccounts: ["210987654321"],
        lifecyclePolicy: {
            rules: [
                {
                    rulePriority: 1,
                    selection: {
                        tagStatus: "untagged",
                        countType: "sinceImagePushed",
                        countUnit: "days",
                        countNumber: 14,
                    },
                    action: { type: "expire" },
                },
            ],
        },
    });
});
afterAll(async () => {
    await environment?.close();
    await rm(folder, { recursive: true, force: true });
});

/** Requests at the registries since the last reset that upload or remove something. */
async function writes(): Promise<string[]> {
    const counters = await control<object>(environment.sandbox, "GET", "/counters");
    return Object.keys(counters).filter((call) =>
        /^(aws|harbor) (PUT|POST|PATCH|DELETE) \/v2\//.test(call),
    );
}

/** The commands and registries that a run has changed. */
function changed({ output }: Run): string[] {
    const lines = output.matchAll(
        /^ [-+~]+ +\S*?(?:local:|palette:)((?:Command|\w*Registry|PackRepository) \S+) .*ed\b/gm,
    );
    return [...new Set([...lines].map(([, what]) => what!))].sort();
}

async function digestOf(version: string): Promise<string> {
    const { packReferences } = await stack.outputs<{ packReferences: Record<string, string> }>();
    return packReferences[version]!.split("@")[1]!;
}

test("one stack publishes to ECR with a reader of its own, to Harbor and to a legacy registry", async () => {
    const run = await stack.up();
    succeeded(run);
    const { registries } = await stack.outputs<{ registries: Record<string, { uid: string }> }>();
    for (const [name, pack] of [
        ["ecr-registry", "hellouniverse"],
        ["harbor-registry", "hellohelm"],
        ["legacy-registry", "hellouniverse"],
    ]) {
        const { tags } = await callPalette<{ tags: { version: string }[] }>(
            environment.sandbox,
            `/v1/packs/${pack}/registries/${registries[name!]!.uid}`,
        );
        expect(tags).toHaveLength(1);
    }
    succeeded(await stack.up("--expect-no-changes"));
});

test("no password is in the state, nor in what a run says", async () => {
    const { harbor, spectro } = environment.sandbox;
    const run = await stack.run(["preview", "--diff"]);
    const state = await pulumiOutput(stack.stack, ["stack", "export"]);
    for (const { username, password } of [harbor, spectro]) {
        const auth = Buffer.from(`${username}:${password}`).toString("base64");
        expect(run.output + state).not.toContain(password);
        expect(run.output + state).not.toContain(auth);
    }
    expect(state).not.toMatch(/"secretKey": ?"[A-Za-z0-9+/]{40}"/);
});

test("a preview tells what a new version of a pack changes in the cluster, and changes nothing", async () => {
    const packs = await stack.configured<object[]>("packs");
    const newer = path.join(folder, "hello-universe-newer");
    await cp(path.join(folder, "hello-universe-pack-1.1"), newer, { recursive: true });
    for (const [name, from, to] of [
        ["pack.json", "1.1.0", "1.2.0"],
        ["values.yaml", "1.2.0", "1.3.0"],
    ] as const) {
        const file = path.join(newer, name);
        await writeFile(file, (await readFile(file, "utf8")).replaceAll(from, to));
    }
    await stack.configure({ packs: [...packs, { path: newer }] });
    await environment.resetCalls();
    const preview = await stack.run(["preview"]);
    await stack.configure({ packs });
    succeeded(preview);
    expect(preview.output).toMatch(
        /hellouniverse 1\.0\.0 → 1\.2\.0 in the cluster, with the pack's own values: \d+ added, \d+ changed/,
    );
    expect(preview.output).toMatch(/^ +M Deployment hello-universe-deployment$/m);
    expect(preview.output).toMatch(/^ +- ghcr\.io\/spectrocloud\/hello-universe:1\.2\.0$/m);
    expect(preview.output).toMatch(/^ +\+ ghcr\.io\/spectrocloud\/hello-universe:1\.3\.0$/m);
    expect(await writes()).toEqual([]);
});

test("other credentials are handed to Palette, and push nothing again", async () => {
    const { token, password } = environment.sandbox.harbor;
    await control(environment.sandbox, "PATCH", "/switches", { harborChallenge: "bearer" });
    await stack.configure({
        "registries.1.username": undefined,
        "registries.1.password": undefined,
    });
    await stack.configureSecret("palette-custom-pack:registries[1].token", token);
    await environment.resetCalls();
    const run = await stack.up();
    succeeded(run);
    // The command that pushes has them too, and finds everything there.
    expect(changed(run)).toEqual(["Command harbor-registry-push", "OciRegistry harbor-registry"]);
    expect(await writes()).toEqual([]);
    await stack.configure({
        "registries.1.token": undefined,
        "registries.1.username": environment.sandbox.harbor.username,
    });
    await stack.configureSecret(HARBOR_PASSWORD, password);
    succeeded(await stack.up());
});

test("a registry that is there already takes packs of another stack, and is left as it was", async () => {
    const { harbor, caFile } = environment.sandbox;
    const guest = await environment.stack("guest");
    await guest.configure({
        packs: [
            { path: path.join(folder, "hello-helm-pack"), registry: "harbor-registry" },
            { path: path.join(folder, "hello-universe-pack-1.1"), registry: "harbor-registry" },
        ],
        registries: [
            { kind: "existing", name: "harbor-registry", username: harbor.username, caFile },
        ],
    });
    await guest.configureSecret("palette-custom-pack:registries[0].password", harbor.password);
    await environment.resetCalls();
    // Profile and cluster are nothing new here.
    succeeded(
        await guest.up(
            "--target",
            "**OwnerToken**",
            "--target",
            "**PackRepository**",
            "--target",
            "**harbor-registry-push",
            "--target",
            "**RegistrySync**",
        ),
    );
    expect((await writes()).filter((call) => call.includes("manifests"))).toEqual([
        "harbor PUT /v2/{name}/manifests/{reference}",
    ]);
    succeeded(await guest.destroy());
    // Its own image is gone; the one that it had only found is there, and so is the registry.
    const left = await leftovers(environment.sandbox);
    expect(left.join("\n")).toContain("registry harbor-registry");
    expect(left.join("\n")).not.toMatch(/harbor.*hellouniverse/i);
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
    await environment.resetCalls();
    // What is there is not pushed once more, even by a push that is forced.
    succeeded(await stack.up("--replace", await urnOf("harbor-registry-push")));
    expect(await writes()).toEqual([]);
});

async function urnOf(name: string): Promise<string> {
    const { deployment } = await stack.export();
    return deployment.resources!.find(({ urn }) => urn.endsWith(`::${name}`))!.urn;
}

test("a development stack pushes over a version, and keeps no more than it is told to", async () => {
    const before = await digestOf("hellohelm:1.0.0");
    await appendFile(path.join(folder, "hello-helm-pack", "values.yaml"), "# changed\n");
    await stack.configure({ overwritePacks: true, keepVersions: 0 });
    await environment.resetCalls();
    const run = await stack.up();
    succeeded(run);
    const after = await digestOf("hellohelm:1.0.0");
    expect(after).not.toBe(before);
    // What the tag pointed to before is removed after the cluster has moved.
    expect(run.output).toMatch(new RegExp(`hellohelm: removed 1\\.0\\.0@${before}`));
    expect(await writes()).toContain("harbor DELETE /v2/{name}/manifests/{reference}");
    await stack.configure({ overwritePacks: undefined });
    succeeded(await stack.up());
    succeeded(await stack.up("--expect-no-changes"));
});

test("ECR's immutable tags hold for development stacks too", async () => {
    const values = path.join(folder, "hello-universe-pack", "values.yaml");
    await appendFile(values, "# changed\n");
    await stack.configure({ overwritePacks: true });
    const run = await stack.up();
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(/immutableTags of registries\[\] "ecr-registry"/);
    await cp(path.join(projectDirectory, "packs", "hello-universe-pack", "values.yaml"), values);
    await stack.configure({ overwritePacks: undefined });
    succeeded(await stack.up());
});

test("registries get other names, and keep their repositories and what is in them", async () => {
    await environment.resetCalls();
    await stack.configure({
        "registries.0.name": "other-ecr",
        "registries.1.name": "other-harbor",
        "packs.1.registry": "other-harbor",
        "profile.version": "1.1.0",
    });
    const run = await stack.up();
    succeeded(run);
    expect(run.output).not.toMatch(/^ [-+]+ +aws:ecr/m);
    expect(await writes()).toEqual([]);
    const { registries } = await stack.outputs<{ registries: object }>();
    expect(Object.keys(registries).sort()).toEqual([
        "legacy-registry",
        "other-ecr",
        "other-harbor",
    ]);
    succeeded(await stack.up("--expect-no-changes"));
});

test("destroy takes back what can be taken back, and says what cannot", async () => {
    const run = await stack.destroy();
    succeeded(run);
    expect(run.output).toMatch(/the spectro CLI cannot delete packs/);
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
