import { goToCaller } from "./callerFolder";
import { runPackCommand } from "./cli";

goToCaller();
void runPackCommand(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
});
