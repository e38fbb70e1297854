import * as pulumi from "@pulumi/pulumi";
import { Command } from "@pulumi/command/local";
import type { RegistryArgs } from "../registries/packRegistry";
import type { PackRepository } from "../../packages/palette/resources";
import type { RegistryAccess } from "../../packages/registry/access";
import { pushLine, SETTINGS_VARIABLE, type PushSettings } from "../../packages/registry/pushOrder";

export interface PackPushArgs {
    access: RegistryAccess;
    /** Credentials, where they are not the AWS provider's. */
    registry: RegistryArgs;
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
    { access, registry, repositories, overwrite }: PackPushArgs,
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
            // Its text is in the messages of the command's errors.
            interpreter: [
                "node",
                "--require",
                "./startup/typescript.js",
                "packages/registry/pushPacks.ts",
            ],
            create: overwrite ? "overwrite" : "push",
            stdin: pulumi.all(lines).apply((all) => all.flat().sort().join("\n")),
            environment: { [SETTINGS_VARIABLE]: pulumi.secret(settings(access, registry)) },
        },
        opts,
    );
}

function settings(access: RegistryAccess, registry: RegistryArgs): pulumi.Output<string> {
    if (access.kind === "ecr") {
        const aws = Object.entries(pulumi.runtime.allConfig()).filter(([key]) =>
            key.startsWith("aws:"),
        );
        return pulumi.output(text({ access, config: Object.fromEntries(aws) }));
    }
    const { name, username, password, token, endpoint, pushEndpoint, caFile, insecureSkipVerify } =
        registry as Partial<Extract<RegistryArgs, { kind: "basic" }>>;
    const entry = {
        ...{ name, username, password, token },
        ...{ endpoint, pushEndpoint, caFile, insecureSkipVerify },
    };
    return pulumi
        .output(entry)
        .apply((known) => text({ access, config: { registries: JSON.stringify([known]) } }));
}

const text = (value: PushSettings) => JSON.stringify(value);
