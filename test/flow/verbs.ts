import { cp, mkdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { pulumiOutput } from "../../scripts/stack";
import type { Run, TestStack } from "./environment";

/** What a user can say to the CLI, beside `up` and `destroy` of the whole stack. */
export interface Verb {
    name: string;
    /** Whether it names a resource, so that there is one pair for each type; else it is about the whole stack. */
    each: boolean;
    /** Changes of the configuration that are pending when the user says it. */
    pending?: boolean;
    /** Configuration that the stack is brought to before. */
    before?: Record<string, unknown>;
    run(stack: TestStack, urn: string): Promise<Run>;
    /**
     * Kinds whose record no run makes anew when the verb has taken it out of the state: which objects are the stack's, and what
     * it has pushed. A user imports an earlier state.
     */
    loses?: RegExp;
    /** What its refusal tells the user to do. */
    undo?(stack: TestStack, urn: string): Promise<Run>;
}

const quietly = ["--yes", "--skip-preview"];

const named = (name: string, ...args: string[]): Verb => ({
    name,
    each: true,
    run: (stack, urn) => stack.run([...args, urn]),
});

const whole = (name: string, ...args: string[]): Verb => ({
    name,
    each: false,
    run: (stack) => stack.run(args),
});

/** Every verb of the table, in its order. */
export const verbs: Verb[] = [
    named("up --replace", "up", ...quietly, "--replace"),
    {
        ...named("state taint"),
        run: async (stack, urn) => {
            const tainted = await stack.run(["state", "taint", "--yes", urn]);
            return tainted.code === 0 ? stack.up() : tainted;
        },
        undo: (stack, urn) => stack.run(["state", "untaint", "--yes", urn]),
    },
    { ...named("up --target", "up", ...quietly, "--target"), pending: true },
    {
        ...named("up --target --target-dependents", "up", ...quietly, "--target-dependents", "-t"),
        pending: true,
    },
    { ...named("up --exclude", "up", ...quietly, "--exclude"), pending: true },
    named("refresh --target", "refresh", ...quietly, "--target"),
    named(
        "destroy --target --target-dependents",
        "destroy",
        ...quietly,
        "--target-dependents",
        "--target",
    ),
    named("state delete", "state", "delete", "--yes"),
    named("state delete --force", "state", "delete", "--yes", "--force"),
    {
        ...named(
            "state delete --target-dependents --force",
            "state",
            "delete",
            "--yes",
            "--target-dependents",
            "--force",
        ),
        loses: /^palette:(OwnerToken|PackRepository)$/,
    },
    {
        ...named("state rename"),
        run: (stack, urn) => stack.run(["state", "rename", "--yes", urn, "renamed"]),
    },
    named("state protect", "state", "protect", "--yes"),
    named("state unprotect", "state", "unprotect", "--yes"),
    {
        ...whole("destroy --exclude-protected", "destroy", ...quietly, "--exclude-protected"),
        before: { allowClusterDeletion: false },
    },
    { ...whole("up --refresh", "up", ...quietly, "--refresh"), pending: true },
    whole("refresh", "refresh", ...quietly),
    whole("refresh --run-program", "refresh", ...quietly, "--run-program"),
    whole("destroy --run-program", "destroy", ...quietly, "--run-program"),
    whole("up --parallel 1", "up", ...quietly, "--parallel", "1"),
    { ...whole("up --parallel 1, with changes", "up", ...quietly, "-p", "1"), pending: true },
    {
        ...whole("up --plan"),
        pending: true,
        run: async (stack) => {
            const plan = path.join(path.dirname(stack.stack.configFile), "plan.json");
            const experimental = { PULUMI_EXPERIMENTAL: "true" };
            const preview = await stack.run(["preview", "--save-plan", plan], experimental);
            return preview.code === 0
                ? stack.run(["up", ...quietly, "--plan", plan], experimental)
                : preview;
        },
    },
    {
        ...whole("up --config-file"),
        pending: true,
        run: async (stack) => {
            const { environment, configFile } = stack.stack;
            const otherFile = path.join(path.dirname(configFile), "other.yaml");
            await cp(configFile, otherFile);
            const { PULUMI_OPTION_CONFIG_FILE: _, ...rest } = environment;
            const moved = Object.assign(Object.create(stack), {
                stack: { ...stack.stack, environment: rest },
            }) as TestStack;
            return moved.run(["up", ...quietly, "--config-file", otherFile]);
        },
    },
    {
        ...whole("stack rename"),
        run: async (stack) => {
            const renamed = await stack.run(["stack", "rename", "renamed"]);
            stack.stack.environment.PULUMI_STACK = "renamed";
            return renamed;
        },
    },
    {
        ...whole("stack export, stack import into another backend"),
        run: async (stack) => {
            const folder = path.dirname(stack.stack.configFile);
            const file = path.join(folder, "state.json");
            await pulumiOutput(stack.stack, ["stack", "export", "--file", file]);
            const { environment } = stack.stack;
            const backend = path.join(environment.PULUMI_HOME!, "..", "other backend");
            await mkdir(backend);
            environment.PULUMI_BACKEND_URL = pathToFileURL(backend).href;
            await pulumiOutput({ ...stack.stack, projectFolder: folder }, [
                "stack",
                "init",
                stack.stack.name,
            ]);
            return stack.run(["stack", "import", "--file", file]);
        },
    },
];
