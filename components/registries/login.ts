import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { PushEntry } from "./registryKind";
import type { BasicCredentials } from "../../packages/palette/registry/registryCredentials";
import type { RegistryTls } from "../../packages/palette/registry/registryKind";
import { UserError } from "../../packages/pack/userError";

/** The keys of an entry that a push logs in with, as the one entry of a configuration. */
export function entryConfig(entry: PushEntry): pulumi.Output<Record<string, string>> {
    const { name, username, password, token, endpoint, pushEndpoint, caFile, insecureSkipVerify } =
        entry;
    const login = { name, username, password, token };
    return pulumi
        .output({ ...login, endpoint, pushEndpoint, caFile, insecureSkipVerify })
        .apply((known): Record<string, string> => ({ registries: JSON.stringify([known]) }));
}

/** What Palette reads a registry with: user and password, or a token. */
export function credentialsOf({
    username,
    password,
    token,
}: Pick<PushEntry, "username" | "password" | "token">): pulumi.Output<BasicCredentials> {
    return token === undefined
        ? pulumi.output({
              type: "basic" as const,
              username: username ?? "",
              password: pulumi.secret(password ?? ""),
          })
        : pulumi.output({ type: "token" as const, token: pulumi.secret(token) });
}

/** How Palette trusts a registry's certificate. @throws Error when the CA's file cannot be read. */
export function tlsOf({ name, caFile, insecureSkipVerify }: PushEntry): RegistryTls | undefined {
    const certificate = caFile ? readCa(name, caFile) : "";
    return certificate || insecureSkipVerify
        ? {
              ...(certificate && { certificate }),
              ...(insecureSkipVerify && { insecureSkipVerify: true }),
          }
        : undefined;
}

function readCa(name: string, file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        throw new UserError(
            `caFile of registries[] "${name}": "${file}" cannot be read (${(error as NodeJS.ErrnoException).code}); ` +
                "expected a PEM file, relative to the project folder",
        );
    }
}
