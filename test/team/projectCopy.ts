import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseDocument } from "yaml";
import { projectDirectory } from "../../scripts/environment";
import { sandboxConfig } from "../../scripts/stack";
import type { TestEnvironment } from "../flow/environment";

/** A checkout of the project whose stack files lead to a sandbox: what a pipeline, or another user, works in. */
export class ProjectCopy {
    readonly folder: string;
    /** What a job of a pipeline has: no terminal, credentials in variables, the tools on PATH. */
    readonly environment: NodeJS.ProcessEnv;

    constructor(environment: TestEnvironment) {
        this.folder = path.join(environment.directory, "checkout");
        mkdirSync(this.folder);
        const files = execFileSync(
            "git",
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            {
                cwd: projectDirectory,
                encoding: "utf8",
            },
        )
            .split("\0")
            .filter((file) => file && !/^(test|node_modules|\.sandbox|\.engine)\b/.test(file));
        for (const file of files) {
            cpSync(path.join(projectDirectory, file), path.join(this.folder, file));
        }
        symlinkSync(
            path.join(projectDirectory, "node_modules"),
            path.join(this.folder, "node_modules"),
        );
        const { aws, palette } = environment.sandbox;
        const { environment: base } = environment.stackFor("any");
        const { PULUMI_STACK: _, PULUMI_OPTION_CONFIG_FILE: _file, ...rest } = base;
        this.environment = {
            ...rest,
            CI: "true",
            AWS_ACCESS_KEY_ID: aws.accessKeyId,
            AWS_SECRET_ACCESS_KEY: aws.secretAccessKey,
            SPECTROCLOUD_APIKEY: palette.apiKey,
        };
    }

    /** Leads a stack file to the sandbox; what it says itself stays. */
    connect(file: string, { sandbox }: TestEnvironment): void {
        const { connection, choices } = sandboxConfig(sandbox);
        const key = (name: string) => `palette-custom-pack:${name}`;
        const document = parseDocument(this.read(file));
        const { "aws:accessKey": _, ...endpoints } = connection;
        for (const [name, value] of Object.entries(endpoints)) {
            document.setIn(["config", name], document.createNode(value));
        }
        document.setIn(["config", key("paletteProject")], sandbox.palette.project);
        const cluster = choices[key("cluster")] as Record<string, unknown>;
        for (const name of ["cloudAccount", "sshKeyName", "region"]) {
            document.setIn(["config", key("cluster"), name], cluster[name]);
        }
        this.write(file, document.toString());
    }

    read(file: string): string {
        return readFileSync(path.join(this.folder, file), "utf8");
    }

    write(file: string, content: string, mode = 0o644): void {
        mkdirSync(path.dirname(path.join(this.folder, file)), { recursive: true });
        writeFileSync(path.join(this.folder, file), content, { mode });
    }
}

/** The commands of a document: the lines that begin with `$ ` in its blocks of kind `console`, each after the heading. */
export function commandsOf(markdown: string, heading: string): string[] {
    const section = markdown.split(/^(?=#+ )/m).find((part) => part.startsWith(heading));
    if (section === undefined) {
        throw new Error(`there is no heading ${heading}`);
    }
    return [...section.matchAll(/^\$ (.*)$/gm)].map(([, command]) => command!);
}
