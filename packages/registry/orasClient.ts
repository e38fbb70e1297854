import type { ExecFileException } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { findOras, orasVersion } from "./oras";
import { createdAnnotation } from "../pack/format/ociManifest";
import { checkNetwork, runCommand } from "./runCommand";
import type { Login } from "./access";
import { RegistryError } from "./registryError";

/**
 * Node.js makes sockets for standard input, which cannot be opened by name; what the shell makes can be. The shell hands
 * on what stops it, or oras would go on without it.
 */
const PIPED = 'exec 3<&0; cat <&3 | "$0" "$@" & oras=$!; trap "kill $oras" TERM INT; wait $oras';

/** What is done to a registry, with the real oras. */
export interface OrasClient {
    /** The manifest of a tag or digest, byte for byte; undefined when there is none. */
    manifestOf(reference: string): Promise<string | undefined>;
    /** Writes a blob into a file. */
    fetchBlob(repository: string, digest: string, file: string): Promise<void>;
    /** Pushes one archive in the manifest shape that Palette reads: OCI image-spec v1.0. */
    push(reference: string, archive: { folder: string; title: string }): Promise<void>;
}

/** @throws Error when oras is not there; each method throws {@link RegistryError}. */
export async function orasClient(login: Login): Promise<OrasClient> {
    const oras = findOras();
    const [major, minor] = await orasVersion(oras);
    const trust = [
        ...(login.caFile ? ["--ca-file", resolve(login.caFile)] : []),
        ...(login.insecureSkipVerify ? ["--insecure"] : []),
    ];
    // A secret reaches oras on standard input only. A bearer token has to be in a file of Docker's kind: that is read
    // from standard input as well.
    const bearer = JSON.stringify({ auths: { [login.host]: { registrytoken: login.token } } });
    const [flags, input] = login.token
        ? [["--registry-config", "/dev/stdin"], bearer]
        : login.username
          ? [["--username", login.username, "--password-stdin"], login.password ?? ""]
          : [[], ""];

    const [command, ...before] = login.token ? ["/bin/sh", "-c", PIPED, oras] : [oras];

    /** Standard output; undefined when what was asked for is not there. */
    async function run(args: string[], cwd = tmpdir()): Promise<string | undefined> {
        const words = args.slice(0, 2).filter((word) => !word.startsWith("-"));
        try {
            return await runCommand(command, [...before, ...args, ...flags, ...trust], {
                purpose: `oras ${words.join(" ")} at ${login.host}`,
                advice: checkNetwork(login.host),
                isTransfer: ["push", "blob"].includes(args[0]!),
                cwd,
                // No look into the user's Docker configuration: what it needs it is given.
                env: { ...process.env, ...login.env, DOCKER_CONFIG: join(cwd, "no-docker-config") },
                input,
            });
        } catch (error) {
            const { code, stderr = "" } = error as ExecFileException & { stderr?: string };
            if (typeof code !== "number") {
                throw error;
            }
            if (/not found|name unknown|does not exist/i.test(stderr)) {
                return undefined;
            }
            throw new RegistryError(`oras ${words.join(" ")}`, stderr.trim());
        }
    }

    return {
        manifestOf: (reference) => run(["manifest", "fetch", reference]),
        async fetchBlob(repository, digest, file) {
            const args = ["blob", "fetch", "--output", file, `${repository}@${digest}`];
            if ((await run(args)) === undefined) {
                throw new RegistryError("oras blob fetch", `${repository}@${digest} is not there`);
            }
        },
        async push(reference, { folder, title }) {
            // oras 1.0 makes that shape by itself and does not know the flag's value.
            const shape = major === 1 && minor === 0 ? [] : ["--image-spec", "v1.0"];
            const created = `org.opencontainers.image.created=${createdAnnotation}`;
            const args = ["push", ...shape, "--annotation", created, reference, title];
            if ((await run(args, folder)) === undefined) {
                throw new RegistryError(`oras push ${reference}`, "the repository does not exist");
            }
        },
    };
}
