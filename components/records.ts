/** A record with every value replaced. */
export function mapValues<T, U>(
    record: Record<string, T>,
    map: (value: T, key: string) => U,
): Record<string, U> {
    return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
