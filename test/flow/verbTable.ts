import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { leftovers } from "../../scripts/leftovers";
import { recover } from "../../scripts/recover";
import { control } from "../../scripts/sandbox";
import {
    descendantsOf,
    kill,
    succeeded,
    TestEnvironment,
    TestStack,
    type Run,
} from "./environment";
import { Snapshots } from "./snapshots";
import { verbs, type Verb } from "./verbs";

/** What the stack has been through when a user says something to the CLI. */
export const starts = ["up", "interrupted"] as const;
export type Start = (typeof starts)[number];

/** A verb, said of a resource of a type. */
export interface Pair {
    start: Start;
    verb: Verb;
    /** Kind of the resource; empty for the whole stack. */
    kind: string;
}

/** The kind of the resource whose creation was interrupted; after that, verbs are said of it alone. */
const INTERRUPTED = "palette:AwsCluster";

/** Virtual seconds of the sandbox in a real one. */
const SPEED = 2000;

/** Every kind of resource: two registries, two kinds of them, a cluster. */
const CHOICES = {
    packs: [
        { path: "packs/hello-universe-pack" },
        { path: "packs/hello-helm-pack", registry: "harbor-registry" },
    ],
    "profile.packs": [{ name: "hellouniverse", version: "1.0.0" }, { name: "hellohelm" }],
};

/** A change of everything that can change in place, and another version of a pack. */
const CHANGES = {
    packs: [
        { path: "packs/hello-universe-pack" },
        { path: "packs/hello-universe-pack-1.1" },
        { path: "packs/hello-helm-pack", registry: "harbor-registry" },
    ],
    "profile.packs": [{ name: "hellouniverse", version: "1.1.0" }, { name: "hellohelm" }],
    "profile.description": "Second.",
    "cluster.description": "Second.",
    "cluster.tags": ["second"],
    "registries.0.syncTimeout": 11,
    "registries.1.syncTimeout": 11,
};

/** The same keys as they were before, so that verbs said in turn have one change or the other pending. */
const UNDONE = {
    ...Object.fromEntries(Object.keys(CHANGES).map((key) => [key, undefined])),
    ...CHOICES,
};

/** Whether a verb takes something out of the state that no run finds again. */
export function isLost({ verb, kind }: Pick<Pair, "verb" | "kind">): boolean {
    return verb.loses?.test(kind) ?? false;
}

export function describePair({ start, verb, kind }: Pair): string {
    return [
        start === "interrupted" ? "interrupted, then " : "",
        verb.name,
        kind && ` ${kind}`,
    ].join("");
}

/** Says verbs to the real CLI about a stack that is restored from a snapshot for each. */
export class VerbTable {
    private baseline: string[] = [];
    /** One resource of each kind. */
    private kinds = new Map<string, string>();
    private prepared: Start[] = [];

    private constructor(
        private readonly environment: TestEnvironment,
        private readonly stack: TestStack,
        private readonly snapshots: Snapshots,
    ) {}

    /** @param wanted Where verbs are to be said; each takes a run to prepare. */
    static async create(wanted: readonly Start[] = starts): Promise<VerbTable> {
        const environment = await TestEnvironment.create(undefined, { speed: SPEED });
        try {
            const stack = await environment.stack("verbs", CHOICES, "collection");
            const table = new VerbTable(environment, stack, new Snapshots(environment, SPEED));
            await table.prepare(wanted);
            return table;
        } catch (error) {
            await environment.close();
            throw error;
        }
    }

    async close(): Promise<void> {
        await this.environment.close();
        await this.snapshots.remove();
    }

    /** Every pair. */
    pairs(): Pair[] {
        return this.prepared.flatMap((start) =>
            verbs.flatMap((verb) => {
                if (!verb.each) {
                    return [{ start, verb, kind: "" }];
                }
                return [...this.kinds.keys()]
                    .filter((kind) => start === "up" || kind === INTERRUPTED)
                    .map((kind) => ({ start, verb, kind }));
            }),
        );
    }

    /**
     * Says a verb of one resource after the other, lets `up` heal what each has left, and destroys everything in the end.
     * It takes half the time of one stack for each, and proves more.
     *
     * @returns the words of the refusals, empty where there was none.
     * @throws Error as {@link exercise}; it does not tell which of them is to blame.
     */
    async exerciseInTurn(pairs: Pair[]): Promise<string[]> {
        await this.snapshots.restore(pairs[0]!.start);
        const stack = this.copyOfStack();
        const refusals: string[] = [];
        for (const [n, { verb, kind }] of pairs.entries()) {
            const urn = this.urnOf(kind);
            if (verb.pending) {
                await stack.configure(n % 2 === 0 ? CHANGES : UNDONE);
            }
            const refusal = await say(verb, stack, urn);
            const healed = await this.heal(stack);
            refusals.push(refusal || healed);
        }
        await this.leaveNothing(stack);
        return refusals;
    }

