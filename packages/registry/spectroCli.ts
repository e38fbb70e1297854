import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findExecutable } from "../pack/format/executables";
import { checkNetwork, runCommand } from "./runCommand";
import type { Login } from "./access";
import { DeadlineError, UserError } from "../pack/userError";

/** The real `spectro` CLI, logged in to one legacy registry. */
export interface SpectroCli {
    /** Runs a command of the CLI; answers what it printed. @throws Error with what it complained about. */
    run(args: string[]): Promise<string>;
    /** Removes the CLI's home with the password in it. */
    close(): Promise<void>;
}

/** @throws Error that says how to get the CLI. */
export function findSpectro(): string {
    const found = findExecutable("spectro");
    if (found === undefined) {
        throw new UserError(
            "the spectro CLI is not on PATH; packs are pushed to a legacy Spectro registry with it and nothing else. " +
                "Install it as https://docs.spectrocloud.com/registries-and-packs/spectro-cli-reference says " +
                "(download spectro for your system, chmod +x, move it to a folder on PATH), or use a registry of kind ecr or basic",
        );
    }
    return found;
}

/**
 * Logs in without `spectro registry login`, which takes the password as an argument for every process list to see: the CLI
 * gets a home of its own with the file that the login would write. Nobody else can read it, and it goes when this
 * process ends, however that happens.
 */
export async function spectroCli(login: Login): Promise<SpectroCli> {
    const spectro = findSpectro();
    const home = await mkdtemp(join(tmpdir(), "spectro-home-"));
    const removed = removeWithProcess(home);
    const { host, username = "", password = "", insecureSkipVerify = false } = login;
    const auth = Buffer.from(`${username}:${password}`).toString("base64");
    // The CLI's servers have no scheme; with one the registry refuses the login.
    const config = {
        auths: { [host]: { auth, insecure: insecureSkipVerify } },
        defaultRegistry: host,
    };
    await chmod(home, 0o700);
    await writeFile(join(home, "config.json"), JSON.stringify(config), { mode: 0o600 });
    return {
        async run(args) {
            const ca = login.caFile ? { SSL_CERT_FILE: resolve(login.caFile) } : {};
            try {
                return await runCommand(spectro, ["--home", home, ...args], {
                    purpose: `${commandOf(args)} at ${host}`,
                    advice: checkNetwork(host),
                    isTransfer: ["push", "pull"].includes(args[1] ?? ""),
                    cwd: home,
                    env: { ...process.env, ...ca },
                });
            } catch (error) {
                throw error instanceof DeadlineError
                    ? error
                    : failure(args, error as Error & Output, [password, auth]);
            }
        },
        async close() {
            await rm(home, { recursive: true, force: true });
            removed.stop();
        },
    };
}

interface Output {
    stdout?: string;
    stderr?: string;
}

function failure(args: string[], error: Error & Output, secrets: string[]): Error {
    const { stderr = "", stdout = "", message } = error;
    // Not the message of execFile itself where there is another: it repeats the command line.
    let said = stderr.trim() || stdout.trim() || message;
    for (const secret of secrets.filter((candidate) => candidate !== "")) {
        said = said.replaceAll(secret, "[secret]");
    }
    const advice = /401|unauthori[sz]ed|authorization/i.test(said)
        ? "; check username and password of the registry under registries[]"
        : "";
    return new UserError(`${commandOf(args)} failed: ${said}${advice}`);
}

const commandOf = (args: string[]) => `spectro ${args.slice(0, 2).join(" ")}`;

/** A process that waits for the end of this one, which closes its standard input, and then removes a folder. */
function removeWithProcess(folder: string): { stop(): void } {
    const watcher = spawn("/bin/sh", ["-c", 'cat >/dev/null; rm -rf -- "$0"', folder], {
        // A process group of its own: whoever kills this one with all its children shall not kill the watcher.
        detached: true,
        stdio: ["pipe", "ignore", "ignore"],
    });
    watcher.unref();
    (watcher.stdin as unknown as { unref?(): void }).unref?.();
    return { stop: () => watcher.stdin.end() };
}
