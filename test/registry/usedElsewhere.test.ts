import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usedElsewhere } from "../../components/registry/usedElsewhere";
import { executables, type Executables } from "../unit/executables";

jest.mock(
    "node:child_process",
    () =>
        jest.requireActual<typeof import("../unit/executables")>("../unit/executables")
            .childProcess,
);

const STACK = "organization/palette-custom-pack/dev";
const REPOSITORY = "host/base/hello";

let pulumi: Executables;
beforeEach(() => {
    pulumi = executables();
    pulumi.prependToPath();
});
afterEach(() => pulumi.remove());

const image = (name: string, digest: string, fields: object = {}) => ({
    urn: `urn:pulumi:dev::p::${name}`,
    id: name,
    type: "command:local:Command",
    inputs: { environment: { PACK_REPOSITORY: REPOSITORY } },
    outputs: { stdout: JSON.stringify({ repository: REPOSITORY, images: [{ digest }] }) },
    ...fields,
});
function stateIs(resources: object[], pending: object[] = []): void {
    const deployment = { resources, pending_operations: pending };
    pulumi.write("pulumi", { prints: JSON.stringify({ version: 3, deployment }) });
}

test("a resource that has taken another's place accounts for its image", async () => {
    const old = image("hello", "sha256:1", { id: "old", delete: true });
    stateIs([image("hello", "sha256:1"), old]);
    expect(await usedElsewhere(STACK, REPOSITORY)).toEqual(["sha256:1"]);
    expect(pulumi.runs("pulumi")).toEqual([`stack export --stack ${STACK}`]);
});

test("a state that is being written is read again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "half a state "));
    const prints = JSON.stringify({ deployment: { resources: [image("hello", "sha256:1")] } });
    // Fails until its second run.
    const seen = join(folder, "seen");
    pulumi.write("pulumi", { prints });
    const whole = join(pulumi.folder, "pulumi");
    renameSync(whole, join(folder, "pulumi"));
    writeFileSync(
        whole,
        `#!/bin/sh\n[ -e '${seen}' ] && exec '${join(folder, "pulumi")}' "$@"\n: > '${seen}'\necho 'error: failed to load checkpoint: EOF' >&2\nexit 1\n`,
    );
    chmodSync(whole, 0o755);
    try {
        expect(await usedElsewhere(STACK, REPOSITORY)).toEqual(["sha256:1"]);
    } finally {
        rmSync(folder, { recursive: true });
    }
});

test("another failure of the CLI is told", async () => {
    pulumi.write("pulumi", { complains: "error: no stack named dev", exitCode: 1 });
    await expect(usedElsewhere(STACK, REPOSITORY)).rejects.toThrow(/no stack named dev/);
    expect(pulumi.runs("pulumi")).toHaveLength(1);
});

test("a resource that is being deleted does not", async () => {
    const leaving = image("hello", "sha256:1");
    stateIs([leaving], [{ type: "deleting", resource: leaving }]);
    expect(await usedElsewhere(STACK, REPOSITORY)).toEqual([]);
});

test("a resource that is being changed does", async () => {
    const changing = image("hello", "sha256:1");
    stateIs([changing], [{ type: "updating", resource: changing }]);
    expect(await usedElsewhere(STACK, REPOSITORY)).toEqual(["sha256:1"]);
});

test.each([
    ["another repository", { inputs: { environment: { PACK_REPOSITORY: "host/base/other" } } }],
    [
        "a command that prunes",
        { inputs: { environment: { PACK_REPOSITORY: REPOSITORY, PACK_HISTORY: "{}" } } },
    ],
    ["another type", { type: "aws:ecr/repository:Repository" }],
    ["a push that never ended", { outputs: {} }],
])("%s is of no account", async (_, fields) => {
    stateIs([image("other", "sha256:1", fields)]);
    expect(await usedElsewhere(STACK, REPOSITORY)).toEqual([]);
});
