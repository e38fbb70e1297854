import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";

/** A moment of a command at which it stands still. */
export interface Gate {
    /** As {@link CommandGate.calls} names it: `oras push`. */
    command: string;
    /** Which one of these, from 1. */
    nth: number;
    when: "before" | "during" | "after";
}

/** What a run starts, and how a command is named: by words of its arguments, as the shell counts them. */
const COMMANDS: Record<string, string> = {
    node: `case "$*" in *pushPacks.ts*) name="node pushPacks" ;; *) exec "$real" "$@" ;; esac`,
    oras: 'name="oras $1"',
    // After --home and its value.
    spectro: 'name="spectro $3 $4"',
    pulumi: 'name="pulumi $1 $2"',
};

/**
 * Stands before the commands that a run starts: a folder for the front of its PATH. Each is counted; one of them can be
 * stopped before it begins, while it runs, or when it has done its work and not ended yet.
 */
export class CommandGate {
    private constructor(private readonly folder: string) {}

    /** @param searchPath PATH on which the real commands are. */
    static async create(searchPath: string): Promise<CommandGate> {
        const gate = new CommandGate(await mkdtemp(path.join(tmpdir(), "gate-")));
        await mkdir(gate.directory);
        await gate.reset();
        const standIns = path.join(projectDirectory, "test", "standIns");
        const folders = [...searchPath.split(path.delimiter), standIns];
        for (const [command, naming] of Object.entries(COMMANDS)) {
            const real = await firstOf(folders.map((folder) => path.join(folder, command)));
            const file = path.join(gate.directory, command);
            await writeFile(file, script(gate.folder, real, naming));
            await chmod(file, 0o755);
        }
        return gate;
    }

    /** The folder for the front of PATH. */
    get directory(): string {
        return path.join(this.folder, "bin");
    }

    /** What was started since the last reset, and how often. */
    async calls(): Promise<Map<string, number>> {
        const found = new Map<string, number>();
        for (const entry of await readdir(path.join(this.folder, "calls"))) {
            const name = entry.replace(/ \d+$/, "");
            found.set(name, (found.get(name) ?? 0) + 1);
        }
        return found;
    }

    async reset(): Promise<void> {
        const calls = path.join(this.folder, "calls");
        await rm(calls, { recursive: true, force: true });
        await mkdir(calls);
    }

    /** Lets a command stand still there, when it comes. */
    async close({ command, nth, when }: Gate): Promise<void> {
        await this.reset();
        await this.open();
        await writeFile(path.join(this.folder, "closed"), `${when} ${command} ${nth}`);
    }

    /** Whether the command has come. */
    async reached(): Promise<boolean> {
        return readFile(path.join(this.folder, "reached")).then(
            () => true,
            () => false,
        );
    }

    /** Lets everything go on. */
    async open(): Promise<void> {
        await rm(path.join(this.folder, "closed"), { force: true });
        await rm(path.join(this.folder, "reached"), { force: true });
    }

    remove(): Promise<void> {
        return rm(this.folder, { recursive: true, force: true });
    }
}

/** @throws Error when none of them is there. */
async function firstOf(files: string[]): Promise<string> {
    for (const file of files) {
        if (
            await access(file).then(
                () => true,
                () => false,
            )
        ) {
            return file;
        }
    }
    throw new Error(`none of these is there: ${files.join(", ")}`);
}

/** A shell's text in the place of a command. What it has begun goes on as soon as the gate is open, or gone. */
function script(folder: string, real: string, naming: string): string {
    return `#!/bin/sh
real='${real}'
gate='${folder}'
${naming}
nth=1
until mkdir "$gate/calls/$name $nth" 2>/dev/null || [ ! -d "$gate/calls" ]; do nth=$((nth + 1)); done
is() { [ "$(cat "$gate/closed" 2>/dev/null)" = "$1 $name $nth" ]; }
stand() {
    : >"$gate/reached"
    while [ -e "$gate/closed" ]; do sleep 0.05; done
}
if is after; then
    "$real" "$@"
    status=$?
    stand
    exit $status
fi
if is during; then
    exec 3<&0
    "$real" "$@" <&3 &
    command=$!
    trap 'kill $command' TERM INT
    sleep 0.1
    kill -STOP $command 2>/dev/null
    stand
    kill -CONT $command 2>/dev/null
    wait $command
    exit $?
fi
if is before; then stand; fi
exec "$real" "$@"
`;
}
