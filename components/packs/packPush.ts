import * as pulumi from "@pulumi/pulumi";
import { Command } from "@pulumi/command/local";
import type { PackRegistry } from "../registries/registryKind";
import type { PackRepository } from "../../packages/palette/resources";
import { bundledAs } from "../../packages/registry/bundledAs";
import { pushLine, SETTINGS_VARIABLE, type PushSettings } from "../../packages/registry/pushOrder";

export interface PackPushArgs {
    registry: Pick<PackRegistry, "access" | "pushConfig">;
    /** Path of a repository → what is in it, and the folders or archives of its wanted versions. */
    repositories: Record<
        string,
        { resource: PackRepository; versions: Record<string, { path: string }> }
    >;
    /** Content may change under a published version: development stacks. */
    overwrite: boolean;
}

/**
 * Pushes all packs of a registry that are not there, by one command. What it takes to reach the registry is handed over as
 * a secret: a run's configuration need not be that of the file which the CLI would read. It deletes nothing.
 */
export function packPush(
    name: string,
    { registry, repositories, overwrite }: PackPushArgs,
    opts?: pulumi.CustomResourceOptions,
): Command {
    const lines = Object.entries(repositories).map(([path, { resource, versions }]) =>
        pulumi.all([resource.published, resource.generation]).apply(([published, generation]) =>
            Object.entries(versions).map(([version, pack]) =>
                pushLine({
                    repository: path,
                    version,
                    digest: published[version]!,
                    generation,
                    ...pack,
                }),
            ),
        ),
    );
    return new Command(
        name,
        {
            // Its text is in the messages of the command's errors, and in the state: the same on every machine.
            interpreter:
                bundledAs === undefined
                    ? [
                          "node",
                          "--require",
                          "./startup/typescript.js",
                          "packages/registry/pushPacks.ts",
                      ]
                    : ["node", "--eval", `require("${bundledAs}/push")`],
            create: overwrite ? "overwrite" : "push",
            stdin: pulumi.all(lines).apply((lists) => lists.flat().sort().join("\n")),
            environment: { [SETTINGS_VARIABLE]: pulumi.secret(settings(registry)) },
        },
        opts,
    );
}

function settings({ access, pushConfig }: PackPushArgs["registry"]): pulumi.Output<string> {
    return pushConfig().apply((config) => {
        const value: PushSettings = { access, config };
        return JSON.stringify(value);
    });
}
