/** The host of an endpoint, with its port. */
export function hostOf(endpoint: string): string {
    return endpoint.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}
