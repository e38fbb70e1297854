import type * as registry from "./index";

/**
 * What goes to a registry, loaded on first use: hardly any run of the providers does, and reading packs brings libraries
 * along that take half a second to load.
 */
export function lazyRegistry(): typeof registry {
    // Not import(): tsx does not load TypeScript that way from CommonJS.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    return require("./index") as typeof registry;
}