    /**
     * Says a verb, lets `up` heal what it has left, and destroys everything.
     *
     * @returns the words of a refusal, empty when there was none.
     * @throws Error when `up` does not get to rest, something is not there once, or something is left.
     */
    async exercise({ start, verb, kind }: Pair): Promise<string> {
        const urn = this.urnOf(kind);
        await this.snapshots.restore(start);
        const stack = this.copyOfStack();
        if (verb.before) {
            await stack.configure(verb.before);
            succeeded(await stack.up());
        }
        if (verb.pending) {
            await stack.configure(CHANGES);
        }
        const refusal = isLost({ verb, kind })
            ? await this.sayAndRestore(verb, stack, urn)
            : await say(verb, stack, urn);
        if (verb.before) {
            await stack.configure({ allowClusterDeletion: true });
        }
        let healed: string;
        try {
            healed = await this.heal(stack);
            await this.leaveNothing(stack);
        } catch (error) {
            const { message } = error as Error;
            throw new Error(refusal ? `refused (${refusal}); then ${message}` : message);
        }
        return refusal || healed;
    }

    /** Says a verb and `preview`, and imports the state of before. Returns the words of a refusal; empty when there is none. */
    private async sayAndRestore(verb: Verb, stack: TestStack, urn: string): Promise<string> {
        const before = path.join(path.dirname(stack.stack.configFile), "before.json");
        succeeded(await stack.run(["stack", "export", "--file", before]));
        const refusal = await say(verb, stack, urn);
        const run = await stack.run(["preview"]);
        succeeded(await stack.run(["stack", "import", "--file", before]));
        return refusal || (run.code === 0 ? "" : wordsOf(run));
    }

    /** The resource of that kind in this table's own stack: the names of some hold the address of a registry. */
    private urnOf(kind: string): string {
        return this.kinds.get(kind) ?? "";
    }

    /** Verbs may change how the CLI finds it. */
    private copyOfStack(): TestStack {
        const { environment } = this.stack.stack;
        return new TestStack({ ...this.stack.stack, environment: { ...environment } });
    }

    /**
     * One run may heal; the next one has nothing to do. A run that refuses may name one command of the CLI that helps it.
     *
     * @returns the words of that refusal, empty when there was none.
     */
    private async heal(stack: TestStack): Promise<string> {
        let healing = await stack.up();
        let refusal = "";
        const [, named] = /run pulumi (.*?), then pulumi up again/.exec(healing.output) ?? [];
        if (named !== undefined) {
            refusal = wordsOf(healing);
            const yes = named.startsWith("import ") ? ["--yes", "--skip-preview"] : [];
            succeeded(await stack.run([...named.split(" "), ...yes]));
            healing = await stack.up();
        }
        if (healing.code !== 0) {
            throw new Error(`up fails: ${wordsOf(healing)}`);
        }
        if (!/Resources:\n\s+\d+ unchanged\n/.test(healing.output)) {
            const rest = await stack.up("--expect-no-changes");
            if (rest.code !== 0) {
                throw new Error(`up does not get to rest: ${changesOf(rest)}`);
            }
        }
        const now = await this.objects();
        if (now.join("\n") !== this.baseline.join("\n")) {
            throw new Error(`not one of each: ${difference(this.baseline, now)}`);
        }
        return refusal;
    }

    private async leaveNothing(stack: TestStack): Promise<void> {
        const destroyed = await stack.destroy();
        if (destroyed.code !== 0) {
            throw new Error(`destroy fails: ${wordsOf(destroyed)}`);
        }
        const left = await this.objects();
        const { deployment } = await stack.export();
        // The stack's own entry stays when everything else has gone.
        const entries = (deployment.resources ?? []).filter(
            ({ type }) => type !== "pulumi:pulumi:Stack",
        );
        if (left.length + entries.length > 0) {
            throw new Error(`left: ${[...left, ...entries.map(({ urn }) => urn)].join(", ")}`);
        }
    }

