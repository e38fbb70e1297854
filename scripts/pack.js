// Starts the pack author's tool from source. Plain JavaScript, because tsx looks into every module that is loaded after it:
// libraries are loaded before it, which halves the time to the first line. Those that only some commands need stay out.
try {
    for (const library of ["commander", "picocolors", "tar-stream", "yaml"]) {
        require(library);
    }
    require("tsx/cjs");
} catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") {
        throw error;
    }
    process.stderr.write("The dependencies are not installed: run npm ci.\n");
    process.exit(1);
}
const { goToCaller } = require("../packages/pack/cli/callerFolder.ts");
const { runPackCommand } = require("../packages/pack/cli/cli.ts");

goToCaller();
void runPackCommand(process.argv.slice(2)).then((status) => {
    process.exitCode = status;
});
