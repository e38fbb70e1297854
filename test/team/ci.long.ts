import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { prepareBackend } from "../../scripts/stack";
import { callPalette } from "../../scripts/sandbox";
import { succeeded, TestEnvironment } from "../flow/environment";
import { ProjectCopy } from "./projectCopy";
import { bash, runJob } from "./workflow";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let checkout: ProjectCopy;
let variables: NodeJS.ProcessEnv;
let expressions: Record<string, string>;

/** GitHub's CLI as far as the workflows call it: it notes what it is told, and knows one pull request, which is closed. */
const GH = `#!/bin/bash
echo "gh $*" >> "$(dirname "$0")/gh.log"
case "$1 $2" in
    "pr view") echo CLOSED ;;
    "pr comment") cat "$5" >> "$(dirname "$0")/gh.log" ;;
esac
`;
/** The dependencies are there: a job's \`npm ci\` is noted only. */
const NPM = `#!/bin/bash
if [ "$1" = ci ]; then echo "npm ci" >> "$(dirname "$0")/npm.log"; else exec "$REAL_NPM" "$@"; fi
`;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    await prepareBackend(environment.stackFor("any"));
    checkout = new ProjectCopy(environment);
    for (const name of ["staging", "prod", "review"]) {
        checkout.connect(`Pulumi.${name}.yaml`, environment);
    }
    checkout.write(".job/gh", GH, 0o755);
    checkout.write(".job/npm", NPM, 0o755);
    const {
        PATH,
        PULUMI_BACKEND_URL,
        PULUMI_CONFIG_PASSPHRASE_FILE: file,
        ...rest
    } = checkout.environment;
    variables = {
        ...rest,
        REAL_NPM: execFileSync("which", ["npm"], { encoding: "utf8" }).trim(),
        PATH: [path.join(checkout.folder, ".job"), PATH].join(path.delimiter),
        GITHUB_STEP_SUMMARY: path.join(checkout.folder, ".job", "summary.md"),
    };
    expressions = {
        "vars.PULUMI_BACKEND_URL": PULUMI_BACKEND_URL!,
        "secrets.PULUMI_CONFIG_PASSPHRASE": readFileSync(file!, "utf8"),
        "secrets.SPECTROCLOUD_APIKEY": environment.sandbox.palette.apiKey,
        "github.token": "the-token",
        "github.event.number": "12",
    };
    for (const name of ["staging", "prod"]) {
        succeeded(
            await bash(`pulumi stack init ${name} --non-interactive`, checkout.folder, {
                ...variables,
                PULUMI_BACKEND_URL,
                PULUMI_CONFIG_PASSPHRASE_FILE: file,
            }),
        );
    }
});
afterAll(() => environment?.close());

const job = (file: string, name: string, more: Record<string, string> = {}) =>
    runJob(readFileSync(path.join(projectDirectory, "docs/ci", file), "utf8"), name, {
        folder: checkout.folder,
        environment: variables,
        expressions: { ...expressions, ...more },
    });

test("preview.yml previews staging and comments on the pull request", async () => {
    succeeded(await job("preview.yml", "preview"));
    const told = checkout.read(".job/gh.log");
    expect(told).toMatch(/gh pr comment 12 --body-file comment\.md --edit-last/);
    expect(told).toMatch(/### Preview of staging[\s\S]*Resources:\n\s+\+ \d+ to create/);
    expect(told).not.toContain(environment.sandbox.palette.apiKey);
});

test("deploy.yml brings staging up, and prod once its packs are pinned", async () => {
    const staging = await job("deploy.yml", "staging");
    succeeded(staging);
    expect(checkout.read(".job/summary.md")).toMatch(
        /- pack hellouniverse:1\.0\.0: \S+@sha256:\w{64}\n- profile \S+: 1\.0\.0\n- cluster: Running, Healthy/,
    );
    const prod = await job("deploy.yml", "production");
    expect(prod.code).not.toBe(0);
    expect(prod.output).toMatch(/pinned-versions/);
});

test("drift.yml passes, and fails when somebody has changed something", async () => {
    const drift = () => job("drift.yml", "drift", { "matrix.stack": "staging" });
    succeeded(await drift());
    const { items } = await callPalette<{ items: { metadata: { uid: string; name: string } }[] }>(
        environment.sandbox,
        "/v1/dashboard/spectroclusters/search",
        { project: true, body: {} },
    );
    const { uid, name } = items.find((cluster) =>
        cluster.metadata.name.endsWith("-staging"),
    )!.metadata;
    await callPalette(environment.sandbox, `/v1/spectroclusters/${uid}/metadata`, {
        project: true,
        method: "PATCH",
        body: { metadata: { name, annotations: { description: "by hand" }, labels: {} } },
    });
    expect((await drift()).code).toBe(7);
});

test("review.yml makes a stack for a pull request and destroys it; cleanup.yml takes what was forgotten", async () => {
    succeeded(await job("review.yml", "up"));
    succeeded(await job("review.yml", "destroy"));
    succeeded(await job("review.yml", "destroy"));
    succeeded(await job("review.yml", "up"));
    const cleanup = await job("cleanup.yml", "cleanup");
    succeeded(cleanup);
    expect(cleanup.output).toMatch(/pr-12/);
    const rest = await leftovers(environment.sandbox);
    expect(rest.filter((thing) => thing.includes("pr-12"))).toEqual([]);
});
