import { randomBytes } from "node:crypto";
import type { AwsCredentials } from "./palette/stored";

/** A new access key pair in the form of AWS. */
export function awsKey(): AwsCredentials {
    const id = randomBytes(10).toString("hex").toUpperCase().slice(0, 16);
    return { accessKeyId: `AKIA${id}`, secretAccessKey: randomBytes(30).toString("base64") };
}

/** A new secret of so many random bytes, as text without special characters. */
export function secret(bytes: number): string {
    return randomBytes(bytes).toString("base64url");
}
