// Libraries first: once tsx is there, it reads every file that is loaded.
require("@pulumi/pulumi/provider");
require("@aws-sdk/credential-providers");
require("@aws-sdk/client-sts");
require("@aws-sdk/client-ecr");
require("tsx/cjs");
require("./provider.ts");
