import { invalid } from "./context";

type Kind = "text" | "flag" | "seconds or never";

const fits: Record<Kind, (value: unknown) => boolean> = {
    text: (value) => typeof value === "string",
    flag: (value) => typeof value === "boolean",
    "seconds or never": (value) =>
        value === "never" || (Number.isFinite(value) && Number(value) >= 0),
};

/** Throws 400 for trouble of another kind than the named ones, or of another type. */
export function checkFault(fault: object, kinds: Record<string, Kind>): void {
    for (const [name, value] of Object.entries(fault)) {
        const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
        if (!kind) {
            const known = Object.entries(kinds).map(([key, of]) => `${key} (${of})`);
            throw invalid(`fault '${name}': there are ${known.join(", ")}`);
        }
        if (!fits[kind](value)) {
            throw invalid(`fault '${name}' must be ${kind}`);
        }
    }
}
