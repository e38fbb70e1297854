/** Why a `fetch` got no answer: it hides that in the cause, which for a host with several addresses has a code only. */
export function reasonOf(error: unknown): string {
    const { message, cause } = error as { message: string; cause?: NodeJS.ErrnoException };
    return cause?.message || cause?.code || message;
}
