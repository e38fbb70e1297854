/**
 * The labels of a version: `tag` is the version itself, `parentTags` the moving ones that are made
 * by themselves (`14.4.x`, `14.x`), with the group in front where there is one (`LTS__22.4.x`).
 * Source: "Spectro CLI reference", pack tag add. Numbers lose their leading zeros there.
 */
export function movingTags(version: string, group: string): { tag: string; parentTags: string[] } {
    const numbers = /^\d+(\.\d+)*/.exec(version)?.[0].split(".").map(Number) ?? [];
    // A version of two parts (22.04) has a series of its own (22.4.x).
    const series = [numbers.slice(0, 2), numbers.slice(0, 1)].filter((part) => part.length > 0);
    const labels = series.map((part) => `${group === "" ? "" : `${group}__`}${part.join(".")}.x`);
    return { tag: version, parentTags: [...new Set(labels)] };
}
