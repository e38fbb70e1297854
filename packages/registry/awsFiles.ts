import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { AwsSettings } from "./awsSettings";
import { UserError } from "../pack/userError";

/** The region that the AWS provider works in, and where it is set. */
export interface ConfiguredRegion {
    region: string;
    from: string;
}

/** The provider's region, in its order: the configuration, the environment, the profile; undefined where there is none. */
export function configuredRegion(settings: AwsSettings): ConfiguredRegion | undefined {
    const { AWS_REGION, AWS_DEFAULT_REGION, AWS_PROFILE } = process.env;
    const profile = settings.profile || AWS_PROFILE || "default";
    const places: [from: string, region: () => string | undefined][] = [
        ["aws:region", () => settings.region],
        ["AWS_REGION", () => AWS_REGION],
        ["AWS_DEFAULT_REGION", () => AWS_DEFAULT_REGION],
        [`the AWS profile ${profile}`, () => regionOfProfile(settings, profile)],
    ];
    for (const [from, find] of places) {
        const region = find();
        if (region) {
            return { region, from };
        }
    }
    return undefined;
}

/** The text of a file; empty where it is not there, as for the AWS provider. */
export function textOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}

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
        throw new UserError(
            `${from}: "${file}" cannot be read (${(error as NodeJS.ErrnoException).code}); expected a PEM file`,
        );
    }
}

/** The later ones of several files count, and what is in a file of credentials first, as for the SDKs. */
function regionOfProfile(settings: AwsSettings, profile: string): string | undefined {
    const { AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE } = process.env;
    const config = settings.sharedConfigFiles ?? [AWS_CONFIG_FILE || "~/.aws/config"];
    const credentials = settings.sharedCredentialsFiles ?? [
        AWS_SHARED_CREDENTIALS_FILE || "~/.aws/credentials",
    ];
    let region: string | undefined;
    for (const file of [...config, ...credentials]) {
        let section = "";
        for (const line of textOf(expandedPath(file)).split(/\r?\n/)) {
            section = /^\s*\[\s*(?:profile\s+)?([^\]]*?)\s*\]/.exec(line)?.[1] ?? section;
            const [, value] = /^region\s*=\s*(\S+)/.exec(line) ?? [];
            region = section === profile && value ? value : region;
        }
    }
    return region;
}
