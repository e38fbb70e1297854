import { readFile } from "node:fs/promises";
import https from "node:https";
import { ECRClient } from "@aws-sdk/client-ecr";
import type { Sandbox } from "./sandbox";

/** Does something with the sandbox's ECR, as the owner of its AWS account. */
export async function withEcr<T>(
    { aws, caFile }: Sandbox,
    work: (ecr: ECRClient) => Promise<T>,
): Promise<T> {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    const ecr = new ECRClient({
        region: aws.region,
        endpoint: aws.endpoint,
        credentials: { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey },
        requestHandler: { httpsAgent: new https.Agent({ ca: await readFile(caFile) }) },
    });
    try {
        return await work(ecr);
    } finally {
        ecr.destroy();
    }
}
