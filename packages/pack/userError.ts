/**
 * What the user can mend: one message says what is wrong, why, and what to do, and no stack is shown. Every other error is a
 * bug, whose stack is what helps.
 */
export class UserError extends Error {}

/** The time of a wait or of a command is over. */
export class DeadlineError extends UserError {}

/** Why the operating system refused a file, in its words, such as "permission denied"; of other errors the message. */
export function systemReason(error: unknown): string {
    const { message } = error as Error;
    return /^E[A-Z]+: (.+?), [a-z]+( '|$)/.exec(message)?.[1] ?? message;
}
