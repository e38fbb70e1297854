import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import type { Run } from "../flow/environment";

interface Step {
    name?: string;
    run?: string;
    env?: Record<string, string>;
}

interface Workflow {
    env?: Record<string, string>;
    jobs: Record<string, { steps: Step[] }>;
}

/**
 * Runs the commands of a workflow's job as they stand in its file, each as GitHub's runner does; steps that use an action
 * are left out.
 *
 * @param expressions Value of every `${{ … }}` that the job's variables and commands hold.
 * @returns What each step said, the last one being the first that failed.
 */
export async function runJob(
    workflow: string,
    job: string,
    options: {
        folder: string;
        environment: NodeJS.ProcessEnv;
        expressions: Record<string, string>;
    },
): Promise<Run & { steps: string[] }> {
    const { env = {}, jobs } = parse(workflow) as Workflow;
    const value = (source: string) =>
        source.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => {
            const known = options.expressions[expression];
            if (known === undefined) {
                throw new Error(`nobody told what ${expression} is`);
            }
            return known;
        });
    const values = (variables: Record<string, string> = {}) =>
        Object.fromEntries(Object.entries(variables).map(([name, of]) => [name, value(of)]));
    let output = "";
    const steps: string[] = [];
    for (const { name, run, env: own } of jobs[job]!.steps) {
        if (run === undefined) {
            continue;
        }
        steps.push(name ?? run);
        const step = await bash(value(run), options.folder, {
            ...options.environment,
            ...values(env),
            ...values(own),
        });
        output += step.output;
        if (step.code !== 0) {
            return { code: step.code, output, steps };
        }
    }
    return { code: 0, output, steps };
}

/** A command line of a pipeline: without a terminal, and failing with the first command that fails. */
export async function bash(
    command: string,
    cwd: string,
    environment: NodeJS.ProcessEnv,
): Promise<Run> {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", command], {
        cwd,
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        new Promise<number>((resolve) => child.on("close", (status) => resolve(status ?? 1))),
    ]);
    return { code, output: stdout + stderr };
}
