import * as pulumi from "@pulumi/pulumi";
import { isBug } from "../../packages/registry/bug";
import { aboutRunProgram } from "./runProgram";

/** A program whose user's mistakes are one message each. A bug keeps its stack. */
export function withPlainMistakes<Outputs>(
    program: () => Promise<Outputs>,
): () => Promise<Outputs> {
    return async () => {
        try {
            return await program();
        } catch (error) {
            if (isBug(error)) {
                throw error;
            }
            const message = (error as Error).message + aboutRunProgram();
            // Without a stack: Pulumi prints none for a RunError, but inspects it, which takes Node.js 20 half a minute for the
            // paths of packages.
            throw Object.assign(new pulumi.RunError(message), { stack: undefined });
        }
    };
}
