import { execFile } from "node:child_process";
import fs from "node:fs";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ECRClient } from "@aws-sdk/client-ecr";
import { IAMClient } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { startAws, type Aws, type AwsOptions } from "../../sandbox/aws";
import { Journal } from "../../sandbox/journal";
import { certificateAuthority, type CertificateAuthority } from "../../sandbox/tls";

export { describeWith, searchPath } from "./binaries";

export const accountId = "123456789012";
export const paletteAccountId = "210987654321";
export const region = "us-east-1";

export interface Credentials {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
}

export const administrator: Credentials = {
    accessKeyId: "AKIAADMINISTRATOR000",
    secretAccessKey: "administrator-secret",
};
export const palette = {
    accountId: paletteAccountId,
    accessKeyId: "AKIAPALETTE000000000",
    secretAccessKey: "palette-secret",
};

/** An account of its own in a temporary folder, with clients of the real SDK. */
export class AwsSandbox {
    aws!: Aws;
    ca!: CertificateAuthority;
    journal!: Journal;
    /** How far the servers' clock is ahead of the clients', in milliseconds. */
    skew = 0;
    private readonly clients: { destroy(): void }[] = [];
    private readonly agent = new https.Agent({ keepAlive: false });

    private constructor(readonly dir: string) {}

    static async start(options: Partial<AwsOptions> = {}): Promise<AwsSandbox> {
        const sandbox = new AwsSandbox(fs.mkdtempSync(path.join(os.tmpdir(), "aws sandbox ")));
        try {
            await sandbox.open(options);
        } catch (error) {
            sandbox.journal.close();
            fs.rmSync(sandbox.dir, { recursive: true });
            throw error;
        }
        return sandbox;
    }

    async open(options: Partial<AwsOptions> = {}): Promise<void> {
        this.ca = await certificateAuthority(this.dir);
        this.journal = Journal.open(path.join(this.dir, "state.jsonl"));
        this.agent.options.ca = this.ca.pem;
        this.aws = await startAws({
            dir: this.dir,
            journal: this.journal,
            ca: this.ca,
            registryBinary: "registry",
            region,
            accountId,
            credentials: administrator,
            paletteCredentials: palette,
            now: () => Date.now() + this.skew,
            ...options,
        });
    }

    async close(): Promise<void> {
        this.clients.forEach((client) => client.destroy());
        await this.aws.close();
        this.journal.close();
    }

    async remove(): Promise<void> {
        await this.close();
        fs.rmSync(this.dir, { recursive: true });
    }

    ecr(credentials = administrator, signingRegion = region): ECRClient {
        return this.keep(new ECRClient(this.settings(credentials, signingRegion)));
    }

    iam(credentials = administrator): IAMClient {
        return this.keep(new IAMClient(this.settings(credentials, region)));
    }

    sts(credentials = administrator): STSClient {
        return this.keep(new STSClient(this.settings(credentials, region)));
    }

    /** One HTTPS request to the registry, with the CA trusted. */
    fetch(
        where: string,
        init: { method?: string; headers?: Record<string, string>; body?: string | Buffer } = {},
    ): Promise<{ status: number; headers: Record<string, string>; text: string }> {
        const { method = "GET", headers = {}, body } = init;
        const url = where.startsWith("https:") ? where : `https://${this.aws.registryHost}${where}`;
        return new Promise((resolve, reject) => {
            const options = { method, headers, agent: this.agent };
            const request = https.request(url, options, (answer) => {
                const chunks: Buffer[] = [];
                answer.on("data", (chunk: Buffer) => chunks.push(chunk));
                answer.on("error", reject);
                answer.on("end", () =>
                    resolve({
                        status: answer.statusCode ?? 0,
                        headers: answer.headers as Record<string, string>,
                        text: Buffer.concat(chunks).toString(),
                    }),
                );
            });
            request.on("error", reject);
            request.end(body);
        });
    }

    /** Runs oras with the CA; `password` is the user AWS's. */
    async oras(args: string[], options: { password?: string; cwd?: string } = {}): Promise<string> {
        const login = options.password ? ["--username", "AWS", "--password-stdin"] : [];
        const child = promisify(execFile)("oras", [...args, ...login, "--ca-file", this.ca.file], {
            cwd: options.cwd ?? this.dir,
            env: { PATH: process.env.PATH, HOME: path.join(this.dir, "home") },
        });
        child.child.stdin?.end(options.password ?? "");
        const { stdout } = await child;
        return stdout;
    }

    private settings(credentials: Credentials, signingRegion: string) {
        return {
            endpoint: this.aws.endpoint,
            region: signingRegion,
            credentials,
            maxAttempts: 1,
            requestHandler: { httpsAgent: this.agent },
        };
    }

    private keep<T extends { destroy(): void }>(client: T): T {
        this.clients.push(client);
        return client;
    }
}
