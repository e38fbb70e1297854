import { fail, GoTemplateError, readAction, type TemplateFault, type Token } from "./goTokens";
import { nearest } from "./nearest";
import { templateFunctions } from "./templateFunctions";

/** What a template that parses says about itself. */
export interface ParsedTemplate {
    fault?: TemplateFault;
    /** Names of templates that it defines. */
    defines: Set<string>;
    /** Calls of templates by a literal name. */
    includes: { name: string; offset: number }[];
}

/**
 * Parses a Go template as text/template does, with the functions of sprig and Helm: actions, pipelines, parentheses,
 * blocks, comments and trim markers. What it does when it runs is not looked at.
 */
export function parseGoTemplate(text: string): ParsedTemplate {
    const parsed: ParsedTemplate = { defines: new Set(), includes: [] };
    try {
        new TemplateParser(text, parsed).run();
    } catch (error) {
        if (!(error instanceof GoTemplateError)) {
            throw error;
        }
        parsed.fault = error.fault;
    }
    return parsed;
}

const BLOCKS = ["if", "with", "range", "define", "block"];
const LITERALS = ["true", "false", "nil"];

class TemplateParser {
    private readonly open: { keyword: string; offset: number; closed: boolean }[] = [];

    constructor(
        private readonly text: string,
        private readonly parsed: ParsedTemplate,
    ) {}

    run(): void {
        let position = 0;
        for (;;) {
            const start = this.text.indexOf("{{", position);
            if (start === -1) {
                break;
            }
            const { tokens, end } = readAction(this.text, start);
            if (tokens) {
                this.statement(tokens, start);
            }
            position = end;
        }
        const block = this.open.at(-1);
        if (block) {
            fail(block.offset, `the ${block.keyword} here has no end`);
        }
    }

    private statement(tokens: Token[], start: number): void {
        const [first] = tokens;
        if (!first) {
            return fail(start, "the braces hold nothing");
        }
        const rest = tokens.slice(1);
        if (first.kind !== "word") {
            return this.pipeline(tokens);
        }
        switch (first.text) {
            case "end": {
                if (rest[0]) {
                    fail(rest[0].offset, "nothing may follow end");
                }
                if (!this.open.pop()) {
                    fail(first.offset, "the end here ends no block");
                }
                return;
            }
            case "else": {
                const block = this.open.at(-1);
                if (!block || !["if", "with", "range"].includes(block.keyword)) {
                    return fail(first.offset, "the else here belongs to no if, with or range");
                }
                if (block.closed) {
                    fail(first.offset, "a second else follows the last one");
                }
                if (!rest[0]) {
                    block.closed = true;
                } else if (!["if", "with"].includes(rest[0].text)) {
                    fail(rest[0].offset, `else ${rest[0].text} has no meaning`, "Write else if.");
                } else {
                    this.pipeline(rest.slice(1), rest[0]);
                }
                return;
            }
            case "break":
            case "continue":
                if (rest.length === 0 && this.open.some(({ keyword }) => keyword === "range")) {
                    return;
                }
                break;
            case "template":
                if (rest[0]?.kind !== "text") {
                    fail(first.offset, "template needs a name in quotes");
                }
                this.include(rest[0] as Token);
                return rest.length > 1 ? this.pipeline(rest.slice(1)) : undefined;
        }
        if (!BLOCKS.includes(first.text)) {
            return this.pipeline(tokens);
        }
        this.open.push({ keyword: first.text, offset: first.offset, closed: false });
        if (first.text !== "define" && first.text !== "block") {
            return this.pipeline(rest, first);
        }
        if (rest[0]?.kind !== "text") {
            fail(first.offset, `${first.text} needs a name in quotes`);
        }
        this.parsed.defines.add((rest[0] as Token).text.slice(1, -1));
        if (first.text === "block") {
            this.pipeline(rest.slice(1), first);
        }
    }

    /** Commands with bars between them, behind an optional assignment. */
    private pipeline(given: Token[], keyword?: Token): void {
        let tokens = given;
        if (tokens.length === 0) {
            return fail(keyword?.offset ?? 0, `${keyword?.text ?? "the action"} needs a value`);
        }
        const assignment = tokens.findIndex(
            ({ text, kind }) => kind === "operator" && /^:?=$/.test(text),
        );
        if (assignment !== -1) {
            const targets = tokens.slice(0, assignment).filter(({ text }) => text !== ",");
            const wrong = targets.find(({ kind, text }) => kind !== "variable" || text === "$");
            const equals = tokens[assignment] as Token;
            if (wrong || targets.length === 0) {
                const help = equals.text === "=" ? "Compare with eq: eq a b." : undefined;
                fail(equals.offset, `${equals.text} assigns to variables only`, help);
            }
            tokens = tokens.slice(assignment + 1);
            if (tokens.length === 0) {
                fail(equals.offset, "a value is missing");
            }
        }
        let command: Token[] = [];
        let depth = 0;
        const parts: Token[][] = [command];
        for (const token of tokens) {
            if (token.text === "(" && token.kind === "operator") {
                depth += 1;
            }
            if (token.text === ")" && token.kind === "operator") {
                depth -= 1;
            }
            if (depth < 0) {
                fail(token.offset, "the parenthesis here closes nothing");
            }
            if (token.kind === "operator" && token.text === "|" && depth === 0) {
                if (command.length === 0) {
                    fail(token.offset, "a value is missing before |");
                }
                command = [];
                parts.push(command);
            } else {
                command.push(token);
            }
        }
        const opening = tokens.find(({ text, kind }) => kind === "operator" && text === "(");
        if (depth > 0) {
            fail((opening as Token).offset, "a parenthesis here is not closed");
        }
        const bar = tokens.at(-1) as Token;
        if (command.length === 0) {
            fail(bar.offset, "a function is missing behind |");
        }
        parts.forEach((part, index) => this.command(part, index > 0));
    }

    private command(tokens: readonly Token[], piped: boolean): void {
        const [first] = tokens as [Token];
        if (piped && (first.kind === "text" || first.kind === "number")) {
            fail(first.offset, `${first.text} is no function`);
        }
        for (let index = 0; index < tokens.length; index += 1) {
            const token = tokens[index] as Token;
            if (token.text === "(" && token.kind === "operator") {
                let depth = 1;
                let end = index + 1;
                while (depth > 0) {
                    const inner = tokens[end] as Token;
                    if (inner.kind === "operator") {
                        depth += inner.text === "(" ? 1 : inner.text === ")" ? -1 : 0;
                    }
                    end += 1;
                }
                this.pipeline(tokens.slice(index + 1, end - 1), token);
                index = end - 1;
            } else if (token.kind === "operator") {
                fail(token.offset, `${token.text} has no meaning here`);
            } else if (token.kind === "word" && !LITERALS.includes(token.text)) {
                this.function(token);
                const name = tokens[index + 1];
                if (token.text === "include" && name?.kind === "text") {
                    this.include(name);
                }
            }
        }
    }

    private function({ text, offset }: Token): void {
        if (templateFunctions.has(text)) {
            return;
        }
        if (/^(Values|Release|Chart|Capabilities|Files|Template|spectro)$/.test(text)) {
            fail(offset, `${text} needs a dot before it`, `Write .${text}.`);
        }
        const near = nearest(text, templateFunctions);
        fail(offset, `no function is called ${text}`, near && `Did you mean ${near}?`);
    }

    private include({ text, offset }: Token): void {
        this.parsed.includes.push({ name: text.slice(1, -1), offset });
    }
}
