import type * as settings from "@pulumi/pulumi/runtime/settings";
import type * as messages from "@pulumi/pulumi/proto/engine_pb";
import { engineOfCommand } from "./engineWatch.js";

/** How long the engine may take to hear of an error, in milliseconds. */
const TIMEOUT_MS = 5000;

/**
 * Tells the engine that a command of its failed, and why. What a command prints itself, its plugin shows line by line and
 * once more below the command's status.
 *
 * @returns whether the engine has taken it; false outside of a run.
 */
export async function tellEngine(message: string): Promise<boolean> {
    try {
        const address = await engineOfCommand();
        if (address === undefined) {
            return false;
        }
        // Loaded for a failure only, as it takes half a second.
        /* eslint-disable @typescript-eslint/no-require-imports */
        const runtime = require("@pulumi/pulumi/runtime/settings") as typeof settings;
        const { LogRequest, LogSeverity } =
            require("@pulumi/pulumi/proto/engine_pb") as typeof messages;
        /* eslint-enable @typescript-eslint/no-require-imports */
        runtime.resetOptions("", "", 1, address, "", false, "");
        const request = new LogRequest();
        request.setSeverity(LogSeverity.ERROR);
        request.setMessage(message);
        return await new Promise<boolean>((resolve) => {
            setTimeout(resolve, TIMEOUT_MS, false);
            runtime.getEngine()!.log(request, (error) => resolve(error === null));
        });
    } catch {
        return false;
    }
}
