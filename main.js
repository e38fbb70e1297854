// Pulumi starts plain JavaScript, which goes on with index.ts.
const { setTimeout: sleep } = require("node:timers/promises");
const { getCallerIdentity } = require("@pulumi/aws/getCallerIdentity");
require("./startup/typescript");

module.exports = async () => {
    // The engine starts a plugin when it is first asked for something, and the plugin of AWS takes as long as the rest of
    // this program does to load. What becomes of the credentials is reported by index.ts, which asks again.
    getCallerIdentity().catch(() => {});
    // Loading blocks this process: the question has to be on its way.
    await sleep(5);
    return require("./index.ts")();
};
