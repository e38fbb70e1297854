import type * as pulumi from "@pulumi/pulumi";
import { configure } from "../../packages/palette/api/session";
import type { PaletteBench } from "../sandbox/paletteSupport";
import type { FakePalette } from "./fakePalette";

/** Looks a key of the configuration up. */
export type Lookup = (key: string) => string | undefined;

/** Connects the providers with a Palette as the engine does it, by the stack's configuration. */
async function connect(
    config: Record<string, string>,
    more: Lookup = () => undefined,
): Promise<Lookup> {
    // The shell's key would win.
    delete process.env.SPECTROCLOUD_APIKEY;
    const get = (key: string) => config[key] ?? more(key);
    await configure({ config: { get } } as unknown as pulumi.dynamic.ConfigureRequest);
    return get;
}

/** @param more The configuration beside Palette's own keys. */
export function connectWithSandbox({ sandbox }: PaletteBench, more?: Lookup): Promise<Lookup> {
    const { palette, caFile } = sandbox;
    const config = {
        paletteHost: palette.endpoint,
        paletteApiKey: palette.apiKey,
        paletteCaFile: caFile,
    };
    return connect(config, more);
}

/** @param more The configuration beside Palette's own keys. */
export function connectWithFake({ settings }: FakePalette, more?: Lookup): Promise<Lookup> {
    const { scheme, host, apiKey } = settings;
    return connect({ paletteHost: `${scheme}://${host}`, paletteApiKey: apiKey }, more);
}
