import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { leftovers } from "../../scripts/leftovers";
import { recover } from "../../scripts/recover";
import { control } from "../../scripts/sandbox";
import { CommandGate } from "./commandGate";
import { eachRegistry } from "./eachRegistry";
import {
    descendantsOf,
    kill,
    stillThere,
    succeeded,
    TestEnvironment,
    type Run,
    type SeenProcess,
    type TestStack,
} from "./environment";
import { Snapshots } from "./snapshots";

/** A run of the CLI that is killed. */
export type Phase = "up" | "update" | "destroy";

/** Where a run is killed. */
export interface Point {
    phase: Phase;
    /** `service METHOD route`, as the sandbox's log names it, or `command` and its name, as a {@link CommandGate} does. */
    call: string;
    /** Which one of these calls, from 1. */
    nth: number;
    /** Before the server acts on the call, or after, without the answer; before, during or at the end of a command. */
    when: "before" | "during" | "after";
    victims: "the CLI alone" | "the CLI and its plugins";
}

/** A call of a phase, and how often a run makes it. */
export interface Counted {
    phase: Phase;
    call: string;
    count: number;
}

const COMMAND = /^command /;
const WRITE = / (POST|PUT|PATCH|DELETE) /;
const VICTIMS = ["the CLI alone", "the CLI and its plugins"] as const;

/**
 * All points of a phase's calls: the first and the last of a kind, before and after; writes and commands with either set of
 * victims, reads (which leave nothing behind but the run's own state) with one of them in turn.
 */
export function pointsOf(calls: Counted[]): Point[] {
    let turn = 0;
    return calls.flatMap(({ phase, call, count }) => {
        const isCommand = COMMAND.test(call);
        const moments = isCommand
            ? (["before", "during", "after"] as const)
            : (["before", "after"] as const);
        return [...new Set([1, count])].flatMap((nth) =>
            moments.flatMap((when) =>
                (isCommand || WRITE.test(call) ? VICTIMS : [VICTIMS[turn++ % 2]!]).map(
                    (victims) => ({ phase, call, nth, when, victims }),
                ),
            ),
        );
    });
}

export function describePoint({ phase, call, nth, when, victims }: Point): string {
    return `${phase}: ${when} ${nth > 1 ? `no. ${nth} of ` : ""}${call}, ${victims}`;
}

/** Virtual seconds of the sandbox in a real one. */
const SPEED = 2000;

/** What changes in an update: a new pack in the profile, another size, another pool, tags, scans. */
const UPDATE = {
    "cluster.description": "Second.",
    "cluster.tags": ["second"],
    "cluster.workerPools": [{ size: 2 }, { name: "more" }],
    "cluster.scans": { configuration: "0 1 * * MON" },
    "cluster.repave": "approve",
    "profile.description": "Second.",
    "profile.spectroProxy": "1.4.x",
};

/** The step that docs/day-two.md names for a warning about pending operations; nothing has changed but that. */
const QUIET_REFRESH = [
    "refresh",
    "--yes",
    "--skip-preview",
    "--clear-pending-creates",
    "--expect-no-changes",
];

/** Packs and registries of the stack that is killed. */
export type Kind = "one ECR" | "a registry of each kind";

/** Kills runs of the real engine at calls and commands, from saved snapshots of state and sandbox. */
export class KillMatrix {
    private constructor(
        readonly environment: TestEnvironment,
        readonly stack: TestStack,
        private readonly snapshots: Snapshots,
        private readonly gate: CommandGate,
        private readonly packs: string,
        private readonly update: Record<string, unknown>,
    ) {}

