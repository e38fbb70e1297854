import { goToCaller } from "./callerFolder";
import { runPackCommand } from "./cli";

// Who reads the output may stop, as `head` does; the status is still told.
for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") {
            throw error;
        }
    });
}

goToCaller();
void runPackCommand(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
});
