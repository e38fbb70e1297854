import { isDeepStrictEqual } from "node:util";
import { forgetRun } from "../../packages/palette/lifecycle/runNotes";
import type { Provider } from "../../packages/palette/lifecycle/provider";
import { Killed, MortalProcess, type Trouble } from "./mortalProcess";

/** Properties of a resource. */
export type Properties = Record<string, unknown>;

/** A resource as a program declares it. */
export interface Declared {
    name: string;
    /** Name of the type, such as `AwsCluster`. */
    type: string;
    provider: Pick<Provider<object, object>, "create"> & Partial<Provider<object, object>>;
    /** Its inputs, from the outputs of resources that were declared before it. */
    inputs: (of: (name: string) => Properties) => object;
}

/** A resource in the state. */
interface Recorded {
    name: string;
    type: string;
    id: string;
    inputs: Properties;
    outs: Properties;
    /** Its create or update ended with an error after the object was there (`initErrors`). */
    failed?: boolean;
    /** Replaced, and still to be deleted. */
    doomed?: boolean;
    /** Its delete was begun. */
    deleting?: boolean;
}

interface State {
    resources: Recorded[];
    /** Creates that were begun and never ended. */
    pending: { type: string; name: string; inputs: Properties }[];
}

/** How a run ended. */
export interface Outcome {
    /** `killed`, or the error's message; undefined after a success. */
    error?: string;
    killed: boolean;
    /** Resources that were created, updated, replaced, deleted, or (of a refresh) seen changed. */
    changes: string[];
    /** Calls that were made. */
    calls: MortalProcess["sent"];
}

/**
 * What Pulumi's engine does with providers, as far as bad days go: a state that is saved before and after each step,
 * creates that never ended, resources that failed with an id, replacements, refresh. One step at a time; no previews,
 * no secrets, no parallel steps. The order and the rules are those of pulumi/pulumi pkg/resource/deploy.
 */
export class MiniEngine {
    /** The state as it would be in the backend: text. */
    #saved = JSON.stringify({ resources: [], pending: [] } satisfies State);

    /** @param providers The providers by type, also of resources that the program does not declare any more. */
    constructor(private readonly providers: Record<string, Declared["provider"]>) {}

    get state(): State {
        return JSON.parse(this.#saved);
    }

    get savedText(): string {
        return this.#saved;
    }

    /** The state of another engine. */
    load(saved: string): void {
        this.#saved = saved;
    }

    /** `pulumi up`. */
    up(program: Declared[], trouble?: (call: { number: number }) => Trouble | undefined) {
        return this.#run(trouble, async (run) => {
            const outs = new Map<string, Properties>();
            const of = (name: string) => outs.get(name)!;
            for (const declared of program) {
                const inputs = plain(declared.inputs(of));
                outs.set(declared.name, await run.reconcile(declared, inputs));
            }
            const wanted = new Set(program.map(({ name }) => name));
            for (const resource of run.resources().reverse()) {
                if (resource.doomed || !wanted.has(resource.name)) {
                    await run.delete(resource);
                }
            }
        });
    }

    /** `pulumi destroy`. */
    destroy(trouble?: (call: { number: number }) => Trouble | undefined) {
        return this.#run(trouble, async (run) => {
            for (const resource of run.resources().reverse()) {
                await run.delete(resource);
            }
        });
    }

    /** `pulumi refresh --clear-pending-creates`. */
    refresh(trouble?: (call: { number: number }) => Trouble | undefined) {
        return this.#run(trouble, async (run) => {
            for (const resource of run.resources()) {
                await run.read(resource);
            }
            run.clearPending();
        });
    }

    async #run(
        trouble: ((call: { number: number }) => Trouble | undefined) | undefined,
        action: (run: Steps) => Promise<void>,
    ): Promise<Outcome> {
        forgetRun();
        const process = new MortalProcess(trouble, () => this.#export());
        const steps = new Steps(this.state, process, this.providers, (state) => {
            this.#saved = JSON.stringify(state);
        });
        const calls = process.sent;
        const { changes } = steps;
        try {
            await action(steps);
            return { killed: false, changes, calls };
        } catch (error) {
            const killed = error instanceof Killed;
            return { killed, error: (error as Error).message, changes, calls };
        }
    }

    /** As `pulumi stack export` prints it. */
    #export(): string {
        const typeOf = (type: string) => `pulumi-nodejs:dynamic/palette:${type}`;
        const { pending, resources: recorded } = this.state;
        const resources = recorded.map(({ type, inputs, outs, doomed }) => ({
            type: typeOf(type),
            inputs,
            outputs: outs,
            delete: doomed,
        }));
        const pending_operations = [
            ...pending.map(({ type, inputs }) => ({
                type: "creating",
                resource: { type: typeOf(type), inputs },
            })),
            ...resources.flatMap((resource, index) =>
                recorded[index]!.deleting ? [{ type: "deleting", resource }] : [],
            ),
        ];
        return JSON.stringify({ deployment: { resources, pending_operations } });
    }
}

