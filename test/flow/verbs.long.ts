import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { writeVerbs, type Outcome } from "./verbDocument";
import { describePair, starts, VerbTable } from "./verbTable";

jest.setTimeout(12 * 3_600_000);

/** A file that keeps what was found out, so that a run which was cut off can be gone on with. */
const resume = process.env.VERBS_RESUME;

/** For work on some of them: a pattern of the names that the test prints; no document is written then. */
const only = process.env.VERBS_ONLY;

/** The same for where they are said: `up` or `interrupted`. */
const wanted = starts.filter((start) => start === (process.env.VERBS_START ?? start));

const workers = Number(process.env.VERBS_WORKERS ?? 2);

test("every verb of the CLI, said of every resource, ends right or is refused", async () => {
    const known = resume && existsSync(resume) ? readFileSync(resume, "utf8") : "{}";
    const outcomes: Record<string, Outcome> = JSON.parse(known);
    const tables = await Promise.all(
        Array.from({ length: workers }, () => VerbTable.create(wanted)),
    );
    try {
        const pairs = tables[0]!
            .pairs()
            .filter((pair) => new RegExp(only ?? "").test(describePair(pair)));
        const rest = pairs.filter((pair) => !(describePair(pair) in outcomes));
        const total = rest.length;
        await Promise.all(
            tables.map(async (table) => {
                for (let pair = rest.shift(); pair; pair = rest.shift()) {
                    const name = describePair(pair);
                    const begun = Date.now();
                    try {
                        const refusal = await table.exercise(pair);
                        outcomes[name] = { how: refusal ? "refused" : "right", words: refusal };
                    } catch (error) {
                        outcomes[name] = { how: "fails", words: (error as Error).message };
                    }
                    const seconds = Math.round((Date.now() - begun) / 1000);
                    const { how, words } = outcomes[name]!;
                    process.stdout.write(
                        `${total - rest.length}/${total} ${seconds} s ${name}: ${how} ${words}\n`,
                    );
                    if (resume) {
                        writeFileSync(resume, JSON.stringify(outcomes, null, 1));
                    }
                }
            }),
        );
        if (only === undefined && wanted.length === starts.length) {
            writeVerbs(tables[0]!.pairs(), outcomes);
        }
        expect(Object.entries(outcomes).filter(([, { how }]) => how === "fails")).toEqual([]);
    } finally {
        await Promise.all(tables.map((table) => table.close()));
    }
});
