import "./mortalMocks";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describeWith } from "../sandbox/awsSandbox";
import { tutorialBinaries } from "../provider/tutorial";
import { cellKey, writeDocument, type Cells, type ScenarioOutcome } from "./faultDocument";
import { faults, findRows, runWithFault, type Row } from "./faultTable";
import { scenarios } from "./faultScenarios";
import { World } from "./world";

jest.setTimeout(3_600_000);

/** A file that keeps what was found out, so that a run which was cut off can be gone on with. */
const resume = process.env.FAULTS_RESUME;

/** For work on a part of the table: only pairs that contain this text; no document is written then. */
const only = process.env.FAULTS_ONLY;

describeWith(...tutorialBinaries)("every fault at every call", () => {
    let world: World;
    beforeAll(async () => {
        const { timeout } = AbortSignal;
        jest.spyOn(AbortSignal, "timeout").mockImplementation((ms) => timeout(ms / 100));
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        world = await World.start(6000);
    });
    afterAll(() => world?.remove());

    test("ends right, or with one error from which the next run recovers", async () => {
        const rows = await findRows(world, "rows");
        const known = resume && existsSync(resume) ? readFileSync(resume, "utf8") : "[]";
        const cells: Cells = new Map(JSON.parse(known) as [string, string][]);
        const problems: string[] = [];
        const begun = Date.now();
        let number = 0;
        for (const row of rows) {
            for (const fault of faults) {
                const key = cellKey(row, fault);
                if (cells.has(key) || (only !== undefined && !key.includes(only))) {
                    continue;
                }
                const endings: string[] = [];
                for (const lasting of [false, true]) {
                    try {
                        endings.push(
                            await runWithFault(world, `f${++number}`, row, fault, lasting),
                        );
                    } catch (error) {
                        const how = lasting ? "lasting" : "once";
                        problems.push(`${key} (${how}): ${(error as Error).message}`);
                        process.stdout.write(`FAILED ${problems.at(-1)}\n`);
                    }
                }
                if (endings.length === 2) {
                    cells.set(key, endings.join(" "));
                }
                if (resume) {
                    writeFileSync(resume, JSON.stringify([...cells]));
                }
            }
            process.stdout.write(
                `${row.call}: ${[...cells]
                    .filter(([key]) => key.startsWith(`${row.call} |`))
                    .map(([, cell]) => cell)
                    .join(", ")}\n`,
            );
        }
        const told: ScenarioOutcome[] = [];
        for (const scenario of scenarios) {
            try {
                const ending = await scenario.run(world, `f${++number}`);
                told.push({ name: scenario.name, ending });
            } catch (error) {
                problems.push(`${scenario.name}: ${(error as Error).message}`);
            }
        }
        const minutes = Math.round((Date.now() - begun) / 6000) / 10;
        process.stdout.write(
            `fault table: ${rows.length} calls × ${faults.length} faults, ${number} lives, ${minutes} minutes, ${problems.length} problems\n`,
        );
        expect(problems).toEqual([]);
        if (only === undefined) {
            writeDocument(rows as Row[], faults, cells, told);
        }
    });
});
