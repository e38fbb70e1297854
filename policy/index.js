// Pulumi starts plain JavaScript, which goes on with policyPack.ts.
require("tsx/cjs");
require("./policyPack.ts");
