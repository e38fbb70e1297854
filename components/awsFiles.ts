import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { AwsSettings } from "./awsSettings";

/** A path as the AWS provider takes it: with `~` and variables in it. */
export function expandedPath(path: string): string {
    return path
        .replace(/^~(?=\/|$)/, homedir())
        .replace(
            /\$(?:\{(\w+)\}|(\w+))/g,
            (_, braced, plain) => process.env[braced ?? plain] ?? "",
        );
}

/** The PEM file of the authorities that AWS's certificates are judged by; undefined for the usual ones. */
export function caBundleOf({ customCaBundle }: AwsSettings): string | undefined {
    const file = customCaBundle || process.env.AWS_CA_BUNDLE;
    return file ? expandedPath(file) : undefined;
}

/** The text of {@link caBundleOf}. @throws Error that names the key or variable where it cannot be read. */
export function readCaBundle(settings: AwsSettings): string | undefined {
    const file = caBundleOf(settings);
    try {
        return file && readFileSync(file, "utf8");
    } catch (error) {
        const from = settings.customCaBundle ? "aws:customCaBundle" : "AWS_CA_BUNDLE";
        throw new Error(
            `${from}: "${file}" cannot be read (${(error as NodeJS.ErrnoException).code}); expected a PEM file`,
        );
    }
}
