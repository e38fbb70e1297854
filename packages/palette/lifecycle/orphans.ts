import type { Call } from "../api/call";
import { palette, setting } from "../api/session";

/** An object as the lists below have it. */
interface ListedObject {
    metadata: { uid: string; name: string; labels?: Record<string, string> };
    status?: { state?: string };
}

/** An object that carries a label. */
export interface LabelledObject {
    uid: string;
    /** `registry "ecr-registry" (uid 5f…)`. */
    title: string;
}

/**
 * What carries a label in Palette: registries (`GET /v1/registries/oci/summary`, and `/v1/registries/pack` for legacy ones;
 * tenant scope), profiles and clusters of the stack's project. A run that was killed has left an object behind when
 * the configuration then got another name for it.
 */
export async function objectsWithLabel(key: string, value: string): Promise<LabelledObject[]> {
    const subject = "what the stack has made in Palette";
    const { items } = await palette().request<{ items?: ListedObject[] | null }>({
        method: "GET",
        path: "/v1/dashboard/projects/metadata",
        subject,
    });
    const name = setting("paletteProject") || DEFAULT_PROJECT;
    const projects = (items ?? [])
        .filter(({ metadata }) => metadata.name === name)
        .map(({ metadata }) => metadata.uid);
    const calls: [kind: string, call: Call][] = [
        ["registry", { method: "GET", path: "/v1/registries/oci/summary", subject }],
        ["registry", { method: "GET", path: "/v1/registries/pack", subject }],
        ...projects.flatMap((project): [string, Call][] => [
            [
                "cluster profile",
                {
                    method: "POST",
                    path: "/v1/dashboard/clusterprofiles",
                    project,
                    subject,
                    body: { filter: { tags: { eq: [`${key}:${value}`] } }, sort: [] },
                },
            ],
            [
                "cluster",
                {
                    method: "POST",
                    path: "/v1/dashboard/spectroclusters/search",
                    project,
                    subject,
                    body: { filter: NOT_DELETED, sort: [] },
                },
            ],
        ]),
    ];
    const found = await Promise.all(
        calls.map(async ([kind, call]) =>
            (await palette().list<ListedObject>(call))
                .filter(({ metadata }) => metadata.labels?.[key] === value)
                .filter(({ status }) => !/^Delet/.test(status?.state ?? ""))
                .map(({ metadata: { name, uid } }) => ({
                    uid,
                    title: `${kind} "${name}" (uid ${uid})`,
                })),
        ),
    );
    return found.flat();
}

/** The project where none is configured. */
const DEFAULT_PROJECT = "Default";

const NOT_DELETED = {
    conjunction: "and",
    filterGroups: [
        {
            conjunction: "and",
            filters: [
                { property: "isDeleted", type: "bool", condition: { bool: { value: false } } },
            ],
        },
    ],
};
