import type { Call } from "../api/call";

/** An item of the answer to {@link clusterSearch}, as far as it is read here. */
export interface ClusterSummary {
    metadata: { uid: string; name: string };
    status?: { state?: string };
}

/** The search for clusters of these names in a project. Deleted ones stay listed for days, so they are left out. */
export function clusterSearch(names: string[], project: string, subject: string): Call {
    const string = {
        operator: "eq",
        negation: false,
        ignoreCase: false,
        match: { conjunction: "or", values: names },
    };
    const filters = [
        { property: "clusterName", type: "string", condition: { string } },
        { property: "isDeleted", type: "bool", condition: { bool: { value: false } } },
    ];
    const filter = {
        conjunction: "and",
        filterGroups: [{ conjunction: "and", filters }],
    };
    return {
        method: "POST",
        path: "/v1/dashboard/spectroclusters/search",
        project,
        subject,
        body: { filter, sort: [] },
    };
}
