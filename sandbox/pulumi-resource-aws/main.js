// tsx is there for our own files only: it reads every file that is loaded while it is. The AWS SDK is loaded at its first
// use, when the engine knows where the plugin listens and goes on meanwhile.
const { register } = require("tsx/cjs/api");

require("@pulumi/pulumi/provider");
const unregister = register();
require("./provider.ts");
unregister();