    private async prepare(wanted: readonly Start[]): Promise<void> {
        await this.snapshots.save("empty");
        succeeded(await this.stack.up());
        this.baseline = await this.objects();
        const urns = await this.resources();
        this.kinds = new Map(urns.map((urn) => [kindOf(urn), urn]));
        this.prepared.push("up");
        await this.snapshots.save("up");
        if (!wanted.includes("interrupted")) {
            return;
        }
        await this.snapshots.restore("empty");
        await this.killWhileClusterIsCreated();
        succeeded(await this.stack.run(["cancel", "--yes"]));
        await recover({ environment: this.stack.stack.environment, log: () => undefined });
        await this.snapshots.save("interrupted");
        this.prepared.push("interrupted");
    }

    /** The CLI alone, so that its plugins go on with what they are doing for as long as they do. */
    private async killWhileClusterIsCreated(): Promise<void> {
        const { sandbox } = this.environment;
        await control(sandbox, "POST", "/faults", {
            service: "palette",
            method: "POST",
            route: "/v1/spectroclusters/aws",
            nth: 1,
            action: "hangAfter",
        });
        const child = this.stack.start(["up", "--yes", "--skip-preview"]);
        child.stdout!.resume();
        child.stderr!.resume();
        const end = new Promise((resolve) => child.once("close", resolve));
        type Faults = { items: { hit: number }[] };
        for (;;) {
            const { items } = await control<Faults>(sandbox, "GET", "/faults");
            if (items.some(({ hit }) => hit > 0)) {
                break;
            }
            if (child.exitCode !== null) {
                throw new Error("the run ended before it created the cluster");
            }
            await sleep(50);
        }
        this.environment.orphans.push(...descendantsOf(child.pid!));
        kill(child.pid!);
        await control(sandbox, "DELETE", "/faults");
        await end;
    }

    private async resources(): Promise<string[]> {
        const { deployment } = await this.stack.export();
        return (deployment.resources ?? [])
            .filter(({ type }) => !/^pulumi:(pulumi:Stack|providers:)/.test(type))
            .map(({ urn }) => urn);
    }

    /** Without the letters that Pulumi's AWS provider appends to a role's name; several versions of a profile are one. */
    private async objects(): Promise<string[]> {
        const objects = (await leftovers(this.environment.sandbox)).map((object) =>
            object.replace(/^(IAM role .*)-[0-9a-f]{7}$/, "$1"),
        );
        return objects
            .filter(
                (object, at) => !/^cluster profile /.test(object) || objects.indexOf(object) === at,
            )
            .sort();
    }
}

/** The kind of a resource; registries and repositories are of two kinds. */
function kindOf(urn: string): string {
    const [, , types = "", name = ""] = urn.split("::");
    const type = types
        .split("$")
        .at(-1)!
        .replace(/^pulumi-nodejs:dynamic\//, "");
    return /OciRegistry|Registry$/.test(type) ? `${type} ${name}` : type;
}

/** Says a verb, and does what its refusal tells the user to do; the words of the refusal, empty when there was none. */
async function say(verb: Verb, stack: TestStack, urn: string): Promise<string> {
    const run = await verb.run(stack, urn);
    if (run.code === 0) {
        return "";
    }
    await verb.undo?.(stack, urn);
    return wordsOf(run);
}

/** The last thing that a run that fails says. */
function wordsOf({ output }: Run): string {
    const lines = output.split("\n").map((line) => line.trim());
    // The engine lists the errors of a resource below a line of its own, and says in others that there are some.
    const errors = lines.flatMap((line, n) => {
        if (/error: \d+ errors? occurred:/.test(line)) {
            return lines[n + 1]?.startsWith("* ") ? [lines[n + 1]!.slice(2)] : [];
        }
        return /error:/.test(line) && !/update failed/.test(line) ? [line] : [];
    });
    return (errors.length > 0 ? [...new Set(errors)] : lines.filter(Boolean).slice(-3))
        .join(" / ")
        .slice(0, 600);
}

function changesOf({ output }: Run): string {
    const lines = output.split("\n").map((line) => line.trim());
    return lines
        .filter((line) => /^[~+-]|\[diff|error:/.test(line))
        .join(" / ")
        .slice(0, 600);
}

function difference(wanted: string[], now: string[]): string {
    const without = (objects: string[], some: string[]) => {
        const rest = [...some];
        return objects.filter((object) => {
            const at = rest.indexOf(object);
            return at < 0 || (rest.splice(at, 1), false);
        });
    };
    return [
        ...without(wanted, now).map((object) => `missing ${object}`),
        ...without(now, wanted).map((object) => `too many ${object}`),
    ].join(", ");
}
