import fc from "fast-check";
import { killAtAll, KillMatrix, pointsOf } from "./killMatrix";

jest.setTimeout(900_000);

// Another seed tries others.
const seed = Number(process.env.KILL_SEED ?? 1);

let matrix: KillMatrix;
beforeAll(async () => {
    matrix = await KillMatrix.create("a registry of each kind");
});
afterAll(() => matrix?.close());

test(`a run of the real engine whose CLI is killed at a command converges, KILL_SEED=${seed}`, async () => {
    // Those of a first run; the long tests take those of all runs.
    const commands = ["node pushPacks", "oras push", "spectro pack push"];
    const points = pointsOf(
        commands.map((name) => ({ phase: "up", call: `command ${name}`, count: 1 })),
    );
    const sample = fc.sample(fc.constantFrom(...points), { numRuns: 2, seed });
    expect(await killAtAll(matrix, sample)).toEqual([]);
});
