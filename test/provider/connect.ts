import type * as pulumi from "@pulumi/pulumi";
import { configure } from "../../packages/palette/api/session";
import type { PaletteBench } from "../sandbox/paletteSupport";
import type { FakePalette } from "./fakePalette";

/** Looks a key of the configuration up. */
export type Lookup = (key: string) => string | undefined;

/** Connects the providers with a Palette as the engine does it, by the stack's configuration. */
async function connect(config: Record<string, string>): Promise<Lookup> {
    // The shell's key would win.
    delete process.env.SPECTROCLOUD_APIKEY;
    const get = (key: string) => config[key];
    await configure({ config: { get } } as unknown as pulumi.dynamic.ConfigureRequest);
    return get;
}

export function connectWithSandbox({ sandbox }: PaletteBench): Promise<Lookup> {
    const { palette, caFile } = sandbox;
    return connect({
        paletteHost: palette.endpoint,
        paletteApiKey: palette.apiKey,
        paletteCaFile: caFile,
    });
}

export function connectWithFake({ settings }: FakePalette): Promise<Lookup> {
    const { scheme, host, apiKey } = settings;
    return connect({ paletteHost: `${scheme}://${host}`, paletteApiKey: apiKey });
}