    static async create(kind: Kind): Promise<KillMatrix> {
        const environment = await TestEnvironment.create(undefined, { speed: SPEED });
        const stack = await environment.stack("killed");
        const packs = await mkdtemp(path.join(tmpdir(), "killed packs "));
        const update = kind === "one ECR" ? UPDATE : await eachRegistry(environment, stack, packs);
        const { environment: variables } = stack.stack;
        const gate = await CommandGate.create(variables.PATH!);
        variables.PATH = [gate.directory, variables.PATH].join(path.delimiter);
        const snapshots = new Snapshots(environment, SPEED);
        await snapshots.save("up");
        return new KillMatrix(environment, stack, snapshots, gate, packs, update);
    }

    async close(): Promise<void> {
        await this.environment.close();
        await this.snapshots.remove();
        await this.gate.remove();
        await rm(this.packs, { recursive: true, force: true });
    }

    /** Every distinct call and command of the phases, with how many there are; calls in the order in which a run makes them. */
    async calls(): Promise<Counted[]> {
        const found: Counted[] = [];
        for (const phase of ["up", "update", "destroy"] as const) {
            await this.configure(phase);
            await this.environment.resetCalls();
            await this.gate.reset();
            succeeded(await this.run(phase));
            type Item = { service: string; method: string; route: string };
            const { items } = await control<{ items: Item[] }>(
                this.environment.sandbox,
                "GET",
                "/requests",
            );
            const counts = new Map<string, number>();
            for (const { service, method, route } of items) {
                const call = `${service} ${method} ${route}`;
                counts.set(call, (counts.get(call) ?? 0) + 1);
            }
            for (const [name, count] of await this.gate.calls()) {
                counts.set(`command ${name}`, count);
            }
            found.push(...[...counts].map(([call, count]) => ({ phase, call, count })));
            if (phase === "up") {
                await this.snapshots.save("update");
                await this.snapshots.save("destroy");
            }
        }
        await this.snapshots.restore("up");
        return found;
    }

    /**
     * Kills a run at a point, and goes on as docs/day-two.md says.
     *
     * @returns whether the run got there: one that is quicker repeats a call less often.
     * @throws Error when the next runs do not converge, or something is left.
     */
    async kill(point: Point): Promise<boolean> {
        await this.snapshots.restore(point.phase);
        await this.configure(point.phase);
        const reached = await this.killAt(point);
        succeeded(await this.stack.run(["cancel", "--yes"]));
        await recover({
            environment: this.stack.stack.environment,
            log: () => undefined,
        });
        if (point.phase !== "destroy") {
            succeeded(await this.run(point.phase));
            await this.requireOneOfEach();
            succeeded(await this.stack.run(QUIET_REFRESH));
            const { deployment } = await this.stack.export();
            if (deployment.pending_operations?.length) {
                throw new Error(`pending: ${JSON.stringify(deployment.pending_operations)}`);
            }
        }
        succeeded(await this.run("destroy"));
        const { deployment } = await this.stack.export();
        const left = await leftovers(this.environment.sandbox);
        if (left.length + (deployment.resources?.length ?? 0) > 1) {
            throw new Error(`left: ${left.join(", ")}; ${deployment.resources?.length} resources`);
        }
        return reached;
    }

    private async killAt(point: Point): Promise<boolean> {
        const stop = await this.stopAt(point);
        const child = this.stack.start(
            point.phase === "destroy"
                ? ["destroy", "--yes", "--skip-preview"]
                : ["up", "--yes", "--skip-preview"],
        );
        child.stdout!.resume();
        child.stderr!.resume();
        let ended = false;
        const end = new Promise<void>((resolve) =>
            child.once("close", () => {
                ended = true;
                resolve();
            }),
        );
        while (!(await stop.reached())) {
            if (ended) {
                if (point.nth === 1) {
                    throw new Error("the run ended before it got there");
                }
                await stop.release();
                return false;
            }
            await sleep(20);
        }
        const children = descendantsOf(child.pid!);
        this.environment.orphans.push(...children);
        for (const pid of point.victims === "the CLI alone"
            ? [child.pid!]
            : [child.pid!, ...children.map(({ pid }) => pid)]) {
            kill(pid);
        }
        await stop.release();
        await end;
        await requireEnd(children);
        return true;
    }

