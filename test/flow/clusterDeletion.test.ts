import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { leftovers } from "../../scripts/leftovers";
import { recover } from "../../scripts/recover";
import { control } from "../../scripts/sandbox";
import { descendantsOf, kill, succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create(undefined, { speed: 2000 });
    stack = await environment.stack("deleted");
    succeeded(await stack.up());
});
afterAll(() => environment?.close());

const clusterUid = async () => (await stack.outputs<{ clusterUid: string }>()).clusterUid;

test("a killed destroy leaves no process, and up makes the cluster anew without a refresh", async () => {
    const before = await clusterUid();
    await control(environment.sandbox, "POST", "/faults", {
        service: "palette",
        method: "DELETE",
        route: "/v1/spectroclusters/{uid}",
        action: "hangAfter",
    });
    const child = stack.start(["destroy", "--yes", "--skip-preview"]);
    child.stdout!.resume();
    child.stderr!.resume();
    for (let hits = 0; hits === 0; await sleep(50)) {
        type Faults = { items: { hit: number }[] };
        const { items } = await control<Faults>(environment.sandbox, "GET", "/faults");
        hits = items[0]!.hit;
    }
    const children = descendantsOf(child.pid!);
    expect(children.length).toBeGreaterThan(0);
    environment.orphans.push(...children);
    const closed = new Promise((resolve) => child.once("close", resolve));
    kill(child.pid!);
    await closed;
    await control(environment.sandbox, "DELETE", "/faults");
    await sleep(5000);
    expect(children.flatMap(({ pid }) => commandLine(pid))).toEqual([]);

    succeeded(await stack.run(["cancel", "--yes"]));
    await recover({ environment: stack.stack.environment, log: () => undefined });
    succeeded(await stack.up());
    expect(await clusterUid()).not.toBe(before);
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
});

test("a deletion that sticks is forced with the commands that its message names", async () => {
    await stack.configure({ "cluster.deleteTimeout": 1 });
    succeeded(await stack.up());
    await control(environment.sandbox, "PUT", "/clusters/pack-tutorial-cluster/fault", {
        deletionSticks: true,
    });
    const { code, output } = await stack.destroy();
    expect(code).not.toBe(0);
    const [, set, destroy] =
        /(pulumi config set --path cluster\.forceDelete true), then .*(pulumi destroy --run-program)/.exec(
            output,
        )!;
    const argumentsOf = (command: string) => command.split(" ").slice(1);
    succeeded(await stack.run(argumentsOf(set!)));
    const forced = await stack.run([...argumentsOf(destroy!), "--yes", "--skip-preview"]);
    succeeded(forced);
    expect(forced.output).toMatch(/deletion forced; check the AWS account for what may be left/);
    expect(await leftovers(environment.sandbox)).toEqual([]);
});

/** What a process of the stack's own runs; none when it has ended, or is a program of Pulumi's. */
function commandLine(pid: number): string[] {
    const { stdout } = spawnSync("ps", ["-o", "stat=,args=", "-p", String(pid)], {
        encoding: "utf8",
    });
    return stdout.split("\n").filter((line) => /\bnode /.test(line) && !line.startsWith("Z"));
}
