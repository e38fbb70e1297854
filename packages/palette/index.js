// The dynamic provider process runs plain JavaScript: TypeScript is loaded as it is, so there is no build step.
require("../../startup/typescript");
module.exports = require("./index.ts");
