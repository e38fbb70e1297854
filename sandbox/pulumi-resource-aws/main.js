// An engine that was killed does not tell its plugins: they have a new parent then. The shell that started this one
// told its own parent, so that an engine which goes while the files below are loaded is missed too.
const engine = Number(process.env.PULUMI_ENGINE_PROCESS ?? process.ppid);
setInterval(() => process.ppid === engine || process.exit(1), 500).unref();
// tsx is there for our own files only: it reads every file that is loaded while it is. The AWS SDK is loaded at its first
// use, when the engine knows where the plugin listens and goes on meanwhile.
const { register } = require("tsx/cjs/api");

require("./engineWatch");
require("@pulumi/pulumi/provider");
const unregister = register();
require("./provider.ts");
unregister();
