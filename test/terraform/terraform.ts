import { spawn } from "node:child_process";
import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { cleanEnvironment } from "../../scripts/environment";
import type { Sandbox } from "../../scripts/sandbox";
import { baseContentPath, registryName } from "./tutorial";

/** A folder beside this file, with a state of its own. */
export type Configuration = "registry" | "cluster";

const configurations: Configuration[] = ["registry", "cluster"];
const commandMinutes = 15;

/** The Terraform CLI with one provider executable, run on copies of the configurations. */
export class Terraform {
    /** A variable of the configuration `cluster`. */
    workerCount = 1;

    private constructor(
        private readonly executable: string,
        private readonly directory: string,
        private readonly sandbox: Sandbox,
        private readonly interrupted: AbortSignal,
    ) {}

    /**
     * @param options.directory a temporary folder: state and plans, which bear secrets, stay in it.
     * @param options.interrupted kills the running command.
     */
    static async create(options: {
        executable: string;
        provider: string;
        directory: string;
        sandbox: Sandbox;
        interrupted: AbortSignal;
    }): Promise<Terraform> {
        const { executable, directory, sandbox, interrupted } = options;
        for (const name of configurations) {
            await cp(path.join(__dirname, name), path.join(directory, name), { recursive: true });
        }
        // Terraform looks in the folder for an executable of this name.
        const folder = path.join(directory, "provider");
        await mkdir(folder);
        await symlink(options.provider, path.join(folder, "terraform-provider-spectrocloud"));
        const override = `"spectrocloud/spectrocloud" = ${JSON.stringify(folder)}`;
        await writeFile(
            path.join(directory, "terraformrc"),
            `provider_installation {\n  dev_overrides {\n    ${override}\n  }\n}\n`,
        );
        return new Terraform(executable, directory, sandbox, interrupted);
    }

    /** Expects a plan that adds so many resources and does nothing else. */
    async plan(name: Configuration, added: number): Promise<void> {
        const output = await this.run(name, ["plan", "-detailed-exitcode"], 2);
        expectText(output, `Plan: ${added} to add, 0 to change, 0 to destroy.`);
    }

    async planWithoutChanges(name: Configuration): Promise<void> {
        await this.run(name, ["plan", "-detailed-exitcode"]);
    }

    async apply(name: Configuration, expected: { added: number; changed: number }): Promise<void> {
        const output = await this.run(name, ["apply", "-auto-approve"]);
        const { added, changed } = expected;
        expectText(output, `Resources: ${added} added, ${changed} changed, 0 destroyed.`);
    }

    async destroy(name: Configuration, destroyed: number): Promise<void> {
        const output = await this.run(name, ["destroy", "-auto-approve"]);
        expectText(output, `Resources: ${destroyed} destroyed.`);
    }

    /** The output; an Error that bears it when the exit code is another one. */
    private async run(name: Configuration, args: string[], expected = 0): Promise<string> {
        // Without `init`: it is not needed with an overridden provider, and would look for a released one.
        const child = spawn(this.executable, [...args, "-input=false", "-no-color"], {
            cwd: path.join(this.directory, name),
            env: this.environment(),
            stdio: ["ignore", "pipe", "pipe"],
            // A group of its own, so that the provider can be ended with it.
            detached: true,
        });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding("utf8").on("data", (text: string) => (output += text));
        }
        const timeout = AbortSignal.timeout(commandMinutes * 60_000);
        const end = AbortSignal.any([this.interrupted, timeout]);
        const kill = () => child.pid && child.exitCode === null && killGroup(child.pid);
        end.addEventListener("abort", kill);
        const code = await new Promise<number | null>((resolve, reject) => {
            child.once("error", reject).once("close", resolve);
        });
        end.removeEventListener("abort", kill);
        if (code !== expected) {
            const why = end.aborted
                ? `was killed: ${(end.reason as Error).message}`
                : `ended with exit code ${code} instead of ${expected}`;
            throw new Error(`${output.trim()}\nterraform ${args.join(" ")} ${why}`);
        }
        return output;
    }

    /** Variables, the secrets among them, and nothing of the user's own settings. */
    private environment(): NodeJS.ProcessEnv {
        const environment = cleanEnvironment();
        for (const name of Object.keys(environment)) {
            if (name.startsWith("TF_")) {
                delete environment[name];
            }
        }
        const { palette, aws, seed, caFile } = this.sandbox;
        return {
            ...environment,
            HOME: this.directory,
            CHECKPOINT_DISABLE: "1",
            TF_CLI_CONFIG_FILE: path.join(this.directory, "terraformrc"),
            TF_IN_AUTOMATION: "1",
            SSL_CERT_FILE: caFile,
            SPECTROCLOUD_HOST: new URL(palette.endpoint).host,
            SPECTROCLOUD_APIKEY: palette.apiKey,
            TF_VAR_registry_name: registryName,
            TF_VAR_registry_endpoint: aws.registryHost,
            TF_VAR_base_content_path: baseContentPath,
            TF_VAR_registry_access_key: aws.accessKeyId,
            TF_VAR_registry_secret_key: aws.secretAccessKey,
            TF_VAR_cloud_account_name: seed.cloudAccount,
            TF_VAR_region: seed.region,
            TF_VAR_availability_zones: JSON.stringify(seed.availabilityZones.slice(0, 1)),
            TF_VAR_ssh_key_name: seed.sshKeyName,
            TF_VAR_worker_count: String(this.workerCount),
        };
    }
}

function expectText(output: string, text: string): void {
    if (!output.includes(text)) {
        throw new Error(`${output.trim()}\nexpected: ${text}`);
    }
}

function killGroup(pid: number): void {
    try {
        process.kill(-pid, "SIGKILL");
    } catch {
        // It has just ended.
    }
}
