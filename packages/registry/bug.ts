import { UserError } from "../pack/userError";

/**
 * Whether an error is one of this program, so that its stack is what helps. Errors of the machine, of the network and of AWS
 * are none, although others have thrown them: they say by themselves what is wrong.
 */
export function isBug(error: unknown): boolean {
    if (!(error instanceof Error) || error instanceof UserError) {
        return false;
    }
    if (/^(Type|Range|Reference|Syntax|Runtime|Compile|Link)Error$/.test(error.name)) {
        return true;
    }
    // Node.js and OpenSSL name theirs by a code; the SDK of AWS marks what a service or a source of credentials has said.
    return !["code", "$metadata", "tryNextLink"].some((mark) => mark in error);
}
