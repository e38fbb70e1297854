/**
 * The version with its last number one higher, keeping what stands around it; undefined where it
 * has no number.
 */
export function nextVersion(version: string): string | undefined {
    const match = /^(v?(?:\d+\.)*)(\d+)((?:[-_].*)?)$/.exec(version);
    if (!match) {
        return undefined;
    }
    const [, head, last, tail] = match as unknown as [string, string, string, string];
    return `${head}${String(Number(last) + 1).padStart(last.length, "0")}${tail}`;
}
