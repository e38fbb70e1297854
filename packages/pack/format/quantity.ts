const factors = new Map([
    ["m", 1e-3],
    ["", 1],
    ["k", 1e3],
    ["M", 1e6],
    ["G", 1e9],
    ["T", 1e12],
    ["P", 1e15],
    ["E", 1e18],
    ["Ki", 2 ** 10],
    ["Mi", 2 ** 20],
    ["Gi", 2 ** 30],
    ["Ti", 2 ** 40],
    ["Pi", 2 ** 50],
    ["Ei", 2 ** 60],
]);

/**
 * Value of a Kubernetes quantity, such as `250m`, `0.5` or `64Mi`, in its base unit (cores, bytes);
 * undefined for anything else, a macro for example.
 */
export function parseQuantity(quantity: unknown): number | undefined {
    if (typeof quantity === "number") {
        return quantity >= 0 ? quantity : undefined;
    }
    if (typeof quantity !== "string") {
        return undefined;
    }
    const match = /^\+?(\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?([A-Za-z]*)$/.exec(quantity.trim());
    const factor = factors.get(match?.[3] ?? "");
    if (!match || factor === undefined || (match[2] && match[3])) {
        return undefined;
    }
    return Number(`${match[1]}${match[2] ?? ""}`) * factor;
}
