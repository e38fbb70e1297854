/**
 * What the user can mend: one message says what is wrong, why, and what to do, and no stack is shown. Every other error is a
 * bug, whose stack is what helps.
 */
export class UserError extends Error {}

/** The time of a wait or of a command is over. */
export class DeadlineError extends UserError {}
