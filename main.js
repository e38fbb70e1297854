// Pulumi starts plain JavaScript; tsx lets it go on with index.ts. Libraries are loaded first: tsx looks into every module
// that is loaded after it, and libraries bring megabytes (TypeScript among them) that are none of its business.
require("@pulumi/pulumi");
require("undici");
require("tsx/cjs");
module.exports = require("./index.ts");
