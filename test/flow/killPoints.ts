import { Life, phases, requireSuccess, type Phase } from "./life";
import type { World } from "./world";

/** A call of a phase at which the providers' process is killed. */
export interface KillPoint {
    phase: Phase;
    /** Position among the calls of the run. */
    number: number;
    when: "killBefore" | "killAfter";
}

/** Every single call of every phase, each poll included, as a run without trouble makes them; before and after it. */
export async function killPoints(world: World, stack: string): Promise<KillPoint[]> {
    const life = new Life(world, stack);
    const points: KillPoint[] = [];
    for (const phase of phases) {
        const outcome = await life.run(phase);
        requireSuccess(outcome, phase);
        for (const { number } of outcome.calls) {
            points.push(
                { phase, number, when: "killBefore" },
                { phase, number, when: "killAfter" },
            );
        }
    }
    return points;
}

/**
 * Kills a run there and goes on as a user does: the same command again, everything until destroy.
 *
 * @returns whether the run got there: a run that is quicker makes fewer polls.
 * @throws Error when it does not converge, or something is there twice, or is left.
 */
export async function killThere(world: World, stack: string, point: KillPoint): Promise<boolean> {
    const { phase, number, when } = point;
    const life = new Life(world, stack);
    await life.runBefore(phase);
    const outcome = await life.run(phase, {
        trouble: (call) => (call.number === number ? when : undefined),
    });
    if (phase !== "destroy") {
        requireSuccess(
            await life.run(phase === "refresh" ? "up" : phase),
            "the run after the kill",
        );
        const objects = await world.objects(stack);
        const twice = objects.filter((object, index) => objects.indexOf(object) !== index);
        if (twice.length > 0) {
            throw new Error(`there are duplicates: ${twice.join(", ")}`);
        }
    }
    await life.recover(phase);
    return outcome.killed;
}
