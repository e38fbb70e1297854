import "./mortalMocks";
import fc from "fast-check";
import { describeWith } from "../sandbox/awsSandbox";
import { tutorialBinaries } from "../provider/tutorial";
import { cellKey, readDocument } from "./faultDocument";
import { scenarios } from "./faultScenarios";
import { faults, findRows, runWithFault } from "./faultTable";
import { killPoints, killThere } from "./killPoints";
import { World } from "./world";

jest.setTimeout(300_000);

// The same ones in every run, so that a red one says something about the change; another seed tries others.
const seed = Number(process.env.FAULTS_SEED ?? 1);

describeWith(...tutorialBinaries)(`bad days, a sample with FAULTS_SEED=${seed}`, () => {
    let world: World;
    let number = 0;
    beforeAll(async () => {
        const { timeout } = AbortSignal;
        jest.spyOn(AbortSignal, "timeout").mockImplementation((ms) => timeout(ms / 100));
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        world = await World.start(6000);
    });
    afterAll(() => world?.remove());

    test("docs/faults.md tells of every call and every fault, and what it tells of a sample is true", async () => {
        const told = readDocument();
        const rows = await findRows(world, "rows");
        const pairs = rows.flatMap((row) => faults.map((fault) => ({ row, fault })));
        expect([...told.keys()].sort()).toEqual(
            pairs.map(({ row, fault }) => cellKey(row, fault)).sort(),
        );
        for (const { row, fault } of fc.sample(fc.constantFrom(...pairs), { numRuns: 6, seed })) {
            const once = await runWithFault(world, `f${++number}`, row, fault, false);
            const lasting = await runWithFault(world, `f${++number}`, row, fault, true);
            expect(`${cellKey(row, fault)}: ${once} ${lasting}`).toBe(
                `${cellKey(row, fault)}: ${told.get(cellKey(row, fault))}`,
            );
        }
    });

    test("of Palette's own bad days two", async () => {
        for (const scenario of fc.sample(fc.constantFrom(...scenarios), { numRuns: 2, seed })) {
            process.stdout.write(
                `${scenario.name}: ${await scenario.run(world, `f${++number}`)}\n`,
            );
        }
    });

    test("the providers' process, killed at 8 of its calls, leaves a stack that converges", async () => {
        const points = await killPoints(world, "points");
        for (const point of fc.sample(fc.constantFrom(...points), { numRuns: 8, seed })) {
            await killThere(world, `k${++number}`, point);
        }
        process.stdout.write(`8 of ${points.length} kill points of the providers tried\n`);
    });
});
