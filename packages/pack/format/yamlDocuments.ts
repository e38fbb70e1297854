import {
    Composer,
    isCollection,
    Lexer,
    parseAllDocuments,
    Parser,
    visit,
    YAMLParseError,
    type Document,
    type ParsedNode,
} from "yaml";

/** How strict a parser is. */
export interface YamlOptions {
    /** Whether a key that occurs twice is an error; else that is for a rule to judge. */
    uniqueKeys?: boolean;
}

const common = { prettyErrors: false, merge: true, logLevel: "error" } as const;

/**
 * Parses a stream of YAML documents the way that Palette and Helm do: their parsers, and those of
 * other languages, let a quoted text or a collection in brackets go on with less indentation than
 * YAML demands, and a comment follow a quote without a space. A text with such slips is read as it
 * is meant; any other has the errors of a strict parser. A collection that contains itself is an
 * error, as it is to those parsers.
 *
 * @returns The documents, with their errors; none for an empty text.
 * @throws RangeError when collections are nested too deeply, Error for what the composer refuses.
 */
export function readYamlDocuments(
    text: string,
    { uniqueKeys = false }: YamlOptions = {},
): Document.Parsed[] {
    const options = { ...common, uniqueKeys };
    const strict = parseAllDocuments(text, options);
    if (!Array.isArray(strict)) {
        return [];
    }
    const lenient = isFaultless(strict) ? strict : readLeniently(text, new Composer(options));
    const documents = isFaultless(lenient) ? lenient : strict;
    if (text.includes("*")) {
        for (const document of documents) {
            refuseCycles(document);
        }
    }
    return documents;
}

/**
 * The one document of a text; an empty one for an empty text. A second document is an error.
 *
 * @throws As `readYamlDocuments`.
 */
export function readYamlDocument(text: string, options: YamlOptions = {}): Document.Parsed {
    const [first, second] = readYamlDocuments(text, options);
    if (!first) {
        return new Composer(common).end(true, text.length).next().value as Document.Parsed;
    }
    if (second) {
        const [start, end] = second.range;
        first.errors.push(new YAMLParseError([start, end], "MULTIPLE_DOCS", "A second document."));
    }
    return first;
}

function isFaultless(documents: readonly Document.Parsed[]): boolean {
    return documents.every(({ errors }) => errors.length === 0);
}

/** What contains itself has no end when it is written out. */
function refuseCycles(document: Document.Parsed): void {
    visit(document, {
        Alias(_, alias, ancestors) {
            const named = ancestors.filter(
                (node) => isCollection(node) && node.anchor === alias.source,
            );
            if (!named.length || !named.some((node) => node === alias.resolve(document))) {
                return;
            }
            const message = `The anchor ${alias.source} contains itself.`;
            const [start, end] = alias.range as [number, number, number];
            document.errors.push(new YAMLParseError([start, end], "BAD_ALIAS", message));
        },
    });
}

function readLeniently(text: string, composer: Composer): Document.Parsed<ParsedNode>[] {
    const parser = new Parser();
    const documents: Document.Parsed[] = [];
    for (const lexeme of new LenientLexer().lex(text)) {
        for (const token of parser.next(lexeme)) {
            documents.push(...composer.next(token));
        }
    }
    for (const token of parser.end()) {
        documents.push(...composer.next(token));
    }
    documents.push(...composer.end());
    for (const document of documents) {
        document.errors = document.errors.filter(
            ({ message }) => !message.startsWith("Comments must be separated"),
        );
    }
    return documents;
}

/** What the declaration of the library's lexer hides: the version is pinned, and tests cover this. */
interface LexerInside {
    /** Indentation that following lines of the current node must have. */
    indentNext: number;
    lex(source: string): Generator<string, void>;
    parseQuotedScalar(): Generator<string, unknown>;
    parseFlowCollection(): Generator<string, unknown>;
}

/** Between quotes and brackets, indentation means nothing. */
class LenientLexer extends (Lexer as unknown as new () => LexerInside) {
    override *parseQuotedScalar(): Generator<string, unknown> {
        const { indentNext } = this;
        this.indentNext = 0;
        const next = yield* super.parseQuotedScalar();
        this.indentNext = indentNext;
        return next;
    }

    override *parseFlowCollection(): Generator<string, unknown> {
        const { indentNext } = this;
        this.indentNext = 0;
        const next = yield* super.parseFlowCollection();
        // Unless another document began meanwhile.
        if (this.indentNext === 0) {
            this.indentNext = indentNext;
        }
        return next;
    }
}
