import { execFileSync, type ChildProcess } from "node:child_process";
import { callPalette } from "../../scripts/sandbox";
import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;

beforeAll(async () => {
    environment = await TestEnvironment.create();
});
afterAll(() => environment?.close());

test.each([
    ["the CLI alone", (cli: number) => [cli]],
    ["the CLI and its plugins", (cli: number) => [cli, ...descendantsOf(cli)]],
])(
    "a kill -9 of %s while the cluster provisions leaves one cluster, and nothing pending",
    async (_, victims) => {
        const stack = await environment.stack("killed");
        const child = stack.start(["up", "--yes", "--skip-preview"]);
        await untilOutput(child, /Provisioning/);
        for (const pid of victims(child.pid!)) {
            process.kill(pid, "SIGKILL");
        }
        await new Promise((resolve) => child.once("close", resolve));

        succeeded(await stack.run(["cancel", "--yes"]));
        succeeded(await stack.up());
        expect(await clusters("pack-tutorial-cluster")).toHaveLength(1);

        // The step that the README names for an interrupted run.
        succeeded(await stack.run(["refresh", "--yes", "--clear-pending-creates"]));
        expect((await stack.export()).deployment.pending_operations ?? []).toEqual([]);
        await expectNoChanges(stack);

        succeeded(await stack.destroy());
        expect(await leftovers(environment.sandbox)).toEqual([]);
    },
);

async function expectNoChanges(stack: TestStack): Promise<void> {
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
}

async function clusters(name: string): Promise<unknown[]> {
    const { items } = await callPalette<{
        items: { metadata: { name: string }; status?: { state?: string } }[];
    }>(environment.sandbox, "/v1/dashboard/spectroclusters/search", {
        project: true,
        body: { filter: {}, sort: [] },
    });
    return items.filter(
        ({ metadata, status }) => metadata.name === name && !/Delet/.test(status?.state ?? ""),
    );
}

function untilOutput(child: ChildProcess, pattern: RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
        let output = "";
        child.stdout!.on("data", (chunk) => {
            output += chunk;
            if (pattern.test(output)) {
                resolve();
            }
        });
        child.stderr!.resume();
        child.on("close", () => reject(new Error(`the run ended before ${pattern}:\n${output}`)));
    });
}

/** All processes below one, children before grandchildren. */
function descendantsOf(pid: number): number[] {
    const table = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" })
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
    const children = table.filter(([, parent]) => parent === pid).map(([child]) => child);
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
}
