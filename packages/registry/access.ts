import { readFile } from "node:fs/promises";
import type { ECRClient } from "@aws-sdk/client-ecr";

/**
 * A registry that packs are pushed to, as states and commands keep it. Everything else, credentials above all, is looked
 * up under its name when it is needed.
 */
export interface RegistryAccess {
    /** Name under `registries[]` in the stack's configuration. */
    name: string;
    /** What it is on the wire: a key of the table in kinds/index.ts. */
    kind: string;
    /** Host, with a port where it has one. */
    host: string;
}

/** What it takes to talk to a registry now. Holds secrets: it is never written down. */
export interface Login {
    host: string;
    username?: string;
    password?: string;
    /** Bearer token in place of user and password. */
    token?: string;
    /** PEM file. */
    caFile?: string;
    insecureSkipVerify?: boolean;
    /** Variables for the command that talks to the registry. */
    env?: Record<string, string>;
    /** The AWS API beside an ECR registry. */
    ecr?: ECRClient;
}

/** The PEM text of a login's CA. @throws Error when its file cannot be read. */
export async function caOf({ caFile }: Login): Promise<string | undefined> {
    return caFile === undefined ? undefined : readFile(caFile, "utf8");
}
