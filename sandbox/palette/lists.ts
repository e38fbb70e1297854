import { ApiError, invalid } from "./context";

/** Query of a list (all values as they stand in the URL). */
export interface ListQuery {
    filters?: string;
    orderBy?: string;
    limit?: string;
    offset?: string;
    continue?: string;
}

export interface Page<T> {
    items: T[];
    /** `v1ListMetaData`; `continue` is empty on the last page. */
    listmeta: { continue: string; count: number; limit: number; offset: number };
}

/** Palette's page size, the default and the most ("REST API, pagination"). */
const PAGE_SIZE = 50;

/** A `limit` that no client can send: the server puts it where the switch `limitZero` says so. */
export const UNLIMITED = "all of them";

/** One page; a limit of 0 is the default one. `continue` wins over `offset`. Throws 400 for a token or number that is none. */
export function page<T>(items: T[], query: ListQuery): Page<T> {
    const offset =
        query.continue === undefined || query.continue === ""
            ? integer("offset", query.offset)
            : fromToken(query.continue);
    const limit =
        query.limit === UNLIMITED
            ? items.length
            : Math.min(integer("limit", query.limit) || PAGE_SIZE, PAGE_SIZE);
    const end = offset + limit;
    return {
        items: items.slice(offset, end),
        listmeta: {
            continue: end < items.length ? toToken(end) : "",
            count: items.length,
            limit,
            offset,
        },
    };
}

/** `filters`, `orderBy` and the page, applied to items as they are answered. */
export function list<T extends object>(items: T[], query: ListQuery): Page<T> {
    return page(order(filter(items, query.filters), query.orderBy), query);
}

/** `v1FilterString`: text compared without regard to case unless the filter says otherwise. */
export interface TextFilter {
    eq?: string;
    ne?: string;
    contains?: string;
    beginsWith?: string;
    ignoreCase?: boolean;
}

/** Whether the text passes; no filter lets all pass. */
export function matchesText(text: string, filter: TextFilter | undefined): boolean {
    const fold = (value: string): string =>
        filter?.ignoreCase === false ? value : value.toLowerCase();
    const subject = fold(text);
    return (
        !filter ||
        ((!filter.eq || subject === fold(filter.eq)) &&
            (!filter.ne || subject !== fold(filter.ne)) &&
            (!filter.contains || subject.includes(fold(filter.contains))) &&
            (!filter.beginsWith || subject.startsWith(fold(filter.beginsWith))))
    );
}

/**
 * `filters=a=bANDc=d` (or `OR`; values raw): the items whose member at the dotted path `a` is `b`.
 * `path_in_x,y` takes members, or lists of members, that are among the values.
 */
function filter<T extends object>(items: T[], expression: string | undefined): T[] {
    if (!expression) {
        return items;
    }
    // A separator is one only before the next key, so that values may hold the letters.
    const alternatives = expression
        .split(/OR(?=[\w.-]+?(?:!?=|_in_))/)
        .map((alternative) =>
            alternative.split(/AND(?=[\w.-]+?(?:!?=|_in_))/).map((term) => condition(term)),
        );
    return items.filter((item) =>
        alternatives.some((conditions) =>
            conditions.every((holds) => holds(item as Record<string, unknown>)),
        ),
    );
}

function condition(term: string): (item: Record<string, unknown>) => boolean {
    const equals = /^([\w.-]+)(!?=)(.*)$/.exec(term);
    if (equals) {
        const [, path, operator, value] = equals as unknown as [string, string, string, string];
        return (item) => matches(at(item, path), [value]) === (operator === "=");
    }
    const among = /^([\w.-]+?)_in_(.+)$/.exec(term);
    if (among) {
        const [, path, values] = among as unknown as [string, string, string];
        return (item) => matches(at(item, path), values.split(","));
    }
    throw invalid(`filters: '${term}' is neither key=value nor key_in_a,b`);
}

function matches(member: unknown, values: string[]): boolean {
    const members: unknown[] = Array.isArray(member) ? member : [member];
    return members.some((value) => value !== undefined && values.includes(String(value)));
}

/** The member at a dotted path; the rest of a path may be one key that holds dots (labels). */
function at(item: Record<string, unknown>, path: string): unknown {
    if (path in item) {
        return item[path];
    }
    const [head, ...rest] = path.split(".");
    const next = item[head!];
    return rest.length > 0 && next !== null && typeof next === "object"
        ? at(next as Record<string, unknown>, rest.join("."))
        : undefined;
}

/** `orderBy=path=1,path=-1` (1 ascending, -1 descending). Throws 400 for anything else. */
function order<T extends object>(items: T[], orderBy: string | undefined): T[] {
    if (!orderBy) {
        return items;
    }
    const keys = orderBy.split(",").map((key) => {
        const match = /^([\w.-]+)=(-?1)$/.exec(key);
        if (!match) {
            throw invalid(`orderBy: '${key}' is not path=1 or path=-1`);
        }
        return { path: match[1]!, direction: Number(match[2]) };
    });
    return [...items].sort((left, right) => {
        for (const { path, direction } of keys) {
            const a = String(at(left as Record<string, unknown>, path) ?? "");
            const b = String(at(right as Record<string, unknown>, path) ?? "");
            if (a !== b) {
                return a < b ? -direction : direction;
            }
        }
        return 0;
    });
}

function integer(name: string, text: string | undefined): number {
    if (text === undefined || text === "") {
        return 0;
    }
    if (!/^\d{1,9}$/.test(text)) {
        throw invalid(`${name}: '${text}' is not a whole number`);
    }
    return Number(text);
}

function toToken(offset: number): string {
    return Buffer.from(`offset:${offset}`).toString("base64url");
}

function fromToken(token: string): number {
    const match = /^offset:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString());
    if (!match) {
        throw new ApiError(400, "InvalidRequest", "continue: the token is not one of this list");
    }
    return Number(match[1]);
}
