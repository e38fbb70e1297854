import { succeeded, TestEnvironment } from "./environment";

jest.setTimeout(300_000);

let environment: TestEnvironment;

beforeAll(async () => {
    environment = await TestEnvironment.create();
});
afterAll(() => environment?.close());

test("a first preview knows the price, and has short names", async () => {
    const stack = await environment.stack("first");
    const run = await stack.run(["preview"]);
    succeeded(run);
    const [, dollars] = /Palette estimates ([\d.]+) USD an hour/.exec(run.output)!;
    const [, price] = /hourlyPrice +: ([\d.]+)$/m.exec(run.output)!;
    expect(Number(price).toFixed(2)).toBe(dollars);
    const names = [...run.output.matchAll(/^ \+ +\S+:\S+ (\S+) create/gm)].map(([, name]) => name!);
    expect(names).toContainEqual(expect.stringMatching(/^hellouniverse-\w{6}$/));
    expect(names.filter((name) => name.length > 40)).toEqual([]);
});

test("a preview of a change shows no part of an output that it does not know", async () => {
    const stack = await environment.stack("second", { "cluster.name": "second" });
    succeeded(await stack.up());
    await stack.configure({ "profile.description": "Other.", "registries.0.syncTimeout": 11 });
    const { code, output } = await stack.run(["preview"]);
    expect({ code, output }).toMatchObject({
        code: 0,
        output: expect.stringMatching(/update \[diff: /),
    });
    expect(output).not.toMatch(/\{\s*\}/);
    await stack.configure({ "profile.description": undefined });
    succeeded(await stack.destroy());
});
