import "./mortalMocks";
import fc from "fast-check";
import { describeWith } from "../sandbox/awsSandbox";
import { tutorialBinaries } from "../provider/tutorial";
import { scenarios } from "./faultScenarios";
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
