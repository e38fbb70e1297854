import fc from "fast-check";
import { describeWith } from "../sandbox/awsSandbox";
import { tutorialBinaries } from "../provider/tutorial";
import { live, sequence, type Tally } from "./propertySteps";
import { World } from "./world";

/** Sequences that are lived through side by side. */
const LANES = 4;

/**
 * Defines the property test of a file, which has to import `./mortalMocks` first of all.
 *
 * @param usual Number of sequences, where PROPERTY_SEQUENCES does not say otherwise.
 */
export function propertyTest(usual: number): void {
    const count = Number(process.env.PROPERTY_SEQUENCES ?? usual);
    // The same ones in every run, so that a red one says something about the change; another seed tries others.
    const seed = Number(process.env.PROPERTY_SEED ?? 1);
    const timeLimit = 300_000 + count * 10_000;
    jest.setTimeout(timeLimit + 60_000);

    describeWith(...tutorialBinaries)("a stack, whatever happens to it", () => {
        let world: World;
        beforeAll(async () => {
            world = await World.start(6000);
        });
        afterAll(() => world?.remove());

        test(`${count} random sequences of configurations, runs, kills, faults and console edits, PROPERTY_SEED=${seed}`, async () => {
            const says = jest.spyOn(console, "log").mockImplementation(() => undefined);
            const tally: Tally = { runs: 0, killed: 0, failed: 0, calls: 0, strays: 0 };
            const begun = Date.now();
            let number = 0;
            const lane = async (index: number) => {
                const numRuns = Math.ceil((count - index) / LANES);
                await fc.assert(
                    fc.asyncProperty(sequence, async (steps) => {
                        const said = () => says.mock.calls.flat().join("\n");
                        const stack = `s${++number}`;
                        try {
                            await live(world, stack, steps, tally, said);
                        } catch (error) {
                            const about = world.tutorial.bench.log().split("\n");
                            const tail = about.filter((line) => line.includes(stack)).slice(-5);
                            throw new Error([(error as Error).message, ...tail].join("\n"));
                        }
                        says.mockClear();
                    }),
                    {
                        seed: seed + index,
                        numRuns,
                        interruptAfterTimeLimit: timeLimit,
                        endOnFailure: process.env.PROPERTY_SHRINK === "no",
                    },
                );
            };
            try {
                const lanes = Array.from({ length: LANES }, (_, index) => lane(index));
                // All of them end before one's failure is told: the sandbox is theirs.
                await Promise.allSettled(lanes);
                await Promise.all(lanes);
            } finally {
                says.mockRestore();
                const seconds = Math.round((Date.now() - begun) / 1000);
                process.stdout.write(
                    `property test: ${count} sequences, PROPERTY_SEED=${seed}: ${tally.runs} runs, ${tally.killed} killed, ` +
                        `${tally.failed} failed, ${tally.calls} calls, ${tally.strays} objects left behind and told, ${seconds} s\n`,
                );
            }
        });
    });
}
