import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { FastifyInstance } from "fastify";
import { ApiError, type Context } from "../context";
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

/** `POST /v1/clouds/aws/account/validate`: asks AWS who the credentials are, before they are kept. */
export function accountValidationRoute(app: FastifyInstance, context: Context): void {
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
}
