import { type ChildProcess, spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Agent, fetch } from "undici";
import { checkAnswer } from "./openapi";

// What an outsider has: the process, its sandbox.json, and HTTP.

export interface Answer {
    status: number;
    headers: Headers;
    // Tests read into answers freely; Palette's are checked against the API's document.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    body: any;
    text: string;
}

type Headers = Record<string, string>;
type SandboxSettings = Record<
    "palette" | "aws" | "harbor" | "spectro" | "control" | "seed",
    Record<string, string>
> & { caFile: string; seed: { availabilityZones: string[] } };

const day = (date: string): string => date.slice(0, 8);
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();

/** A sandbox of its own, started as its README says, and calls to it. */
export class Outsider {
    private constructor(
        readonly dir: string,
        readonly sandbox: SandboxSettings,
        private readonly agent: Agent,
        private readonly process: ChildProcess,
    ) {}

    static async start(): Promise<Outsider> {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "outsider "));
        const args = ["--import", "tsx", "sandbox/main.ts", "--dir", dir];
        const child = spawn(process.execPath, args, {
            cwd: path.join(__dirname, "../.."),
            stdio: ["ignore", "pipe", "inherit"],
        });
        const ready = await new Promise<boolean>((resolve) => {
            createInterface({ input: child.stdout! }).on("line", (line) =>
                resolve(line.startsWith("ready:")),
            );
            child.once("exit", () => resolve(false));
        });
        if (!ready) {
            throw new Error("the sandbox did not start");
        }
        const sandbox = JSON.parse(
            fs.readFileSync(path.join(dir, "sandbox.json"), "utf8"),
        ) as SandboxSettings;
        const ca = fs.readFileSync(sandbox.caFile, "utf8");
        return new Outsider(dir, sandbox, new Agent({ connect: { ca } }), child);
    }

    async remove(): Promise<void> {
        await this.agent.destroy();
        const ended = new Promise((resolve) => this.process.once("exit", resolve));
        this.process.kill();
        await ended;
        fs.rmSync(this.dir, { recursive: true });
    }

    get project(): string {
        return this.sandbox.palette.projectUid!;
    }

    get log(): string {
        return fs.readFileSync(path.join(this.dir, "log", "sandbox.log"), "utf8");
    }

    async http(
        method: string,
        url: string,
        headers: Headers = {},
        body?: string | Buffer,
    ): Promise<Answer> {
        const response = await fetch(url, {
            method,
            headers,
            body: body ?? null,
            dispatcher: this.agent,
        });
        const text = await response.text();
        let json: unknown;
        try {
            json = JSON.parse(text);
        } catch {
            json = undefined;
        }
        const answered = Object.fromEntries(response.headers);
        return { status: response.status, headers: answered, body: json, text };
    }

    /** A call to Palette as the tenant's admin, in the project unless told otherwise. */
    async palette(
        method: string,
        url: string,
        body?: unknown,
        headers: Headers = { ProjectUid: this.project },
    ): Promise<Answer> {
        const answer = await this.http(
            method,
            this.sandbox.palette.endpoint + url,
            {
                ApiKey: this.sandbox.palette.apiKey!,
                ...(body === undefined ? {} : { "content-type": "application/json" }),
                ...headers,
            },
            body === undefined ? undefined : JSON.stringify(body),
        );
        checkAnswer(method, url, answer.status, answer.text);
        return answer;
    }

    /** The same in tenant scope. */
    tenant(method: string, url: string, body?: unknown): Promise<Answer> {
        return this.palette(method, url, body, {});
    }

    async control(method: string, url: string, body?: unknown): Promise<Answer["body"]> {
        const { endpoint, token } = this.sandbox.control;
        const answer = await this.http(
            method,
            endpoint + url,
            {
                authorization: `Bearer ${token}`,
                ...(body === undefined ? {} : { "content-type": "application/json" }),
            },
            body === undefined ? undefined : JSON.stringify(body),
        );
        if (answer.status >= 300) {
            throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
        }
        return answer.body;
    }

    /** Lets virtual time pass, and what was due in it happen. */
    async advance(minutes: number): Promise<void> {
        await this.control("POST", "/clock", { advance: minutes * 60_000 });
        await new Promise((resolve) => setTimeout(resolve, 50));
    }

    async until<T>(look: () => Promise<T | undefined | false | 0>): Promise<T> {
        for (const end = Date.now() + 20_000; ;) {
            const seen = await look();
            if (seen) {
                return seen;
            }
            if (Date.now() > end) {
                throw new Error("it did not become true in 20 s");
            }
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
    }

    /** ECR: JSON with the operation in a header. */
    ecr(action: string, input: object = {}): Promise<Answer> {
        const target = `AmazonEC2ContainerRegistry_V20150921.${action}`;
        return this.signed("ecr", JSON.stringify(input), {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": target,
        });
    }

    /** STS and IAM: a form. */
    form(
        service: "sts" | "iam",
        action: string,
        input: Record<string, string> = {},
    ): Promise<Answer> {
        const Version = service === "iam" ? "2010-05-08" : "2011-06-15";
        const form = new URLSearchParams({ Action: action, Version, ...input });
        return this.signed(service, form.toString(), {
            "content-type": "application/x-www-form-urlencoded",
        });
    }

    /** Signature Version 4, by the book (IAM User Guide, "Create a signed request"). */
    private signed(service: string, body: string, headers: Headers): Promise<Answer> {
        const { endpoint, region, accessKeyId, secretAccessKey } = this.sandbox.aws;
        const date = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
        const sent: Headers = { ...headers, host: new URL(endpoint!).host, "x-amz-date": date };
        const names = Object.keys(sent).sort();
        const canonical = [
            "POST",
            "/",
            "",
            ...names.map((name) => `${name}:${sent[name]}`),
            "",
            names.join(";"),
            sha256(body),
        ].join("\n");
        const scope = `${day(date)}/${region}/${service}/aws4_request`;
        const key = [day(date), region!, service, "aws4_request"].reduce<string | Buffer>(
            (secret, part) => hmac(secret, part),
            `AWS4${secretAccessKey}`,
        );
        const signature = hmac(
            key,
            ["AWS4-HMAC-SHA256", date, scope, sha256(canonical)].join("\n"),
        );
        const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature.toString("hex")}`;
        return this.http("POST", `${endpoint}/`, { ...sent, authorization }, body);
    }
}
