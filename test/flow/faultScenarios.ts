import type { World } from "./world";

/** A bad day of Palette's that is more than the trouble of one call. */
export interface Scenario {
    name: string;
    /** @returns how it ended. @throws Error when it did not end as it should. */
    run(world: World, stack: string): Promise<string>;
}

export const scenarios: Scenario[] = [];
