import {
    BatchDeleteImageCommand,
    DeleteRepositoryCommand,
    ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { withEcr } from "../../scripts/ecr";
import { leftovers } from "../../scripts/leftovers";
import { pulumiOutput } from "../../scripts/stack";
import { killAtCall } from "./killedRun";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

const ARCHIVE = "shared-base/spectro-packs/archive";
const PACK = `${ARCHIVE}/hellouniverse`;

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    stack = await environment.stack("one");
    await stack.configure({ "registries.0.basePath": "shared-base" });
});
afterAll(() => environment?.close());

const images = () =>
    withEcr(environment.sandbox, async (ecr) => {
        const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName: PACK }));
        return imageIds!;
    });

test("a run that is killed when AWS has made a repository is no obstacle to the next one", async () => {
    const call = { service: "aws", route: "ecr CreateRepository" };
    const up = ["up", "--yes", "--skip-preview"];
    await killAtCall(environment, stack, up, call);
    succeeded(await stack.run(["cancel", "--yes"]));
    const run = await stack.up();
    succeeded(run);
    expect(run.output).not.toMatch(/RepositoryAlreadyExists/);
    expect(await images()).toHaveLength(1);
    succeeded(await stack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

test.each([
    ["a role", "sts", ["CreateRole", "PutRolePolicy"]],
    ["a user", "secret", ["CreateUser", "CreateAccessKey"]],
])(
    "what runs have made of %s and not recorded when they were killed makes way for the next one",
    async (_, type, operations) => {
        await stack.configure({ "registries.0.credentials": { type } });
        const up = ["up", "--yes", "--skip-preview"];
        for (const operation of operations) {
            await killAtCall(environment, stack, up, { service: "aws", route: `iam ${operation}` });
            succeeded(await stack.run(["cancel", "--yes"]));
        }
        succeeded(await stack.up());
        succeeded(await stack.destroy());
        expect(await leftovers(environment.sandbox)).toEqual([]);
        await stack.configure({ "registries.0.credentials": undefined });
    },
);

test("a preview knows the references, and the push says in one line what it has done", async () => {
    const preview = await stack.run(["preview"]);
    succeeded(preview);
    expect(preview.output).toMatch(
        /hellouniverse:1\.0\.0: "\S+\/hellouniverse:1\.0\.0@sha256:\w{64}"/,
    );
    const run = await stack.up();
    succeeded(run);
    expect(run.output).toMatch(/pushed hellouniverse 1\.0\.0 to 127\.\S+/);
    succeeded(await stack.up("--expect-no-changes"));
});

test("an image that somebody has deleted is pushed again, and Palette is synchronized", async () => {
    const imageIds = await images();
    const command = new BatchDeleteImageCommand({ repositoryName: PACK, imageIds });
    await withEcr(environment.sandbox, (ecr) => ecr.send(command));
    const refresh = await stack.run(["refresh", "--yes"]);
    succeeded(refresh);
    expect(refresh.output).toMatch(/~ .*PackRepository hellouniverse-\w+ updated/);
    const run = await stack.up();
    succeeded(run);
    expect(run.output).toMatch(/pack hellouniverse:1\.0\.0 is visible/);
    expect(await images()).toEqual(imageIds);
});

test("a repository that somebody has deleted is made again with what was in it, without a refresh", async () => {
    const command = new DeleteRepositoryCommand({ repositoryName: PACK, force: true });
    await withEcr(environment.sandbox, (ecr) => ecr.send(command));
    succeeded(await stack.up());
    expect(await images()).toHaveLength(1);
    succeeded(await stack.up("--expect-no-changes"));
});

async function urnOfRepository(): Promise<string> {
    const { deployment } = await stack.export();
    return deployment.resources!.find(
        ({ type, outputs }) => type === "aws:ecr/repository:Repository" && outputs?.name === PACK,
    )!.urn;
}

test("a repository with images is not made anew by --replace, and the message says what to do", async () => {
    const urn = await urnOfRepository();
    const run = await stack.up("--replace", urn);
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(/hellouniverse is there already .* Leave --replace of it away/);
    expect(run.output).not.toMatch(/RepositoryAlreadyExists/);
    succeeded(await stack.up());
    expect(await images()).toHaveLength(1);
});

test("a repository that the state does not have any more is taken into it by the command that the message names", async () => {
    const args = ["--yes", "--force", "--target-dependents", await urnOfRepository()];
    succeeded(await stack.run(["state", "delete", ...args]));
    const run = await stack.up();
    expect(run.code).not.toBe(0);
    const [, named] = /run pulumi (import .*?), then pulumi up again/.exec(run.output)!;
    succeeded(await stack.run([...named!.split(" "), "--yes", "--skip-preview"]));
    succeeded(await stack.up());
    succeeded(await stack.up("--expect-no-changes"));
    expect(await images()).toHaveLength(1);
});

test("repositories are let go of and taken over again", async () => {
    await stack.configure({ "registries.0.existingRepositories": true });
    succeeded(await stack.up());
    await stack.configure({ "registries.0.existingRepositories": undefined });
    succeeded(await stack.up());
    expect(await images()).toHaveLength(1);
});

test("a stack is destroyed by another name than it was made with, and leaves what another one uses", async () => {
    const otherStack = await environment.stack("other", {
        "registries.0.name": "other-registry",
        "registries.0.basePath": "shared-base",
        "profile.name": "other-profile",
        "cluster.name": "other-cluster",
    });
    succeeded(await otherStack.up());
    await pulumiOutput(stack.stack, ["stack", "rename", "renamed"]);
    const run = await stack.run(["destroy", "--yes", "--skip-preview", "--stack", "renamed"]);
    succeeded(run);
    expect(run.output).toMatch(/hellouniverse stays: it is used by organization\/\S+\/other/);
    expect(await images()).toHaveLength(1);
    succeeded(await otherStack.run(["preview", "--expect-no-changes"]));
    succeeded(await otherStack.destroy());
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
