import { readFileSync } from "node:fs";
import { UserError } from "../../pack/userError";

/** How to reach Palette. */
export interface PaletteSettings {
    /** `host` or `host:port`, without a scheme. */
    host: string;
    /** `https`, or `http` for a loopback address that was given with that scheme. */
    scheme: "https" | "http";
    /** API key. Secret. */
    apiKey: string;
    /** PEM text of the certificate authority of a self-hosted Palette. */
    ca?: string;
}

/** The public Palette, where nothing else is configured. */
const PUBLIC_HOST = "api.spectrocloud.com";

/** Where an API key comes from, in the order of precedence; ends every message about a missing or refused key. */
export const API_KEY_SOURCES =
    "set the environment variable SPECTROCLOUD_APIKEY, or run: pulumi config set --secret paletteApiKey";

/**
 * Reads the connection settings from a stack's configuration and the environment. The environment's API key
 * wins, so that a destroy works with a rotated key (the configuration that a provider sees then is the one
 * recorded in the state).
 *
 * @param get Reads one configuration key of this project.
 * @throws Error that names the key, its value (never the API key) and what was expected.
 */
export function paletteSettings(get: (key: string) => string | undefined): PaletteSettings {
    const given = get("paletteHost") || process.env.SPECTROCLOUD_HOST || PUBLIC_HOST;
    const [, scheme = "https", host] = /^(?:(https?):\/\/)?([^/?#\s@]+)\/?$/.exec(given) ?? [];
    if (host === undefined) {
        throw new UserError(
            `paletteHost: "${given}" is not a host name; expected host or host:port, such as ${PUBLIC_HOST}`,
        );
    }
    if (scheme === "http" && !/^(127\.[\d.]+|localhost|\[::1\])(:\d+)?$/.test(host)) {
        throw new UserError(
            `paletteHost: "${given}" would send the API key unencrypted; use https (http is accepted for loopback addresses only)`,
        );
    }
    const apiKey = process.env.SPECTROCLOUD_APIKEY || get("paletteApiKey");
    if (!apiKey) {
        throw new UserError(`paletteApiKey: no Palette API key is configured; ${API_KEY_SOURCES}`);
    }
    return { host, scheme: scheme as "https" | "http", apiKey, ca: readCa(get("paletteCaFile")) };
}

/** Palette's console: of the public Palette at another host than its API, of a self-hosted one at the same. */
export function consoleUrl({ scheme, host }: PaletteSettings): string {
    return `${scheme}://${host === PUBLIC_HOST ? "console.spectrocloud.com" : host}`;
}

function readCa(file: string | undefined): string | undefined {
    if (!file) {
        return undefined;
    }
    let text;
    try {
        text = readFileSync(file, "utf8");
    } catch (error) {
        throw new UserError(
            `paletteCaFile: "${file}" cannot be read (${(error as NodeJS.ErrnoException).code}); expected a PEM file, relative to the project folder`,
        );
    }
    if (!text.includes("-----BEGIN CERTIFICATE-----")) {
        throw new UserError(`paletteCaFile: "${file}" holds no PEM certificate`);
    }
    return text;
}
