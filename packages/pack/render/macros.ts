import { isMapping } from "../format/sourceDocument";

/** A macro of Palette in a text: only `.spectro.` in braces is one. */
const MACRO = /\{\{[^{}]*(?<![\w.])\.spectro\.[^{}]*\}\}/g;

/** What a macro for the version of Kubernetes becomes, because charts calculate with it. */
const KUBERNETES_VERSION = /\.spectro\.system\.kubernetes\.version\b/;
const SHORTENED = /\bsubstr\s+0\s+(\d+)/;

/**
 * Values with a stand-in for each of Palette's macros, which only a deployment knows: Helm would
 * fail on them in a text that a chart renders as a template.
 */
export class MacroStandIns {
    private readonly macros = new Map<string, string>();

    constructor(private readonly kubeVersion: string) {}

    /** The values with stand-ins in their texts. */
    replace(value: unknown): unknown {
        if (typeof value === "string") {
            return value.replace(MACRO, (text) => this.standIn(text));
        }
        if (Array.isArray(value)) {
            return value.map((item) => this.replace(item));
        }
        if (!isMapping(value)) {
            return value;
        }
        return Object.fromEntries(
            Object.entries(value).map(([key, item]) => [
                this.replace(key) as string,
                this.replace(item),
            ]),
        );
    }

    /** A rendered text with the macros again. */
    restore(text: string): string {
        let restored = text;
        for (const [written, standIn] of this.macros) {
            restored = restored.replaceAll(standIn, written);
        }
        return restored;
    }

    private standIn(text: string): string {
        if (KUBERNETES_VERSION.test(text)) {
            const length = SHORTENED.exec(text)?.[1];
            return length ? this.kubeVersion.slice(0, Number(length)) : this.kubeVersion;
        }
        const known = this.macros.get(text);
        if (known !== undefined) {
            return known;
        }
        // As short as a name in Kubernetes, and ended by a letter so that none is part of another.
        const standIn = `spectro-macro-${this.macros.size}-x`;
        this.macros.set(text, standIn);
        return standIn;
    }
}
