import { AsyncLocalStorage } from "node:async_hooks";
import type childProcess from "node:child_process";
import type timers from "node:timers";
import { promisify } from "node:util";
import type { fetch, RequestInit, Response } from "undici";

/** What happens to one call of a run, as the process that makes it sees it. */
export type Trouble =
    /** The process is killed before the call is sent, or after Palette has acted on it. */
    | "killBefore"
    | "killAfter"
    /** The connection breaks before Palette has acted, or after. */
    | "reset"
    | "lost"
    /** Palette has acted, and its answer is cut in the middle. */
    | "truncated"
    /** A proxy answers in Palette's place. */
    | "page"
    | 401
    | 404
    | 429
    | 500
    | 503;

/** A call that a process has made. */
export interface Sent {
    method: string;
    path: string;
    /** Position among the calls of the process, from 1. */
    number: number;
}

const processes = new AsyncLocalStorage<MortalProcess>();

/** The error of a run that was killed. */
export class Killed extends Error {}

/**
 * A process that makes calls and can be killed, inside this one: whatever was begun in {@link run} stands still for ever
 * at its next call or pause once it is dead, as the code of a killed process does. Its module state lives on, which
 * does not matter: the providers keep nothing but a client in it.
 */
export class MortalProcess {
    dead = false;
    readonly sent: Sent[] = [];
    readonly #death: Promise<never>;
    #kill!: (reason: Error) => void;

    /**
     * @param trouble What becomes of a call, asked when it is about to be sent.
     * @param exportState What `pulumi stack export` prints meanwhile.
     */
    constructor(
        readonly trouble: (call: Sent) => Trouble | undefined = () => undefined,
        readonly exportState: () => string = () => "{}",
    ) {
        this.#death = new Promise((_, reject) => (this.#kill = reject));
        this.#death.catch(() => undefined);
    }

    kill(): void {
        this.dead = true;
        this.#kill(new Killed("killed"));
    }

    /** Does something in this process. @throws Killed when the process dies before it is done. */
    run<T>(action: () => Promise<T>): Promise<T> {
        return Promise.race([processes.run(this, action), this.#death]);
    }
}

const never = new Promise<never>(() => undefined);

function mortalFetch(undici: { fetch: typeof fetch; Response: typeof Response }): typeof fetch {
    return async (input, init) => {
        const process = processes.getStore();
        // Palette only: what the tests play of ECR is not interrupted.
        if (process === undefined || !(input instanceof URL) || !/^\/v1\//.test(input.pathname)) {
            return undici.fetch(input, init);
        }
        if (process.dead) {
            return never;
        }
        const { pathname: path } = input;
        const method = (init as RequestInit).method!;
        const call = { method, path, number: process.sent.length + 1 };
        process.sent.push(call);
        const trouble = process.trouble(call);
        if (trouble === "killBefore") {
            process.kill();
            return never;
        }
        if (trouble === "reset") {
            throw reset();
        }
        if (trouble === "page") {
            const headers = { "content-type": "text/html" };
            return new undici.Response("<html>Please log in</html>", { headers });
        }
        if (typeof trouble === "number") {
            const body = { code: `Trouble${trouble}`, message: "bad day" };
            const headers = { "content-type": "application/json" };
            return new undici.Response(JSON.stringify(body), { status: trouble, headers });
        }
        const response = await undici.fetch(input, init);
        if (trouble === "killAfter") {
            process.kill();
        }
        if (process.dead) {
            return never;
        }
        if (trouble === "lost") {
            await response.text();
            throw reset();
        }
        if (trouble === "truncated") {
            const text = await response.text();
            const { status, headers } = response;
            const half = status === 204 ? null : text.slice(0, text.length / 2);
            headers.delete("content-length");
            return new undici.Response(half, { status, headers });
        }
        return response;
    };
}

function reset(): Error {
    const cause = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    return Object.assign(new TypeError("fetch failed"), { cause });
}

/** How much faster than in a real run the providers wait, and their time passes. */
const PACE = 100;

/** Stand-ins for modules of Node.js's and npm's, for `jest.mock`. */
export const mortalModules = {
    /** Time passes {@link PACE} times as fast. */
    perfHooks: () => ({ performance: { now: () => performance.now() * PACE } }),

    /** A timer does nothing in a dead process; it is no faster, because what it limits goes on in real time. */
    timers: (actual: typeof timers) => ({
        ...actual,
        setTimeout(callback: (...args: unknown[]) => void, ms: number, ...args: unknown[]) {
            const process = processes.getStore();
            return actual.setTimeout(() => process?.dead || callback(...args), ms);
        },
    }),

    /** A pause is shorter, and a dead process never leaves it. */
    timersPromises: () => ({
        async setTimeout(ms: number) {
            const process = processes.getStore();
            await new Promise((resolve) => setTimeout(resolve, ms / PACE));
            return process?.dead ? never : undefined;
        },
    }),

    /** Calls of a {@link MortalProcess} meet their trouble. */
    undici: (actual: { fetch: typeof fetch; Response: typeof Response }) => ({
        ...actual,
        fetch: mortalFetch(actual),
    }),

    /** `pulumi stack export` prints the state of the process's stack. */
    childProcess(actual: typeof childProcess) {
        const execute = promisify(actual.execFile);
        const execFile = Object.assign(actual.execFile.bind(actual), {
            [promisify.custom]: (
                file: string,
                args: string[],
                options: childProcess.ExecFileOptions,
            ) => {
                const process = processes.getStore();
                return file === "pulumi" && process !== undefined
                    ? Promise.resolve({ stdout: process.exportState(), stderr: "" })
                    : execute(file, args, options);
            },
        });
        return { ...actual, execFile };
    },
};
