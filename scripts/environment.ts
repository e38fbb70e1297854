import path from "node:path";
import { pathToFileURL } from "node:url";

/** The root of the project: the folder of Pulumi.yaml. */
export const projectDirectory = path.dirname(__dirname);

/** Where `npm start` keeps its sandbox: servers' state, logs, Pulumi's home and backend. */
export const sandboxDirectory = path.join(projectDirectory, ".sandbox");

/** The file that holds the random passphrase of a sandbox's stacks, readable by its owner only. */
export function passphraseFile(directory: string): string {
    return path.join(directory, "passphrase");
}

/** The folder of a sandbox's Pulumi backend. */
export function backendDirectory(directory: string): string {
    return path.join(directory, "backend");
}

/**
 * A copy of this process's environment without what would change a run: credentials and endpoints
 * of Palette and AWS, settings of Pulumi (but for its debug switches), proxies, disabled TLS checks.
 */
export function cleanEnvironment(): NodeJS.ProcessEnv {
    const environment = { ...process.env };
    for (const name of Object.keys(environment)) {
        if (
            /^(SPECTROCLOUD_|AWS_|PULUMI_(?!DEBUG))/.test(name) ||
            /^(http|https|all)_proxy$/i.test(name) ||
            name === "NODE_TLS_REJECT_UNAUTHORIZED"
        ) {
            delete environment[name];
        }
    }
    // The AWS SDK announces on every start for when it will stop supporting this Node.js.
    environment.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
    return environment;
}

/**
 * The environment of everything that runs in a sandbox: the engine on PATH, Pulumi's home and
 * backend inside the sandbox's folder, no AWS configuration of the user's.
 *
 * @param engine what `ensureEngine` returned.
 * @param directory the sandbox's folder.
 */
export function sandboxEnvironment(engine: { path: string }, directory: string): NodeJS.ProcessEnv {
    return {
        ...cleanEnvironment(),
        PATH: [engine.path, process.env.PATH].join(path.delimiter),
        PULUMI_HOME: path.join(directory, "pulumi"),
        PULUMI_BACKEND_URL: pathToFileURL(backendDirectory(directory)).href,
        PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile(directory),
        PULUMI_SKIP_UPDATE_CHECK: "true",
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_CONFIG_FILE: "/dev/null",
        AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    };
}
