import { readFile } from "node:fs/promises";
import https from "node:https";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import type { Sandbox } from "./sandbox";

/** Does something with the sandbox's ECR, as the owner of its AWS account. */
export function withEcr<T>(sandbox: Sandbox, work: (ecr: ECRClient) => Promise<T>): Promise<T> {
    return withClient(ECRClient, sandbox, work);
}

/** The same with its IAM. */
export function withIam<T>(sandbox: Sandbox, work: (iam: IAMClient) => Promise<T>): Promise<T> {
    return withClient(IAMClient, sandbox, work);
}

async function withClient<C extends { destroy(): void }, T>(
    Client: new (config: object) => C,
    { aws, caFile }: Sandbox,
    work: (client: C) => Promise<T>,
): Promise<T> {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    const client = new Client({
        region: aws.region,
        endpoint: aws.endpoint,
        credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
        requestHandler: { httpsAgent: new https.Agent({ ca: await readFile(caFile) }) },
    });
    try {
        return await work(client);
    } finally {
        client.destroy();
    }
}
