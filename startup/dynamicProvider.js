// The process of the dynamic providers: startup/plugin, which Pulumi.yaml names, starts it. Pulumi's own script of that name
// starts Node.js a second time, to find the module, and loads all of the SDK.
//
// Gains: one start of Node.js, and what lateLibraries.js gains.
// Assumes: the SDK has the module that Pulumi's script looks for, which serves the providers when it is loaded.
// When that fails: Pulumi's own script runs, from PATH, where Pulumi's command has put it.
const { spawn } = require("node:child_process");
const { watchAsPlugin } = require("../packages/registry/engineWatch");
const { attempt, report } = require("./tricks");

// Not a matter of speed: a provider must not outlive its engine.
watchAsPlugin();

let provider;
attempt("the fast start of the dynamic providers", () => {
    provider = require.resolve("@pulumi/pulumi/cmd/dynamic-provider");
});
require("./lateLibraries");
report((line) => {
    // The SDK reads it when it is loaded; the engine has passed it as an argument.
    process.env.PULUMI_NODEJS_ENGINE ??= process.argv.find((one) => /^127\.0\.0\.1:\d+$/.test(one));
    require("@pulumi/pulumi").log.debug(line);
});
if (provider !== undefined) {
    require(provider);
} else {
    const script = spawn("pulumi-resource-pulumi-nodejs", process.argv.slice(2), {
        stdio: "inherit",
    });
    script.on("error", ({ message }) => {
        console.error(`Pulumi's script of the dynamic providers does not start: ${message}`);
        process.exit(1);
    });
    script.on("exit", (code) => process.exit(code ?? 1));
    process.on("exit", () => script.kill("SIGKILL"));
}
