import { execFile } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

/** Helm said no: the message is its own, without the noise around it. */
export class HelmError extends Error {}

/** Far above what the largest real chart takes; a template that never ends must not stop us. */
const TIMEOUT = 60_000;

/**
 * The real Helm, run in a temporary folder of its own: it reads no configuration, cache or plugin
 * of the user, and nothing of it stays behind.
 */
export class Helm {
    private readonly binary: string;

    /** `binary` is a path, or a name to look for on PATH. */
    constructor(
        binary: string,
        private readonly signal: AbortSignal,
    ) {
        this.binary = path.basename(binary) === binary ? binary : path.resolve(binary);
    }

    /** Calls `use` with a fresh folder and a function that runs Helm in it; removes the folder. */
    async session<T>(
        use: (dir: string, run: (args: string[]) => Promise<string>) => Promise<T>,
    ): Promise<T> {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "sandbox-helm-"));
        try {
            return await use(dir, (args) => this.run(dir, args));
        } finally {
            fs.rmSync(dir, { recursive: true, force: true });
        }
    }

    /**
     * Renders one template text, in a chart made for the call. `values` is YAML or JSON text.
     * Throws HelmError.
     */
    template(
        file: { name: string; text: string },
        values: string,
        options: { chart: string; args: string[] },
    ): Promise<string> {
        return this.session(async (dir, run) => {
            const chart = { apiVersion: "v2", name: options.chart, version: "0.0.0" };
            fs.mkdirSync(path.join(dir, "chart", "templates"), { recursive: true });
            fs.writeFileSync(path.join(dir, "chart", "Chart.yaml"), JSON.stringify(chart));
            // A leading underscore would make it a partial, which Helm does not render.
            const name = file.name.replace(/^_+/, "");
            fs.writeFileSync(path.join(dir, "chart", "templates", name), file.text);
            fs.writeFileSync(path.join(dir, "values.yaml"), values);
            return run(["template", "release", "chart", "-f", "values.yaml", ...options.args]);
        });
    }

    private run(cwd: string, args: string[]): Promise<string> {
        const env = {
            PATH: process.env.PATH,
            HOME: cwd,
            HELM_CACHE_HOME: path.join(cwd, ".cache"),
            HELM_CONFIG_HOME: path.join(cwd, ".config"),
            HELM_DATA_HOME: path.join(cwd, ".data"),
        };
        const options = {
            cwd,
            env,
            timeout: TIMEOUT,
            maxBuffer: 64 * 2 ** 20,
            signal: this.signal,
        };
        return new Promise((resolve, reject) => {
            execFile(this.binary, args, options, (error, stdout, stderr) => {
                if (!error) {
                    resolve(stdout);
                } else if (this.signal.aborted) {
                    reject(this.signal.reason as Error);
                } else if (error.code === "ENOENT" || error.code === "EACCES") {
                    reject(new HelmError(`the sandbox cannot run Helm: ${error.message}`));
                } else if (error.killed) {
                    reject(new HelmError(`Helm did not end within ${TIMEOUT / 1000} s`));
                } else {
                    reject(new HelmError(said(stderr) || error.message));
                }
            });
        });
    }
}

function said(stderr: string): string {
    return stderr
        .split("\n")
        .filter((line) => !/^(Use --debug|WARNING|level=WARN|$)/.test(line))
        .join("\n")
        .replace(/^Error: /, "");
}
