// The dynamic provider process runs plain JavaScript: tsx lets it load the sources, so there is no build step.
require("tsx/cjs");
module.exports = require("./index.ts");
