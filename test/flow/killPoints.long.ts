import "./mortalMocks";
import { describeWith } from "../sandbox/awsSandbox";
import { tutorialBinaries } from "../provider/tutorial";
import { killPoints, killThere } from "./killPoints";
import { World } from "./world";

jest.setTimeout(3_600_000);

describeWith(...tutorialBinaries)("the providers' process, killed at every single call", () => {
    let world: World;
    beforeAll(async () => {
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        world = await World.start(6000);
    });
    afterAll(() => world?.remove());

    test("leaves a stack that converges", async () => {
        const points = await killPoints(world, "points");
        const problems: string[] = [];
        const begun = Date.now();
        let killed = 0;
        for (const [index, point] of points.entries()) {
            try {
                killed += Number(await killThere(world, `k${index}`, point));
            } catch (error) {
                problems.push(`${JSON.stringify(point)}: ${(error as Error).message}`);
            }
        }
        const minutes = Math.round((Date.now() - begun) / 6000) / 10;
        process.stdout.write(
            `kill points of the providers: ${points.length} tried, ${killed} killed there, ${points.length - problems.length} converged, ${minutes} minutes\n`,
        );
        expect(problems).toEqual([]);
    });
});
