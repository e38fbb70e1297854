import type * as pulumi from "@pulumi/pulumi";

/**
 * A `check` that says in a preview already that the name of a new resource is taken, and the ways out.
 *
 * @param refusalOf Looks the name up, with reads only; undefined where the name is free, or the stack's own.
 */
export function nameCheck<I extends object>(
    refusalOf: (news: I, olds: I | undefined) => Promise<string | undefined>,
): (olds: I, news: I) => Promise<pulumi.dynamic.CheckResult<I>> {
    return async (olds, news) => {
        const reason = await refusalOf(news, isNew(olds) ? undefined : olds);
        // Of no property: the engine would print its value before the reason.
        const failures = reason === undefined ? [] : [{ property: "", reason }];
        return { inputs: news, failures };
    };
}

/** The engine asks about what it has not made yet, and about a replacement, without properties. */
export function isNew(olds: object | undefined): boolean {
    return Object.keys(olds ?? {}).length === 0;
}
