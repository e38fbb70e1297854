import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { json } from "node:stream/consumers";
import { leftovers } from "../../scripts/leftovers";
import { succeeded, TestEnvironment, type TestStack } from "../flow/environment";

jest.setTimeout(300_000);

const key = randomBytes(32);
const asked: string[] = [];

/** As much of AWS KMS's API as encrypts and decrypts by one key (JSON 1.1, the action in a header). */
const kms: Server = createServer(async (request, response) => {
    const body = (await json(request)) as Record<"Plaintext" | "CiphertextBlob", string>;
    const action = String(request.headers["x-amz-target"]).split(".")[1]!;
    asked.push(action);
    const bytes = (name: keyof typeof body) => Buffer.from(body[name], "base64");
    if (action === "Encrypt") {
        const nonce = randomBytes(12);
        const cipher = createCipheriv("aes-256-gcm", key, nonce);
        const text = Buffer.concat([cipher.update(bytes("Plaintext")), cipher.final()]);
        const blob = Buffer.concat([nonce, cipher.getAuthTag(), text]);
        response.end(JSON.stringify({ CiphertextBlob: blob.toString("base64") }));
    } else {
        const blob = bytes("CiphertextBlob");
        const decipher = createDecipheriv("aes-256-gcm", key, blob.subarray(0, 12));
        decipher.setAuthTag(blob.subarray(12, 28));
        const text = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
        response.end(JSON.stringify({ Plaintext: text.toString("base64") }));
    }
});

let environment: TestEnvironment;
let stack: TestStack;

beforeAll(async () => {
    environment = await TestEnvironment.create();
    await new Promise<void>((resolve) => kms.listen(0, "127.0.0.1", resolve));
    stack = await environment.stack("kms");
    Object.assign(stack.stack.environment, {
        AWS_ACCESS_KEY_ID: "of-the-key",
        AWS_SECRET_ACCESS_KEY: "of-the-key",
    });
});
afterAll(async () => {
    kms.close();
    await environment?.close();
});

test("a stack changes from a passphrase to a key of KMS, and runs without a passphrase", async () => {
    const { port } = kms.address() as AddressInfo;
    const provider = `awskms://alias/pulumi?region=us-east-1&endpoint=http://127.0.0.1:${port}`;
    // It writes the file of the stack that is beside the Pulumi.yaml.
    const folder = path.dirname(stack.stack.configFile);
    succeeded(await stack.run(["stack", "change-secrets-provider", provider, "--cwd", folder]));
    expect(asked).toContain("Encrypt");
    const without = { PULUMI_CONFIG_PASSPHRASE_FILE: undefined };
    succeeded(await stack.run(["up", "--yes", "--skip-preview"], without));
    expect(asked).toContain("Decrypt");
    succeeded(await stack.run(["preview", "--expect-no-changes"], without));
    succeeded(await stack.run(["destroy", "--yes", "--skip-preview"], without));
    expect(await leftovers(environment.sandbox)).toEqual([]);
});
