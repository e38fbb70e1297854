import type * as tools from "./tools";

/**
 * What goes to a registry, loaded on first use: hardly any run of the providers does, and reading packs brings libraries
 * along that take half a second to load.
 */
export function registryTools(): typeof tools {
    // Not import(): tsx does not load TypeScript that way from CommonJS.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("./tools") as typeof tools;
}
