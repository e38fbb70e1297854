/* eslint-disable @typescript-eslint/no-require-imports */
import type * as ecr from "@aws-sdk/client-ecr";
import type * as iam from "@aws-sdk/client-iam";
import type * as sts from "@aws-sdk/client-sts";
import type * as credentialProviders from "@aws-sdk/credential-providers";
import type * as smithyConfig from "@smithy/core/config";
import type * as httpsProxyAgent from "https-proxy-agent";
import type * as undici from "undici";

/**
 * Libraries that are loaded on first use, each by a function: hardly any process needs all of them, and they take longer to
 * load than everything else.
 */
// Not import(): for that, Node.js parses a CommonJS library once more to find its exports, which nearly triples the time.
export const lazyLibraries = {
    ecr: () => require("@aws-sdk/client-ecr") as typeof ecr,
    iam: () => require("@aws-sdk/client-iam") as typeof iam,
    sts: () => require("@aws-sdk/client-sts") as typeof sts,
    credentialProviders: () =>
        require("@aws-sdk/credential-providers") as typeof credentialProviders,
    smithyConfig: () => require("@smithy/core/config") as typeof smithyConfig,
    httpsProxyAgent: () => require("https-proxy-agent") as typeof httpsProxyAgent,
    undici: () => require("undici") as typeof undici,
};
