import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { ensureEngine } from "../engine";
import { Terraform } from "../test/terraform/terraform";
import {
    cleanRegistry,
    clusterHealthy,
    packVisible,
    pushPack,
    workerPoolSize,
} from "../test/terraform/tutorial";
import { cleanEnvironment } from "./environment";
import { leftovers } from "./leftovers";
import { control, startSandbox, stopSandbox, type Sandbox } from "./sandbox";

/**
 * `npm run test:terraform`: the tutorial's Terraform path (test/terraform) with the real Terraform
 * and the official provider, against a sandbox of its own. Everything it makes is removed in the
 * end, after a failure and an interruption too.
 *
 * @returns the exit code: 0, 1 when a step failed, 2 when Terraform or the provider is not there.
 */
async function main(): Promise<number> {
    const executable = process.env.TERRAFORM || "terraform";
    const provider = process.env.TERRAFORM_PROVIDER_SPECTROCLOUD ?? "";
    const missing = missingProvider(provider) ?? (await missingTerraform(executable));
    if (missing) {
        console.error(missing);
        return 2;
    }
    const need = ["registry", "helm", "oras"] as const;
    const engine = await ensureEngine({ log: (line) => console.log(line), need });
    const interruption = new AbortController();
    const interrupt = (signal: string) => interruption.abort(new Error(`interrupted by ${signal}`));
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    const directory = await mkdtemp(path.join(os.tmpdir(), "palette-terraform-"));
    try {
        const sandbox = await startSandbox(engine, directory);
        const interrupted = interruption.signal;
        const terraform = await Terraform.create({
            executable,
            provider: path.resolve(provider),
            directory,
            sandbox,
            interrupted,
        });
        await perform(sandbox, interrupted, [
            ["ECR: repositories and push", () => pushPack(engine, sandbox, directory)],
            ["registry: apply", () => terraform.apply("registry", { added: 1, changed: 0 })],
            ["registry: plan without changes", () => terraform.planWithoutChanges("registry")],
            ["registry: the pack is visible", () => packVisible(sandbox, interrupted)],
            ["cluster: plan", () => terraform.plan("cluster", 2)],
            ["cluster: apply", () => terraform.apply("cluster", { added: 2, changed: 0 })],
            ["cluster: running and healthy", () => clusterHealthy(sandbox)],
            ["cluster: plan without changes", () => terraform.planWithoutChanges("cluster")],
            [
                "cluster: apply with two workers",
                () => {
                    terraform.workerCount = 2;
                    return terraform.apply("cluster", { added: 0, changed: 1 });
                },
            ],
            ["cluster: two workers in Palette", () => workerPoolSize(sandbox, 2)],
            ["cluster: plan without changes", () => terraform.planWithoutChanges("cluster")],
            ["cluster: destroy", () => terraform.destroy("cluster", 2)],
            ["registry: destroy", () => terraform.destroy("registry", 1)],
            ["ECR: delete image and repositories", () => cleanRegistry(sandbox)],
            ["nothing is left", () => nothingLeft(sandbox)],
        ]);
        return 0;
    } catch (error) {
        console.error((error as Error).message);
        return 1;
    } finally {
        await stopSandbox(directory).catch((error: Error) => console.error(error.message));
        await rm(directory, { recursive: true, force: true });
    }
}

async function missingTerraform(executable: string): Promise<string | undefined> {
    return promisify(execFile)(executable, ["version"], { env: cleanEnvironment() }).then(
        () => undefined,
        () =>
            `'${executable} version' fails: set TERRAFORM to the path of the terraform executable`,
    );
}

function missingProvider(provider: string): string | undefined {
    try {
        accessSync(provider, constants.X_OK);
        if (statSync(provider).isFile()) {
            return undefined;
        }
    } catch {
        // The message is the same.
    }
    const now = provider && ` ('${provider}' is not one)`;
    return `set TERRAFORM_PROVIDER_SPECTROCLOUD to the path of the provider's executable${now}`;
}

type Step = [name: string, work: () => Promise<void>];

/** Does one step after the other; prints of each its time, its calls to Palette and the refused ones. */
async function perform(sandbox: Sandbox, interrupted: AbortSignal, steps: Step[]): Promise<void> {
    const start = performance.now();
    let sum = 0;
    for (const [name, work] of steps) {
        interrupted.throwIfAborted();
        await control(sandbox, "DELETE", "/requests");
        const stepStart = performance.now();
        const failure = await work().then(
            () => undefined,
            (error: Error) => error,
        );
        const calls = await paletteCalls(sandbox);
        sum += calls.length;
        const time = seconds(stepStart).padStart(6);
        const line = `${name.padEnd(36)} ${time} s ${String(calls.length).padStart(4)} calls`;
        const report = [`${failure ? "FAILED" : "ok    "} ${line}`, ...refused(calls)].join("\n");
        if (failure) {
            throw new Error(`${report}\n\n${masked(sandbox, failure.message)}`);
        }
        console.log(report);
    }
    console.log(`passed: ${steps.length} steps in ${seconds(start)} s, ${sum} calls to Palette`);
}

interface PaletteCall {
    method: string;
    route: string;
    /** 0: the answer did not get out whole. */
    status: number;
}

async function paletteCalls(sandbox: Sandbox): Promise<PaletteCall[]> {
    type Calls = { items: ({ service: string } & PaletteCall)[] };
    const { items } = await control<Calls>(sandbox, "GET", "/requests");
    return items.filter(({ service }) => service === "palette");
}

/** A line for each kind of call that did not succeed. */
function refused(calls: PaletteCall[]): string[] {
    const failed = calls.filter(({ status }) => status === 0 || status >= 400);
    return [
        ...new Set(
            failed.map(({ status, method, route }) => `         ${status} ${method} ${route}`),
        ),
    ];
}

/** Without the sandbox's credentials, should a command have printed one. */
function masked({ palette, aws, control: { token } }: Sandbox, text: string): string {
    const secrets = [palette.apiKey, palette.nonAdminApiKey, aws.secretAccessKey, token];
    return secrets.reduce((rest, secret) => rest.replaceAll(secret, "[secret]"), text);
}

function seconds(start: number): string {
    return ((performance.now() - start) / 1000).toFixed(1);
}

async function nothingLeft(sandbox: Sandbox): Promise<void> {
    const left = await leftovers(sandbox);
    if (left.length > 0) {
        throw new Error(`still there:\n  ${left.join("\n  ")}`);
    }
}

main().then(
    (code) => {
        process.exitCode = code;
    },
    (error: Error) => {
        console.error(error.message);
        process.exitCode = 1;
    },
);