/** The steps of one run. */
class Steps {
    readonly changes: string[] = [];

    constructor(
        private readonly state: State,
        private readonly process: MortalProcess,
        private readonly providers: Record<string, Declared["provider"]>,
        private readonly save: (state: State) => void,
    ) {}

    resources(): Recorded[] {
        return [...this.state.resources];
    }

    clearPending(): void {
        this.state.pending = [];
        this.save(this.state);
    }

    /** Creates, updates or replaces a resource; its outputs. */
    async reconcile(declared: Declared, inputs: Properties): Promise<Properties> {
        const { name, type, provider } = declared;
        const old = this.state.resources.find(
            (resource) => resource.name === name && !resource.doomed,
        );
        if (old === undefined) {
            return this.#create(declared, inputs);
        }
        const diff = provider.diff
            ? await this.process.run(() => provider.diff!(old.id, old.outs, inputs))
            : { changes: !isDeepStrictEqual(old.inputs, inputs) };
        if (diff.changes && diff.replaces?.length) {
            this.changes.push(`replace ${name}`);
            if (diff.deleteBeforeReplace) {
                await this.delete(old);
                return this.#create(declared, inputs);
            }
            return this.#create(declared, inputs, old);
        }
        if (!diff.changes && !old.failed) {
            return old.outs;
        }
        this.changes.push(`update ${name}`);
        try {
            const { outs } = await this.process.run(() =>
                provider.update!(old.id, old.outs, inputs),
            );
            this.#record({ name, type, id: old.id, inputs, outs: plain(outs) }, old);
        } catch (error) {
            const { id, properties } = error as { id?: string; properties?: object };
            if (id !== undefined) {
                const outs = plain(properties!);
                this.#record({ name, type, id, inputs, outs, failed: true }, old);
            }
            throw error;
        }
        return this.state.resources.find((resource) => resource.name === name && !resource.doomed)!
            .outs;
    }

    /** @param replaced Is to be deleted as soon as the new one is there, and not before. */
    async #create(
        { name, type, provider }: Declared,
        inputs: Properties,
        replaced?: Recorded,
    ): Promise<Properties> {
        this.changes.push(`create ${name}`);
        const pending = { name, type, inputs };
        this.state.pending.push(pending);
        this.save(this.state);
        const end = (made?: Recorded) => {
            this.state.pending = this.state.pending.filter((candidate) => candidate !== pending);
            if (made !== undefined && replaced !== undefined) {
                replaced.doomed = true;
            }
            this.#record(made);
        };
        try {
            const { id, outs } = await this.process.run(() => provider.create(inputs));
            end({ name, type, id, inputs, outs: plain(outs) });
            return plain(outs);
        } catch (error) {
            if (!(error instanceof Killed)) {
                const { id, properties } = error as { id?: string; properties?: object };
                end(
                    id === undefined
                        ? undefined
                        : { name, type, id, inputs, outs: plain(properties!), failed: true },
                );
            }
            throw error;
        }
    }

    async delete(resource: Recorded): Promise<void> {
        this.changes.push(`delete ${resource.name}`);
        this.state.resources.forEach((known) => (known.deleting = known === resource));
        this.save(this.state);
        await this.process.run(async () =>
            this.providers[resource.type]!.delete?.(resource.id, resource.outs),
        );
        this.state.resources = this.state.resources.filter((known) => known !== resource);
        this.save(this.state);
    }

    async read(resource: Recorded): Promise<void> {
        const { read } = this.providers[resource.type]!;
        if (read === undefined || resource.doomed) {
            return;
        }
        const seen = await this.process.run(() => read(resource.id, resource.outs));
        if (!seen.id) {
            this.changes.push(`gone ${resource.name}`);
            this.state.resources = this.state.resources.filter((known) => known !== resource);
        } else {
            const outs = plain(seen.props!);
            if (!isDeepStrictEqual(outs, resource.outs)) {
                this.changes.push(`changed ${resource.name}`);
            }
            const { failed: _, ...rest } = resource;
            this.#record({ ...rest, outs, inputs: plain(seen.inputs!) }, resource);
        }
        this.save(this.state);
    }

    #record(made: Recorded | undefined, old?: Recorded): void {
        if (made !== undefined) {
            const at = this.state.resources.indexOf(old!);
            if (at >= 0) {
                this.state.resources[at] = made;
            } else {
                this.state.resources.push(made);
            }
        }
        this.save(this.state);
    }
}

/** What is left of a value on its way over the wire. */
function plain(value: object): Properties {
    return JSON.parse(JSON.stringify(value));
}
