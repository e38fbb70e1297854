/** Whether a stream shows colours: a terminal that can, and a user who did not say no. */
export function coloursOn(stream: NodeJS.WriteStream): boolean {
    return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** Prints a value for machines. */
export function printJson(value: unknown): void {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
