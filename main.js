// Pulumi starts plain JavaScript, which goes on with index.ts.
require("./startup/typescript");
require("./startup/promiseTraces");
const { report } = require("./startup/tricks");

report(require("@pulumi/pulumi").log.debug);
module.exports = require("./index.ts");
