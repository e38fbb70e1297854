import fc from "fast-check";
import { leftovers } from "../../scripts/leftovers";
import { control } from "../../scripts/sandbox";
import { switchTable } from "../../sandbox/palette/switches";
import { succeeded, TestEnvironment } from "./environment";

/*
 * The program's whole flow on the real engine - up, up again, refresh, a new version of the profile,
 * destroy - under each value of each of the sandbox's switches, one at a time, and under random
 * combinations. The same values with the circumstances in which they matter most (lost answers, stuck
 * deletions, …) are in test/provider/switches.test.ts, where a run takes seconds.
 *
 * SWITCHES=name,name=value limits it; SWITCHES_SEED and SWITCHES_COMBINATIONS (20) set the random part.
 */

jest.setTimeout(600_000);

type Positions = Record<string, string>;

const chosen = process.env.SWITCHES?.split(",");
const seed = Number(process.env.SWITCHES_SEED ?? Date.now() % 1_000_000);
const count = Number(process.env.SWITCHES_COMBINATIONS ?? (chosen ? 0 : 20));

const single: [string, Positions][] = Object.entries(switchTable).flatMap(([name, { values }]) =>
    values
        .filter((value) => !chosen || chosen.includes(name) || chosen.includes(`${name}=${value}`))
        .map((value): [string, Positions] => [`${name}=${value}`, { [name]: value }]),
);
const random: [string, Positions][] = fc
    .sample(
        fc.record(
            Object.fromEntries(
                Object.entries(switchTable).map(([name, { values }]) => [
                    name,
                    fc.constantFrom<string>(...values),
                ]),
            ),
        ),
        { numRuns: count, seed },
    )
    .map((positions, index) => {
        const moved = Object.entries(positions).filter(
            ([name, value]) => value !== switchTable[name as keyof typeof switchTable].values[0],
        );
        const listed = moved.map(([name, value]) => `${name}=${value}`).join(" ");
        return [`random ${index} of SWITCHES_SEED=${seed}: ${listed}`, positions];
    });

describe("the whole flow on the real engine", () => {
    let environment: TestEnvironment;
    const rows: string[] = [];
    let runs = 0;
    beforeAll(async () => {
        environment = await TestEnvironment.create();
    });
    afterAll(async () => {
        await environment?.close();
        process.stdout.write(`\noutcome    seconds  switches\n${rows.join("\n")}\n`);
    });

    async function page(url: string): Promise<string> {
        const answer = await fetch(url);
        expect(answer.status).toBe(200);
        return answer.text();
    }

    async function flow(): Promise<void> {
        const stack = await environment.stack(`long-${++runs}`, { "cluster.name": `long-${runs}` });
        succeeded(await stack.up());
        type Outputs = { applicationUrls: { hellouniverse: string }; profileVersion: string };
        const first = await stack.outputs<Outputs>();
        expect(await page(first.applicationUrls.hellouniverse)).toContain("hello-universe");
        const again = await stack.up();
        succeeded(again);
        expect(again.output).toMatch(/Resources:\n\s+\d+ unchanged/);
        succeeded(await stack.run(["refresh", "--yes", "--expect-no-changes"]));
        await stack.configure({ "profile.version": "1.1.0" });
        succeeded(await stack.up());
        const second = await stack.outputs<Outputs>();
        expect(second.profileVersion).toBe("1.1.0");
        expect(await page(second.applicationUrls.hellouniverse)).toContain("hello-universe");
        succeeded(await stack.destroy());
    }

    test.each([...single, ...random])("%s", async (name, positions) => {
        const start = performance.now();
        let outcome = "FAILS";
        await control(environment.sandbox, "DELETE", "/switches");
        await control(environment.sandbox, "PATCH", "/switches", positions);
        try {
            await flow();
            await control(environment.sandbox, "DELETE", "/switches");
            expect(await leftovers(environment.sandbox)).toEqual([]);
            outcome = "converges";
        } finally {
            const seconds = ((performance.now() - start) / 1000).toFixed(0);
            rows.push(`${outcome.padEnd(10)} ${seconds.padStart(7)}  ${name}`);
        }
    });
});
