import type { SourceLocation } from "../findings/finding";
import { conflictMarker, CONFLICT_MESSAGE } from "./yamlMessages";
import {
    placeInText,
    type Parsed,
    type Path,
    type SourceDocument,
    type Problem,
} from "./sourceDocument";

/** Deeper documents are refused: no pack file is, and a parser must not exhaust the stack. */
const MAXIMUM_DEPTH = 200;

/**
 * Parses strict JSON (RFC 8259) and keeps positions. `JSON.parse` keeps none, does not notice
 * duplicate keys, and tells the position of an error in another way in every Node version.
 */
export function parseJson(file: string, text: string): Parsed {
    const parser = new JsonParser(file, text);
    try {
        const value = parser.document();
        return { document: parser.positioned(value), problems: parser.problems };
    } catch (error) {
        if (!(error instanceof JsonError)) {
            throw error;
        }
        const conflict = conflictMarker(text);
        const place = placeInText(file, text, conflict ?? error.offset);
        const message = conflict === undefined ? error.message : CONFLICT_MESSAGE;
        return { problems: [{ kind: "syntax", place, message }] };
    }
}

class JsonError extends Error {
    constructor(
        readonly offset: number,
        message: string,
    ) {
        super(message);
    }
}

class JsonParser {
    readonly problems: Problem[] = [];
    private offset = 0;
    private readonly keys = new Map<string, number>();
    private readonly values = new Map<string, number>();

    constructor(
        private readonly file: string,
        private readonly text: string,
    ) {}

    document(): unknown {
        this.space();
        if (this.offset === this.text.length) {
            this.fail("it is empty");
        }
        if (/[\w-]+:(\s|$)/y.test(this.text.slice(this.offset))) {
            this.fail("it looks like YAML");
        }
        const value = this.value([]);
        this.space();
        if (this.offset < this.text.length) {
            this.fail("nothing may follow the value");
        }
        return value;
    }

    positioned(value: unknown): SourceDocument {
        const { file, text, keys, values } = this;
        const placeAt = (offset: number): SourceLocation => placeInText(file, text, offset);
        const place = (path: Path, part: "key" | "value" = "value"): SourceLocation => {
            const own = (part === "key" ? keys : values).get(pointer(path));
            if (own !== undefined) {
                return placeAt(own);
            }
            return path.length === 0 ? placeAt(0) : place(path.slice(0, -1));
        };
        return { file, text, value, place, placeAt };
    }

    private value(path: Path): unknown {
        this.space();
        if (path.length > MAXIMUM_DEPTH) {
            this.fail("nested too deeply");
        }
        this.values.set(pointer(path), this.offset);
        switch (this.text[this.offset]) {
            case "{":
                return this.object(path);
            case "[":
                return this.array(path);
            case '"':
                return this.string();
        }
        const word = this.take(
            /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])|(?:true|false|null)\b/y,
        );
        if (word === undefined) {
            return this.fail(this.insteadOf("a value is expected here"));
        }
        return JSON.parse(word);
    }

    private object(path: Path): Record<string, unknown> {
        const entries = new Map<string, unknown>();
        this.offset += 1;
        if (this.punctuation("}")) {
            return {};
        }
        do {
            this.space();
            const start = this.offset;
            if (this.text[start] !== '"') {
                this.noName(entries.size > 0);
            }
            const key = this.string();
            const child = [...path, key];
            if (entries.has(key)) {
                const first = placeInText(this.file, this.text, this.keys.get(pointer(child)) ?? 0);
                this.problems.push({
                    kind: "duplicate-key",
                    place: placeInText(this.file, this.text, start),
                    message: `Key ${key} appears twice (lines ${first.line} and ${this.lineAt(start)}).`,
                });
            }
            this.keys.set(pointer(child), start);
            if (!this.punctuation(":")) {
                this.fail("a colon is expected here");
            }
            entries.set(key, this.value(child));
        } while (this.goesOn("}"));
        return Object.fromEntries(entries);
    }

    private array(path: Path): unknown[] {
        const items: unknown[] = [];
        this.offset += 1;
        if (this.punctuation("]")) {
            return items;
        }
        do {
            if (items.length > 0 && this.next() === "]") {
                this.commaTooMany();
            }
            items.push(this.value([...path, items.length]));
        } while (this.goesOn("]"));
        return items;
    }

    /** Whether a comma leads to another member; the end of the collection is behind this. */
    private goesOn(end: "}" | "]"): boolean {
        const last = this.offset;
        if (this.punctuation(",")) {
            return true;
        }
        if (this.punctuation(end)) {
            return false;
        }
        if (!/["\w{[-]/.test(this.next() ?? "")) {
            this.fail(`a comma or ${end} is expected here`);
        }
        // What follows may stand lines below, and is not what is wrong.
        this.offset = last;
        return this.fail("a comma is missing here");
    }

    private noName(behindComma: boolean): never {
        if (behindComma && this.text[this.offset] === "}") {
            this.commaTooMany();
        }
        return this.fail(this.insteadOf("a property name in double quotes is expected here"));
    }

    private commaTooMany(): never {
        this.offset = this.text.lastIndexOf(",", this.offset);
        return this.fail("this comma is one too many");
    }

    /** What is said of a character that begins neither a name nor a value: of slips that are known, what they are. */
    private insteadOf(expected: string): string {
        const [found = ""] = /^(?:['‘’“”#]|[A-Z]\w+)?/.exec(this.text.slice(this.offset)) ?? [];
        if (found === "#") {
            return "JSON has no comments";
        }
        if (/^(True|False)$/.test(found)) {
            return `write ${found.toLowerCase()} for ${found}`;
        }
        if (/^(None|Null)$/.test(found)) {
            return `write null for ${found}`;
        }
        return /^['‘’“”]/.test(found) ? `${found} is no quote of JSON: write "` : expected;
    }

    private string(): string {
        const start = this.offset;

        const token = this.take(
            /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y,
        );
        if (token === undefined) {
            this.take(
                /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*/y,
            );
            const character = this.text[this.offset];
            const bad =
                character === "\\"
                    ? "has an unknown escape"
                    : character === "\t"
                      ? "has a tab: write \\t"
                      : "does not end";
            throw new JsonError(
                this.offset,
                `the string that begins in line ${this.lineAt(start)} ${bad}`,
            );
        }
        return JSON.parse(token) as string;
    }

    /** The next character that is no space. */
    private next(): string | undefined {
        this.space();
        return this.text[this.offset];
    }

    private punctuation(character: string): boolean {
        if (this.next() !== character) {
            return false;
        }
        this.offset += 1;
        return true;
    }

    private space(): void {
        this.take(/[ \t\r\n]*/y);
        if (/^\/[/*]/.test(this.text.slice(this.offset, this.offset + 2))) {
            this.fail("JSON has no comments");
        }
    }

    private take(pattern: RegExp): string | undefined {
        pattern.lastIndex = this.offset;
        const token = pattern.exec(this.text)?.[0];
        this.offset += token?.length ?? 0;
        return token;
    }

    private lineAt(offset: number): number {
        return placeInText(this.file, this.text, offset).line ?? 1;
    }

    private fail(message: string): never {
        throw new JsonError(this.offset, message);
    }
}

function pointer(path: Path): string {
    return JSON.stringify(path);
}
