import { MiniEngine, type Outcome } from "./miniEngine";
import type { Trouble } from "./mortalProcess";
import { FIRST_CHOICE, type Choice, type World } from "./world";

/** The runs of a stack's life in which calls are made, in their order. */
export const phases = ["up", "refresh", "update", "destroy"] as const;
export type Phase = (typeof phases)[number];

/** What becomes of a call of a run. */
export type TroubleOf = (call: { number: number }) => Trouble | undefined;

/** The configuration after the update: everything that can change in place does, and the profile gets a new version. */
const SECOND_CHOICE: Choice = {
    ...FIRST_CHOICE,
    pack: "1.1.0",
    description: "Second.",
    tag: "app:other",
    size: 2,
    extraPool: true,
    scan: "0 1 * * MON",
    image: "1.3.0",
};

/** The life of one stack. */
export class Life {
    readonly engine: MiniEngine;

    constructor(
        private readonly world: World,
        readonly stack: string,
    ) {
        this.engine = new MiniEngine(world.providers);
    }

    /** @param patience Deadline of its waits, in the providers' minutes. */
    run(phase: Phase, options: { patience?: number; trouble?: TroubleOf } = {}): Promise<Outcome> {
        const { patience, trouble } = options;
        const program = (choice: Choice) => this.world.program(this.stack, choice, patience);
        switch (phase) {
            case "up":
                return this.engine.up(program(FIRST_CHOICE), trouble);
            case "update":
                return this.engine.up(program(SECOND_CHOICE), trouble);
            case "refresh":
                return this.engine.refresh(trouble);
            case "destroy":
                return this.engine.destroy(trouble);
        }
    }

    /** All phases before one, without trouble. */
    async runBefore(phase: Phase): Promise<void> {
        for (const earlier of phases.slice(0, phases.indexOf(phase))) {
            requireSuccess(await this.run(earlier), `the ${earlier} before the fault`);
        }
    }

    /** What a user does after a failed run: the same again, then everything until the end. */
    async recover(phase: Phase): Promise<void> {
        const from = phase === "refresh" ? phases.indexOf("up") : phases.indexOf(phase);
        for (const next of phases.slice(from)) {
            requireSuccess(await this.run(next), `the ${next} after the fault`);
        }
        const { bench } = this.world.tutorial;
        await bench.until(async () => (await this.world.objects(this.stack)).length === 0);
    }
}

export function requireSuccess({ error }: Outcome, what: string): void {
    if (error !== undefined) {
        throw new Error(`${what} fails: ${error}`);
    }
}
