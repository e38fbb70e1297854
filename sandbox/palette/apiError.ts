/**
 * A refusal, answered as `v1Error` (`{code, message, details, ref}`). The API's document names no
 * codes; the ones used here beyond `ResourceNotFound` and `TooManyRequests` are our choice.
 */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
        readonly details: Record<string, unknown> = {},
    ) {
        super(message);
    }
}
