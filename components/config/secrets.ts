import * as pulumi from "@pulumi/pulumi";

/**
 * Whether a key of the stack's configuration holds a secret (`pulumi config set --secret`), itself or anywhere inside:
 * Pulumi does not tell where. The language host names such keys in `PULUMI_CONFIG_SECRET_KEYS` (sdk/nodejs/runtime/config.ts of
 * pulumi/pulumi).
 */
export function holdsSecret(key: string): boolean {
    const keys: string[] = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]");
    return keys.includes(`${pulumi.getProject()}:${key}`);
}

/** A text, as a secret where it may be one: the state has it encrypted, and no display shows it. */
export function secretIf(text: string, secret: boolean | undefined): pulumi.Input<string> {
    return secret ? pulumi.secret(text) : text;
}