    /** Lets a call or a command stand still there, until it is released. */
    private async stopAt({ call, nth, when }: Point): Promise<{
        reached(): Promise<boolean>;
        release(): Promise<unknown>;
    }> {
        const { gate } = this;
        if (COMMAND.test(call)) {
            await gate.close({ command: call.replace(COMMAND, ""), nth, when });
            return { reached: () => gate.reached(), release: () => gate.open() };
        }
        const [service, method, ...route] = call.split(" ");
        const { sandbox } = this.environment;
        await control(sandbox, "POST", "/faults", {
            service,
            method,
            route: route.join(" "),
            nth,
            action: when === "before" ? "hang" : "hangAfter",
        });
        return {
            async reached() {
                type Faults = { items: { hit: number }[] };
                const { items } = await control<Faults>(sandbox, "GET", "/faults");
                return items.some(({ hit }) => hit > 0);
            },
            release: () => control(sandbox, "DELETE", "/faults"),
        };
    }

    private run(phase: Phase): Promise<Run> {
        return phase === "destroy" ? this.stack.destroy() : this.stack.up();
    }

    private async configure(phase: Phase): Promise<void> {
        if (phase === "update") {
            await this.stack.configure(this.update);
        }
    }

    /** @throws Error when there is not exactly one of each object that the state knows. */
    private async requireOneOfEach(): Promise<void> {
        const objects = await leftovers(this.environment.sandbox);
        const wanted = [
            /^registry ecr-registry$/,
            /^cluster pack-tutorial-cluster$/,
            /^ECR repository spectro-oci-registry\/spectro-packs\/archive$/,
            /^ECR repository spectro-oci-registry\/spectro-packs\/archive\/hellouniverse$/,
            /^IAM (role|user) /,
        ];
        const profiles = objects.filter((object) => /^cluster profile /.test(object));
        const twice = wanted.filter(
            (pattern) => objects.filter((object) => pattern.test(object)).length !== 1,
        );
        if (twice.length > 0 || profiles.length === 0) {
            throw new Error(`not one of each: ${objects.join(", ")}`);
        }
    }
}

/** Pulumi's own, which look for their engine every five minutes (`rpcutil.Healthcheck`). */
const PULUMIS = /pulumi-(language-nodejs|resource-command)/;
const SECONDS_TO_END = 20;

/** @throws Error when one of our processes goes on without its engine. */
async function requireEnd(processes: SeenProcess[]): Promise<void> {
    let left: SeenProcess[] = [];
    for (let second = 0; second < SECONDS_TO_END; second++) {
        left = stillThere(processes).filter(({ command }) => !PULUMIS.test(command));
        if (left.length === 0) {
            return;
        }
        await sleep(1000);
    }
    throw new Error(`still there: ${left.map(({ command }) => command).join("; ")}`);
}

/** Kills at all of these points, tells of each, and returns what went wrong. */
export async function killAtAll(matrix: KillMatrix, points: Point[]): Promise<string[]> {
    const problems: string[] = [];
    const begun = Date.now();
    let killed = 0;
    for (const [index, point] of points.entries()) {
        const name = describePoint(point);
        try {
            const reached = await matrix.kill(point);
            killed += Number(reached);
            const how = reached ? "converged" : "converged, not called as often";
            process.stdout.write(`${index + 1}/${points.length} ${how}: ${name}\n`);
        } catch (error) {
            problems.push(`${name}: ${(error as Error).message}`);
            process.stdout.write(`${index + 1}/${points.length} FAILED: ${problems.at(-1)}\n`);
        }
    }
    const minutes = Math.round((Date.now() - begun) / 6000) / 10;
    process.stdout.write(
        `kill matrix: ${points.length} points tried, ${killed} killed there, ${points.length - problems.length} converged, ${minutes} minutes\n`,
    );
    return problems;
}
