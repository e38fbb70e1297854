import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Command } from "commander";
import { ensureEngine } from "../engine";
import { projectDirectory, sandboxDirectory } from "./environment";
import { sandboxStack } from "./stack";

/** A resource in a state, as far as it matters here. */
interface StateResource {
    urn: string;
    type: string;
    id?: string;
    inputs?: Record<string, string>;
    outputs?: Record<string, string>;
}

interface ExportedState {
    deployment?: {
        resources?: StateResource[];
        pending_operations?: { type: string; resource: StateResource }[];
    };
}

/**
 * The ids that AWS resources get, from their inputs (Pulumi's provider makes up names before it creates anything). Others
 * than these find what an interrupted run has made by themselves.
 */
const awsIds: Record<string, (inputs: Record<string, string>) => string | undefined> = {
    "aws:ecr/repository:Repository": ({ name }) => name,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ({ repository }) => repository,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ({ repository }) => repository,
    "aws:iam/role:Role": ({ name }) => name,
    "aws:iam/rolePolicy:RolePolicy": ({ role, name }) => role && name && `${role}:${name}`,
    "aws:iam/user:User": ({ name }) => name,
    "aws:iam/userPolicy:UserPolicy": ({ user, name }) => user && name && `${user}:${name}`,
};

/**
 * After an interrupted run: takes what AWS has made and the state does not know into the state, where a refresh then looks at
 * it; what AWS has not made drops out again. (`pulumi refresh --import-pending-creates`, which is there for this, forgets the
 * resource in Pulumi 3.259.)
 *
 * @param options.environment That of the CLI, `pulumi` on its PATH.
 * @param options.stack The stack's name; default: the selected one.
 */
export async function recover(options: {
    environment: NodeJS.ProcessEnv;
    stack?: string;
    log: (line: string) => void;
}): Promise<void> {
    const { log, environment, stack } = options;
    const pulumi = async (...args: string[]) => {
        const { stdout } = await promisify(execFile)(
            "pulumi",
            [...args, ...(stack === undefined ? [] : ["--stack", stack]), "--non-interactive"],
            { cwd: projectDirectory, env: environment, maxBuffer: 256 * 1024 * 1024 },
        );
        return stdout;
    };
    const state: ExportedState = JSON.parse(await pulumi("stack", "export"));
    const pending = state.deployment?.pending_operations ?? [];
    const made = pending.flatMap(({ type, resource }) => {
        const id = type === "creating" && awsIds[resource.type]?.(resource.inputs ?? {});
        return id ? [{ ...resource, id, outputs: { ...resource.inputs } }] : [];
    });
    if (made.length === 0) {
        log("nothing of AWS was being created when the last run was interrupted");
        return;
    }
    made.forEach(({ type, id }) => log(`looking for ${type} ${id}`));
    state.deployment!.resources!.push(...made);
    state.deployment!.pending_operations = pending.filter(
        ({ resource }) => !made.some(({ urn }) => urn === resource.urn),
    );
    const folder = await mkdtemp(path.join(tmpdir(), "recover-"));
    try {
        const file = path.join(folder, "state.json");
        await writeFile(file, JSON.stringify(state), { mode: 0o600 });
        await pulumi("stack", "import", "--file", file);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
    const targets = made.flatMap(({ urn }) => ["--target", urn]);
    log(await pulumi("refresh", "--yes", "--skip-preview", ...targets));
}

/** `npm run -s recover -- [stack]`. */
async function main(): Promise<void> {
    const command = new Command("npm run -s recover --")
        .description("Take into the state what AWS has made when a run was interrupted.")
        .argument("[stack]", "its name; the selected one if not given")
        .option("--sandbox", "the stack of npm start")
        .parse();
    const [stack] = command.args;
    const environment = command.opts<{ sandbox?: boolean }>().sandbox
        ? sandboxStack(await ensureEngine({ log: logError }), sandboxDirectory).environment
        : await withCli(process.env);
    await recover({ environment, stack, log: (line) => console.log(line) });
}

/**
 * The environment with the user's own CLI first on PATH, else with the project's: npm puts node_modules/.bin before
 * everything else, and the `pulumi` there downloads the CLI where it does not find it.
 */
export async function withCli(environment: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
    const folders = (environment.PATH ?? "")
        .split(path.delimiter)
        .filter((folder) => !folder.endsWith(path.join("node_modules", ".bin")));
    const found = await Promise.all(
        folders.map((folder) =>
            access(path.join(folder, "pulumi"), constants.X_OK).then(
                () => true,
                () => false,
            ),
        ),
    );
    if (!found.includes(true)) {
        folders.unshift((await ensureEngine({ need: ["pulumi"], log: logError })).path);
    }
    return { ...environment, PATH: folders.join(path.delimiter) };
}

function logError(line: string): void {
    console.error(line);
}

if (process.env.npm_lifecycle_event === "recover") {
    main().catch((error: Error & { stderr?: string }) => {
        console.error(error.stderr?.trim() || error.message);
        process.exitCode = 1;
    });
}
