import { Life, phases, requireSuccess, type Phase } from "./life";
import type { Outcome } from "./miniEngine";
import type { World } from "./world";

/** A call of Palette's API, as the sandbox's log names it. */
export interface Row {
    /** `METHOD /v1/route/{uid}`. */
    call: string;
    /** The run that makes it first. */
    phase: Phase;
}

/** What the sandbox does to a call: the members of its `POST /faults`. */
export interface Fault {
    name: string;
    does: object;
}

const error = (code: string) => ({ code, message: "a bad day" });

/** Every kind of trouble that a single call can have. */
export const faults: Fault[] = [
    { name: "429", does: { status: 429, body: error("TooManyRequests") } },
    {
        name: "429, Retry-After",
        does: {
            status: 429,
            headers: { "retry-after": "1" },
            body: error("TooManyRequests"),
        },
    },
    { name: "500 with a code", does: { status: 500, body: error("BadDay") } },
    { name: "502", does: { status: 502, body: "<h1>Bad Gateway</h1>" } },
    { name: "503", does: { status: 503, body: "" } },
    { name: "504", does: { status: 504, body: "<h1>Gateway Timeout</h1>" } },
    { name: "reset before", does: { action: "reset" } },
    { name: "reset after", does: { action: "resetAfter" } },
    { name: "hang", does: { action: "hang" } },
    { name: "truncated", does: { action: "truncate" } },
    { name: "200 of a proxy", does: { status: 200, body: "<html>Please log in</html>" } },
    { name: "200 without a body", does: { status: 200, body: "" } },
    { name: "404 of a gateway", does: { status: 404, body: "default backend - 404" } },
    { name: "404", does: { status: 404, body: error("ResourceNotFound") } },
    { name: "401", does: { status: 401, body: error("InvalidCredentials") } },
];

/** Deadlines of a run that meets a fault for as long as it lasts, in the providers' minutes. */
const IMPATIENT = 3;

/** The question for the API key's expiry, once in a process, beside all else; it has tests of its own. */
const OPTIONAL = ["GET /v1/apiKeys", "GET /v1/users/info"];

/** All calls that the providers make in a stack's life, from the sandbox's log. */
export async function findRows(world: World, stack: string): Promise<Row[]> {
    const { bench } = world.tutorial;
    const life = new Life(world, stack);
    const rows: Row[] = [];
    for (const phase of phases) {
        await bench.control("DELETE", "/requests");
        requireSuccess(await life.run(phase), phase);
        const { items } = await bench.control("GET", "/requests");
        type Item = { service: string; method: string; route: string };
        for (const { service, method, route } of items as Item[]) {
            const call = `${method} ${route}`;
            if (OPTIONAL.includes(call)) {
                continue;
            }
            if (service === "palette" && !rows.some((row) => row.call === call)) {
                rows.push({ call, phase });
            }
        }
    }
    return rows;
}

/** How a run ends that meets the fault: it succeeds, or has an error. */
export type Ending = "passes" | "error";

/**
 * Lets a run meet a fault, once or for as long as it lasts, and recovers from it.
 *
 * @throws Error when the run ends with a message that does not name object, cause and next step, or when the stack does not
 * recover: the same command again, then everything until destroy, which has to leave nothing.
 */
export async function runWithFault(
    world: World,
    stack: string,
    row: Row,
    fault: Fault,
    lasting: boolean,
): Promise<Ending> {
    const { bench } = world.tutorial;
    const life = new Life(world, stack);
    await life.runBefore(row.phase);
    const [method, route] = row.call.split(" ");
    await bench.control("DELETE", "/requests");
    await bench.control("POST", "/faults", {
        service: "palette",
        method,
        route,
        times: lasting ? 0 : 1,
        ...fault.does,
    });
    let outcome: Outcome;
    try {
        outcome = await life.run(row.phase, { patience: lasting ? IMPATIENT : undefined });
    } finally {
        await bench.control("DELETE", "/faults");
    }
    await requireExercised(world, row);
    requireGoodMessage(outcome, stack);
    await life.recover(row.phase);
    return outcome.error === undefined ? "passes" : "error";
}

/** A fault that no call met proves nothing. */
async function requireExercised(world: World, row: Row): Promise<void> {
    const { items } = await world.tutorial.bench.control("GET", "/requests");
    type Item = { method: string; route: string };
    if (!(items as Item[]).some(({ method, route }) => `${method} ${route}` === row.call)) {
        throw new Error(`${row.call} was not called in ${row.phase}`);
    }
}

const OBJECT = /(cluster profile|cluster|registry|pack|what the stack has made)/;
const CAUSE =
    /Palette answered \d+|no answer from|is not Palette's|last seen|not there|does not list it|is not in the registry|its state does not know/;
const NEXT_STEP =
    /run |check |set the environment|correct|Correct|choose another|Delete them|force-deleted|Palette skips/;
const MISTAKE = /undefined|Cannot read|is not (a function|iterable)|\[object|NaN|TypeError/;

function requireGoodMessage({ error }: Outcome, stack: string): void {
    if (error === undefined) {
        return;
    }
    const missing = [
        ...(OBJECT.test(error) || error.includes(stack) ? [] : ["the object"]),
        ...(CAUSE.test(error) ? [] : ["the cause"]),
        ...(NEXT_STEP.test(error) ? [] : ["the next step"]),
        ...(MISTAKE.test(error) ? ["a message that is no mistake of the program's"] : []),
    ];
    if (missing.length > 0) {
        throw new Error(`the message lacks ${missing.join(", ")}: ${error}`);
    }
}
