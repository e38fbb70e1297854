import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "../../registry/runCommand";

const ATTEMPTS = 6;
const PAUSE_MS = 250;

/**
 * What the Pulumi CLI prints about a stack, be it in the middle of an update. A backend of files rewrites the state at
 * every step, and a read that comes across that finds none or half of it; it is tried again.
 *
 * @throws Error of `execFile` when the CLI fails, or one that says that it does not end.
 */
export async function askPulumi(args: string[]): Promise<string> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await runCommand("pulumi", args, {
                purpose: `pulumi ${args.slice(0, 2).filter(isWord).join(" ")}, which reads the stack from its backend,`,
                advice: "check that the backend answers (pulumi whoami --verbose), then run the command again",
                maxBuffer: 256 * 1024 * 1024,
            });
        } catch (error) {
            const { stderr = "" } = error as { stderr?: string };
            if (!/checkpoint|\bEOF\b/.test(stderr) || attempt === ATTEMPTS) {
                throw error;
            }
            await sleep(PAUSE_MS);
        }
    }
}

const isWord = (arg: string) => !arg.startsWith("-");

/** A resource in a stack's state, as far as it is read here (sdk/go/common/apitype/core.go of pulumi/pulumi). */
export interface StateResource {
    urn: string;
    id?: string;
    type: string;
    /** Another has taken its place, and the engine has this one left to delete. */
    delete?: boolean;
    /** The engine refuses to delete it. */
    protect?: boolean;
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
}

/** Whether it is a resource of Palette's of this type, such as `AwsCluster`. */
export function isOfType({ type }: StateResource, name: string): boolean {
    return type.endsWith(`palette:${name}`);
}

/** A stack's state, also that of an update under way. */
export interface StackState {
    resources?: StateResource[];
    /** What was begun and has not ended: `type` is `creating`, `updating`, `deleting`, … */
    pending_operations?: { type: string; resource: StateResource }[];
}

/**
 * The state of a stack, with its secrets encrypted.
 *
 * @param stack Full name, `organization/project/stack`.
 * @throws Error of `execFile` when the CLI fails.
 */
export async function readState(stack: string): Promise<StackState> {
    return JSON.parse(await askPulumi(["stack", "export", "--stack", stack])).deployment ?? {};
}
