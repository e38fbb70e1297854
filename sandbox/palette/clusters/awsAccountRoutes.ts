import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { FastifyInstance } from "fastify";
import { paletteAccount } from "../awsAccount";
import { ApiError, type Context, invalid } from "../context";
import type { EcrSpec } from "../registries/registry";
import { awsOptions, credentialsOf } from "../registries/source";
import { object, oneOf, text, texts } from "../schema";

const awsCloudAccount = object({
    accessKey: text,
    secretKey: text,
    secretToken: text,
    credentialType: oneOf("secret", "sts", "pod-identity"),
    partition: oneOf("aws", "aws-us-gov", "aws-iso", "aws-iso-b"),
    policyARNs: texts,
    sts: object({ arn: text, externalId: text }),
});

/**
 * `/v1/clouds/aws/account`: whether credentials work, asked of AWS before they are kept, and Palette's own account
 * with the external id, which the role that it assumes has to trust.
 */
export function awsAccountRoutes(app: FastifyInstance, context: Context): void {
    app.post<{ Body: NonNullable<EcrSpec["credentials"]> }>(
        "/v1/clouds/aws/account/validate",
        { schema: { body: awsCloudAccount } },
        async ({ body }, reply) => {
            try {
                const credentials = await credentialsOf(context, body);
                const sts = new STSClient({ ...awsOptions(context), credentials });
                await sts.send(new GetCallerIdentityCommand({}), { abortSignal: context.closing });
                sts.destroy();
            } catch (error) {
                const { name, message } = error as Error;
                throw new ApiError(400, "InvalidCloudAccount", `${name}: ${message}`);
            }
            return reply.code(204).send();
        },
    );
    app.get<{ Querystring: { partition?: string } }>("/v1/clouds/aws/account/sts", ({ query }) => {
        const { partition = "aws" } = query;
        if (!["aws", "aws-us-gov"].includes(partition)) {
            throw invalid(`partition '${partition}': there are aws, aws-us-gov`);
        }
        switch (context.switches.get("awsAccountSts")) {
            case "told":
                return {
                    accountId: paletteAccount(partition),
                    externalId: context.externalId,
                    partition,
                };
            case "empty":
                return {};
            case "emptyStrings":
                return { accountId: "", externalId: "", partition: "" };
        }
    });
}
