import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { writeVerbs, type Outcome } from "./verbDocument";
import { describePair, isLost, starts, VerbTable, type Pair } from "./verbTable";

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
        const series = inSeries(rest);
        const record = (pair: Pair, outcome: Outcome) => {
            outcomes[describePair(pair)] = outcome;
            const { how, words } = outcome;
            const done = rest.filter((candidate) => describePair(candidate) in outcomes).length;
            const time = new Date().toISOString().slice(11, 19);
            process.stdout.write(
                `${time} ${done}/${rest.length} ${describePair(pair)}: ${how} ${words}\n`,
            );
            if (resume) {
                writeFileSync(resume, JSON.stringify(outcomes, null, 1));
            }
        };
        await Promise.all(
            tables.map(async (table) => {
                for (let next = series.shift(); next; next = series.shift()) {
                    await exercise(table, next, record);
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

/** Pairs that can be tried of one stack, one after the other: those of a verb that nothing has to be prepared for. */
function inSeries(pairs: Pair[]): Pair[][] {
    const series = new Map<string, Pair[]>();
    for (const pair of pairs) {
        const { start, verb } = pair;
        const alone = verb.before || isLost(pair);
        const key = alone ? describePair(pair) : `${start} ${verb.name}`;
        series.set(key, [...(series.get(key) ?? []), pair]);
    }
    return [...series.values()];
}

/** Tries pairs in turn, and each by itself when that does not end right. */
async function exercise(
    table: VerbTable,
    pairs: Pair[],
    record: (pair: Pair, outcome: Outcome) => void,
): Promise<void> {
    const ended = (refusal: string): Outcome => ({
        how: refusal ? "refused" : "right",
        words: refusal,
    });
    const refusals = pairs.length > 1 ? await table.exerciseInTurn(pairs).catch(() => []) : [];
    for (const [n, pair] of pairs.entries()) {
        try {
            record(pair, ended(refusals[n] ?? (await table.exercise(pair))));
        } catch (error) {
            record(pair, { how: "fails", words: (error as Error).message });
        }
    }
}
