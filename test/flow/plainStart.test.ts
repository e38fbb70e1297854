import { succeeded, TestEnvironment } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;
beforeAll(async () => {
    environment = await TestEnvironment.create();
});
afterAll(() => environment?.close());

// The other flow tests run with the tricks of startup/.
test("without the tricks of its start-up a run does the same, on the same state", async () => {
    const plain = { PALETTE_PLAIN_START: "1" };
    const stack = await environment.stack("plain");
    succeeded(await stack.run(["up", "--yes"], plain));
    expect(await stack.outputs()).toMatchObject({
        clusterState: "Running",
        clusterHealth: "Healthy",
        applicationUrls: { hellouniverse: expect.stringMatching(/^http:/) },
    });
    succeeded(await stack.run(["preview", "--expect-no-changes"], plain));
    succeeded(await stack.run(["preview", "--expect-no-changes"]));
    succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"], plain));
    succeeded(await stack.run(["destroy", "--yes", "--skip-preview"], plain));
});
