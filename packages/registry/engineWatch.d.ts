/** Lets a plugin end soon after its engine. */
export function watchAsPlugin(): void;
/** Lets a command end soon after its engine. */
export function watchAsCommand(): void;
/** The address of the engine that a command works for; undefined where it was started by hand. */
export function engineOfCommand(): Promise<string | undefined>;
