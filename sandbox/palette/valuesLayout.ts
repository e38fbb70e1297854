import { type Document, parseDocument, type Scalar, visit } from "yaml";
import type { Context } from "./context";

/** Values texts are long and few: each is laid out once. */
const laidOut = new Map<string, string>();

/** Values as the API answers them: switch `valuesLayout`. What they say stays the same. */
export function answeredValues(context: Context, values: string): string {
    const position = context.switches.get("valuesLayout");
    if (position === "asSent" || values === "") {
        return values;
    }
    const key = `${position} ${values}`;
    const answer = laidOut.get(key) ?? layOut(values, position);
    laidOut.set(key, answer);
    return answer;
}

function layOut(values: string, position: "reformatted" | "withoutComments"): string {
    const document = parseDocument(values);
    if (document.errors.length > 0 || document.contents === null) {
        return values;
    }
    if (position === "withoutComments") {
        dropComments(document);
        return document.toString({ lineWidth: 0 });
    }
    visit(document, {
        Scalar(_key, node: Scalar) {
            if (node.type === "QUOTE_DOUBLE") {
                node.type = "QUOTE_SINGLE";
            } else if (node.type === "QUOTE_SINGLE") {
                node.type = "QUOTE_DOUBLE";
            }
        },
        Collection(_key, node) {
            node.flow = false;
            node.spaceBefore = false;
        },
    });
    return document.toString({ indent: 4, lineWidth: 0 });
}

function dropComments(document: Document): void {
    const drop = (node: { comment?: string | null; commentBefore?: string | null }): void => {
        node.comment = node.commentBefore = null;
    };
    drop(document);
    visit(document, { Node: (_key, node) => drop(node) });
}
