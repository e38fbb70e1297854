import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { passphraseFile, projectDirectory } from "../../scripts/environment";
import { leftovers } from "../../scripts/leftovers";
import { control } from "../../scripts/sandbox";
import { configureStack, pulumiOutput } from "../../scripts/stack";
import { unless } from "../skip";
import {
    descendantsOf,
    kill,
    succeeded,
    TestEnvironment,
    TestStack,
    type Run,
} from "../flow/environment";
import { S3Server } from "./s3Server";

jest.setTimeout(300_000);

let environment: TestEnvironment;
let s3: S3Server;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    s3 = await S3Server.start("state");
    const inS3 = environment.stackFor("team");
    Object.assign(inS3.environment, {
        PULUMI_BACKEND_URL: s3.backend,
        AWS_ACCESS_KEY_ID: "of-the-bucket",
        AWS_SECRET_ACCESS_KEY: "of-the-bucket",
        // The server sends no checksums, which the CLI would remark on at every object.
        AWS_RESPONSE_CHECKSUM_VALIDATION: "when_required",
    });
    await configureStack(inS3, environment.sandbox);
    stack = new TestStack(inS3);
});
afterAll(async () => {
    await environment?.close();
    await s3?.close();
});

/** How often the faults of the sandbox have met a call. */
async function hits(): Promise<number> {
    type Faults = { items: { hit: number }[] };
    const { items } = await control<Faults>(environment.sandbox, "GET", "/faults");
    return items.reduce((sum, { hit }) => sum + hit, 0);
}

/** A state of before the cluster. */
const yesterday = () => path.join(environment.directory, "yesterday.json");

/** What a run says that it takes back. */
function takenBack(output: string): string[] {
    const lines = output.matchAll(
        /((?:cluster|cluster profile|registry) "[^"]+"(?: [\d.]+)?) \(uid \w+\) is in Palette already and this stack's own/g,
    );
    return [...new Set([...lines].map(([, title]) => title!))].sort();
}

test("in S3 a second run is refused while the first one goes on, and a killed one's lock is taken away", async () => {
    const held = { service: "palette", method: "POST", route: "/v1/spectroclusters/aws", nth: 1 };
    await control(environment.sandbox, "POST", "/faults", { ...held, action: "hangAfter" });
    const first = stack.start(["up", "--yes", "--skip-preview"]);
    first.stdout!.resume();
    first.stderr!.resume();
    const end = once(first, "close");
    while ((await hits()) === 0) {
        expect(first.exitCode).toBeNull();
        await sleep(50);
    }
    const second = await stack.up();
    expect(second.code).not.toBe(0);
    expect(second.output).toMatch(/currently locked by 1 lock/);
    environment.orphans.push(...descendantsOf(first.pid!));
    [first.pid!, ...descendantsOf(first.pid!).map(({ pid }) => pid)].forEach(kill);
    await control(environment.sandbox, "DELETE", "/faults");
    await end;
    expect((await stack.up()).output).toMatch(/currently locked by 1 lock/);
    succeeded(await stack.run(["cancel", "--yes"]));
    await writeFile(yesterday(), await pulumiOutput(stack.stack, ["stack", "export"]));
    const third = await stack.up();
    succeeded(third);
    expect(takenBack(third.output)).toEqual(['cluster "pack-tutorial-cluster"']);
});

test("a state restored from yesterday: up says what the stack has made since and takes it back, once and for all", async () => {
    const values = { manifests: { "hello-universe": { tag: "1.3.0" } } };
    await stack.configure({
        "profile.packs": [{ name: "hellouniverse", values }],
        "profile.description": "of today",
        "cluster.workerPools.0.size": 2,
    });
    succeeded(await stack.up());
    const today = await stack.outputs();
    await pulumiOutput(stack.stack, ["stack", "import", "--file", yesterday()]);
    const restored = await stack.up();
    succeeded(restored);
    expect(takenBack(restored.output)).toEqual([
        'cluster "pack-tutorial-cluster"',
        'cluster profile "pack-tutorial-profile" 1.0.1',
    ]);
    expect(await stack.outputs()).toMatchObject({
        clusterUid: today.clusterUid,
        profileUid: today.profileUid,
        profileVersion: today.profileVersion,
    });
    succeeded(await stack.up("--expect-no-changes"));
});

/** Runs the CLI in a terminal, where it asks for the passphrase. */
async function typing(passphrase: string, args: string): Promise<Run> {
    const child = spawn(
        "script",
        ["--quiet", "--return", "--command", `pulumi ${args}`, "/dev/null"],
        {
            cwd: projectDirectory,
            env: {
                ...stack.stack.environment,
                PULUMI_CONFIG_PASSPHRASE_FILE: undefined,
                TERM: "xterm",
            },
            stdio: ["pipe", "pipe", "inherit"],
        },
    );
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
        const asked = /passphrase to unlock/;
        if (asked.test(output + part) && !asked.test(output)) {
            child.stdin.write(`${passphrase}\r`);
        }
        output += part;
    });
    const [code] = await once(child, "close");
    return { code, output };
}

unless(process.platform === "linux" ? undefined : "script(1) is Linux's", test)(
    "a passphrase that is typed serves all that a run does, the look at a cluster's protection in the state included",
    async () => {
        const passphrase = await readFile(passphraseFile(environment.directory), "utf8");
        expect(
            (await stack.run(["preview"], { PULUMI_CONFIG_PASSPHRASE_FILE: "" })).output,
        ).toMatch(/passphrase must be set/);
        const name = await stack.configured<string>("cluster.name");
        // Whether the cluster that goes is protected, the state tells.
        await stack.configure({ "cluster.name": "another" });
        const preview = await typing(passphrase, "preview --color never");
        succeeded(preview);
        expect(preview.output).toMatch(/AwsCluster another create/);
        await stack.configure({ "cluster.name": name });
        succeeded(await typing(passphrase, "destroy --yes --skip-preview"));
    },
);

test("destroy leaves nothing, neither in Palette nor of locks in the bucket", async () => {
    succeeded(await stack.destroy("--remove"));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
