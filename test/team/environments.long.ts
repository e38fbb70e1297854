import { readFileSync } from "node:fs";
import path from "node:path";
import { control } from "../../scripts/sandbox";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { prepareBackend } from "../../scripts/stack";
import { succeeded, TestEnvironment } from "../flow/environment";
import { commandsOf, ProjectCopy } from "./projectCopy";
import { bash } from "./workflow";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let checkout: ProjectCopy;
const pulumi = (...args: string[]) =>
    bash(["pulumi", ...args, "--non-interactive"].join(" "), checkout.folder, checkout.environment);
const up = (stack: string, ...args: string[]) =>
    pulumi("up", "--stack", stack, "--yes", "--skip-preview", ...args);
const destroy = (stack: string) =>
    pulumi("destroy", "--stack", stack, "--yes", "--skip-preview", "--remove");

/** The registry's writes (uploads and manifests) since the last question. */
async function registryWrites(): Promise<number> {
    const { items } = await control<{
        items: { service: string; method: string; route: string }[];
    }>(environment.sandbox, "GET", "/requests");
    await control(environment.sandbox, "DELETE", "/requests");
    const isWrite = /^(PUT|POST|PATCH|DELETE)$/;
    return items.filter(
        ({ service, method, route }) =>
            service === "aws" && route.startsWith("/v2/") && isWrite.test(method),
    ).length;
}

beforeAll(async () => {
    environment = await TestEnvironment.create();
    await prepareBackend(environment.stackFor("any"));
    checkout = new ProjectCopy(environment);
    for (const stack of ["dev", "staging", "prod"]) {
        checkout.connect(`Pulumi.${stack}.yaml`, environment);
        succeeded(await pulumi("stack", "init", stack));
    }
});
afterAll(() => environment?.close());

test("one version goes from dev to staging to prod by its digest, and is pushed once", async () => {
    succeeded(await up("dev"));
    expect(await registryWrites()).toBeGreaterThan(0);
    succeeded(await up("staging"));
    const document = readFileSync(path.join(projectDirectory, "docs/environments.md"), "utf8");
    const lines = commandsOf(document, "## One version");
    const promotion = await bash(lines.join("\n"), checkout.folder, checkout.environment);
    succeeded(promotion);
    expect(await registryWrites()).toBe(0);
    const references = await Promise.all(
        ["dev", "staging", "prod"].map((stack) =>
            pulumi("stack", "output", "packReferences", "--json", "--stack", stack),
        ),
    );
    const [first] = references;
    expect(first!.output).toMatch(/hellouniverse:1\.0\.0@sha256:\w{64}/);
    expect(references).toEqual([first, first, first]);
});

test("prod keeps to the policies, and its cluster is protected", async () => {
    succeeded(await pulumi("preview", "--stack", "prod", "--policy-pack", "policy"));
    const run = await destroy("prod");
    expect(run.code).not.toBe(0);
    // The engine stops at the cluster; what stands on it comes back.
    succeeded(await up("prod"));
});

test("another image than the promoted one stops the preview, which names both", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    succeeded(
        await pulumi(
            "config",
            "set",
            "--stack",
            "staging",
            "--path",
            "'packs[0].path'",
            "packs/hello-universe-pack",
        ),
    );
    succeeded(
        await pulumi("config", "set", "--stack", "staging", "--path", "'packs[0].digest'", digest),
    );
    const run = await pulumi("preview", "--stack", "staging");
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(
        /packs\[\]\.digest of hellouniverse 1\.0\.0: .*sha256:0{64}, .* sha256:(?!0{9})/,
    );
    succeeded(await pulumi("config", "rm", "--stack", "staging", "packs"));
});

test("dev, which has made the repositories, goes first and leaves what the others use", async () => {
    const first = await destroy("dev");
    succeeded(first);
    expect(first.output).toMatch(/hellouniverse stays: it is used by \S+\/(staging|prod)/);
    for (const stack of ["staging", "prod"]) {
        succeeded(await pulumi("preview", "--stack", stack, "--expect-no-changes"));
    }
    succeeded(await pulumi("config", "set", "--stack", "prod", "allowClusterDeletion", "true"));
    succeeded(await up("prod"));
    succeeded(await destroy("prod"));
    succeeded(await destroy("staging"));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
