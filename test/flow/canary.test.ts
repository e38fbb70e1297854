import { execFileSync } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { control } from "../../scripts/sandbox";
import { leftovers } from "../../scripts/leftovers";
import { descendantsOf, succeeded, TestEnvironment, type TestStack } from "./environment";

jest.setTimeout(600_000);

let environment: TestEnvironment;
let before: Set<string>;

beforeAll(async () => {
    before = new Set(await readdir(tmpdir()));
    environment = await TestEnvironment.create();
});
afterAll(() => environment?.close());

/** Other names than those of the sandbox's first stack; and places where a user can put a secret. */
const OTHER = {
    registries: undefined,
    profile: {
        packs: [{ name: "hellouniverse" }],
        variables: [{ name: "greeting", isSensitive: true }],
    },
    "cluster.name": undefined,
};

/** The secrets of the user's own in the other stack, by their path in its configuration. */
const OWN_SECRETS = {
    "profile.variables[0].defaultValue": "canary-of-a-default",
    "profile.packs[0].values.manifests.hello-universe.note": "canary-of-a-profile",
    "cluster.variables.greeting": "canary-of-a-variable",
    "cluster.packValues.hellouniverse.manifests.hello-universe.note": "canary-of-a-cluster",
};

describe("two stacks at once, one of them run twice and killed", () => {
    let firstStack: TestStack;
    let secondStack: TestStack;
    const outputs: string[] = [];
    const commandLines = new Set<string>();

    /** What must never be seen. */
    async function canaries(): Promise<string[]> {
        const { palette, aws, control } = environment.sandbox;
        const passphrase = path.join(environment.directory, "passphrase");
        return [
            palette.apiKey,
            aws.secretAccessKey,
            control.token,
            (await readFile(passphrase, "utf8")).trim(),
        ];
    }

    /** Looks at the process list all the time, as anybody on the machine can, for as long as something goes on. */
    async function watching<T>(work: Promise<T>): Promise<T> {
        let done = false;
        const end = work.finally(() => (done = true));
        while (!done) {
            const table = execFileSync("ps", ["-A", "-o", "args="], {
                encoding: "utf8",
                maxBuffer: 64 * 1024 * 1024,
            });
            table.split("\n").forEach((line) => commandLines.add(line));
            await sleep(40);
        }
        return end;
    }

    async function run(stack: TestStack, ...args: string[]) {
        const result = await stack.run(args);
        outputs.push(result.output);
        return result;
    }

    test("a second run on a stack is refused by the lock, and a lock that was left behind says what to do", async () => {
        [firstStack, secondStack] = [
            await environment.stack("one"),
            await environment.stack("other", OTHER),
        ];
        for (const [key, value] of Object.entries(OWN_SECRETS)) {
            await secondStack.configureSecret(key, value);
        }
        await control(environment.sandbox, "POST", "/faults", {
            service: "palette",
            method: "POST",
            route: "/v1/registries/oci/ecr",
            action: "hang",
        });
        const first = firstStack.start(["up", "--yes", "--skip-preview"]);
        first.stdout!.on("data", (chunk) => outputs.push(String(chunk)));
        first.stderr!.on("data", (chunk) => outputs.push(String(chunk)));
        await watching(untilHit(first.pid!));
        const second = await run(firstStack, "up", "--yes", "--skip-preview");
        expect(second.code).not.toBe(0);
        expect(second.output).toMatch(/the stack is currently locked by 1 lock\(s\)/);
        expect(second.output).toMatch(/pulumi cancel/);

        const closed = new Promise((resolve) => first.once("close", resolve));
        environment.orphans.push(...descendantsOf(first.pid!));
        process.kill(first.pid!, "SIGKILL");
        await closed;
        await control(environment.sandbox, "DELETE", "/faults");
        const third = await run(firstStack, "up", "--yes", "--skip-preview");
        expect(third.output).toMatch(/locked by 1 lock\(s\)[^]*pulumi cancel/);
        succeeded(await run(firstStack, "cancel", "--yes"));
    });

    test("two stacks at once do not get in each other's way", async () => {
        const up = ["up", "--yes", "--skip-preview"];
        const runs = await watching(Promise.all([run(firstStack, ...up), run(secondStack, ...up)]));
        runs.forEach(succeeded);
        succeeded(
            await run(firstStack, "refresh", "--yes", "--skip-preview", "--clear-pending-creates"),
        );
        for (const stack of [firstStack, secondStack]) {
            succeeded(await run(stack, "preview", "--expect-no-changes"));
        }
        const urls = await Promise.all(
            [firstStack, secondStack].map((stack) => stack.outputs<{ applicationUrls: object }>()),
        );
        expect(
            new Set(urls.map(({ applicationUrls }) => JSON.stringify(applicationUrls))).size,
        ).toBe(2);
    });

    test("no secret is in a state, an output, an argument, the request log or a file that is left", async () => {
        const kubeconfigs = await Promise.all(
            [firstStack, secondStack].map((stack) =>
                stack.outputs<{ kubeconfig: string }>("--show-secrets"),
            ),
        );
        const keys = kubeconfigs.map(
            ({ kubeconfig }) => /(?:token|client-key-data): (\S+)/.exec(kubeconfig)![1]!,
        );
        const secrets = [...(await canaries()), ...keys, ...Object.values(OWN_SECRETS)];
        expect(secrets.every((secret) => secret.length > 8)).toBe(true);
        const { items } = await control<{ items: unknown[] }>(
            environment.sandbox,
            "GET",
            "/requests",
        );
        const texts: [where: string, text: string][] = [
            ...outputs.map((text): [string, string] => ["an output", text]),
            ["an argument", [...commandLines].join("\n")],
            ["the request log", JSON.stringify(items)],
            ...(await filesThatMayBeRead()),
        ];
        expect(commandLines.size).toBeGreaterThan(20);
        expect([...commandLines].some((line) => line.includes("oras"))).toBe(true);
        const found = secrets.flatMap((secret, index) =>
            texts
                .filter(([, text]) => text.includes(secret))
                .map(([where]) => `secret ${index} in ${where}`),
        );
        expect(found).toEqual([]);
    });

    test("a rotated API key: both are destroyed with the environment's key alone", async () => {
        const rotated = await rotateKey();
        const environmentOfDestroy = { SPECTROCLOUD_APIKEY: rotated };
        const refused = await firstStack.run(["destroy", "--yes", "--skip-preview"]);
        expect(refused.code).not.toBe(0);
        expect(refused.output).toMatch(
            /API key is wrong or has expired: set the environment variable/,
        );
        for (const stack of [firstStack, secondStack]) {
            succeeded(
                await stack.run(["destroy", "--yes", "--skip-preview"], environmentOfDestroy),
            );
        }
        environment.sandbox.palette.apiKey = rotated;
        expect(await leftovers(environment.sandbox)).toEqual([]);
    });

    async function untilHit(pid: number): Promise<void> {
        for (;;) {
            const { items } = await control<{ items: { hit: number }[] }>(
                environment.sandbox,
                "GET",
                "/faults",
            );
            if (items.some(({ hit }) => hit > 0)) {
                return;
            }
            process.kill(pid, 0);
            await sleep(50);
        }
    }

    /** Files of the backend, the stacks' configuration and logs, and what the runs have left in the temporary folder. */
    async function filesThatMayBeRead(): Promise<[string, string][]> {
        const names = await readdir(tmpdir());
        const left = names.filter(
            (name) => !before.has(name) && /^(pack|push|oras|spectro|recover|pulumi)/.test(name),
        );
        const folders = [
            ...["backend", "stacks", "log"].map((name) => path.join(environment.directory, name)),
            ...left.map((name) => path.join(tmpdir(), name)),
        ];
        const texts: [string, string][] = [];
        for (const folder of folders) {
            for (const file of await filesBelow(folder)) {
                texts.push([file, await readFile(file, "utf8").catch(() => "")]);
            }
        }
        return texts;
    }

    /** A new key of the same user; the old one is deleted. */
    async function rotateKey(): Promise<string> {
        const { palette } = environment.sandbox;
        const made = await callAs<{ apiKey: string }>("POST", "/v1/apiKeys", {
            metadata: { name: "rotated" },
        });
        const { items } = await callAs<{ items: { metadata: { uid: string; name: string } }[] }>(
            "GET",
            "/v1/apiKeys",
        );
        const old = items.filter(({ metadata }) => metadata.name === "sandbox");
        for (const { metadata } of old) {
            await callAs("DELETE", `/v1/apiKeys/${metadata.uid}`, undefined, made.apiKey);
        }
        expect(palette.apiKey).not.toBe(made.apiKey);
        return made.apiKey;
    }

    async function callAs<T>(method: string, url: string, body?: object, key?: string): Promise<T> {
        const { Agent, fetch } = await import("undici");
        const { palette, caFile } = environment.sandbox;
        const dispatcher = new Agent({ connect: { ca: await readFile(caFile, "utf8") } });
        try {
            const response = await fetch(new URL(url, palette.endpoint), {
                method,
                dispatcher,
                headers: { ApiKey: key ?? palette.apiKey, "content-type": "application/json" },
                body: body && JSON.stringify(body),
            });
            expect(response.status).toBeLessThan(300);
            return (response.status === 204 ? undefined : await response.json()) as T;
        } finally {
            await dispatcher.close();
        }
    }
});

async function filesBelow(folder: string): Promise<string[]> {
    if (!(await stat(folder)).isDirectory()) {
        return [folder];
    }
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name));
}
