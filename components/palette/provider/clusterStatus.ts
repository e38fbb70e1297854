import { PaletteError, type Call } from "./client";
import { remove } from "./lifecycle";
import { palette } from "./session";
import { reporter, waitFor, type Report } from "./wait";

/** The fields of `v1SpectroCluster` that the providers read. */
export interface Cluster {
    metadata: {
        uid: string;
        name: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
    };
    spec?: {
        cloudConfigRef?: { uid?: string };
        clusterProfileTemplates?: { uid: string }[];
    };
    status?: {
        state?: string;
        conditions?: Condition[];
        packs?: PackStatus[];
        /** What becomes of a change that needs new nodes. */
        repave?: { state?: string };
    };
}

interface Condition {
    type: string;
    status: string;
    reason?: string;
    message?: string;
}

/** `v1ClusterPackStatus`. */
export interface PackStatus {
    name: string;
    version?: string;
    profileUid?: string;
    condition?: Condition;
    services?: { name?: string; host?: string; ports?: { port: number }[] }[];
}

/** A cluster, by uid and project. */
export interface ClusterRef {
    uid: string;
    project: string;
    subject: string;
}

/** A call about a cluster below `/v1/spectroclusters/{uid}`. */
export function clusterCall(
    { uid, project, subject }: ClusterRef,
    method: Call["method"] = "GET",
    rest = "",
): Call {
    return { method, path: `/v1/spectroclusters/${uid}${rest}`, project, subject };
}

/** The cluster of that name in a project. Deleted ones stay listed for days, so they are left out. */
export async function findCluster({
    name,
    project,
}: {
    name: string;
    project: string;
}): Promise<Cluster | undefined> {
    const subject = `cluster "${name}"`;
    const summaries = await palette().list<Cluster>({
        method: "POST",
        path: "/v1/dashboard/spectroclusters/search",
        project,
        subject,
        body: {
            filter: {
                conjunction: "and",
                filterGroups: [
                    {
                        conjunction: "and",
                        filters: [
                            {
                                property: "clusterName",
                                type: "string",
                                condition: {
                                    string: {
                                        operator: "eq",
                                        negation: false,
                                        ignoreCase: false,
                                        match: { conjunction: "or", values: [name] },
                                    },
                                },
                            },
                            {
                                property: "isDeleted",
                                type: "bool",
                                condition: { bool: { value: false } },
                            },
                        ],
                    },
                ],
            },
            sort: [],
        },
    });
    const found = summaries.find(
        ({ metadata, status }) => metadata.name === name && status?.state !== "Deleted",
    );
    return (
        found && palette().find<Cluster>(clusterCall({ uid: found.metadata.uid, project, subject }))
    );
}

/** How often a failure must be seen in a row before it counts: agents retry, and states flicker. */
const FAILURE_SIGHTINGS = 5;

/**
 * Waits until a cluster is Running and Healthy and every pack of its profile is Ready, telling about every change
 * of state and every new event meanwhile.
 *
 * @param options.packs Packs that must be among them, by name and version.
 * @param options.changed The cluster ran before: what happened up to now is no news.
 * @throws Error with Palette's conditions, failed packs and latest events, when the cluster or a pack stays in
 * Error, or at the deadline.
 */
export async function waitUntilReady(
    cluster: ClusterRef,
    options: {
        profileUid: string;
        packs: { name: string; version: string }[];
        changed: boolean;
        minutes: number;
        report: Report;
    },
): Promise<{ state: string; health: string }> {
    const { profileUid, packs, minutes, report } = options;
    const events = new EventLog(cluster);
    if (options.changed) {
        await events.readNew();
    }
    let failures = 0;
    return waitFor(`${cluster.subject} to be Running and Healthy`, minutes, report, async () => {
        const seen = await palette().request<Cluster>(clusterCall(cluster));
        (await events.readNew()).forEach((line) => console.log(`${cluster.subject}: ${line}`));
        const state = seen.status?.state ?? "Unknown";
        const statuses = (seen.status?.packs ?? []).filter(
            (pack) => pack.profileUid === undefined || pack.profileUid === profileUid,
        );
        const failed = statuses.filter(({ condition }) => condition?.type === "Error");
        const waiting = statuses.filter((pack) => !failed.includes(pack) && !isReady(pack));
        const absent = packs.filter(
            ({ name, version }) =>
                !statuses.some((pack) => pack.name === name && pack.version === version),
        );
        const health = state === "Running" ? await healthOf(cluster) : "";
        if (
            state === "Running" &&
            health === "Healthy" &&
            [failed, waiting, absent].every(({ length }) => length === 0)
        ) {
            return { state, health };
        }
        const problems = [
            ...(seen.status?.repave?.state === "Pending"
                ? ["the change replaces nodes (repave) and waits for an approval in Palette"]
                : []),
            ...failed.map(({ name, condition }) => `pack ${name} failed: ${condition?.message}`),
            ...(seen.status?.conditions ?? [])
                .filter(({ status }) => status !== "True")
                .map(({ type, reason, message }) => message || reason || `${type} is not done`),
        ];
        const standing = [
            [state, health].filter(Boolean).join(", "),
            ...problems,
            ...(state === "Running" && waiting.length + absent.length > 0
                ? [`waiting for ${[...waiting, ...absent].map(({ name }) => name).join(", ")}`]
                : []),
        ].join("; ");
        failures = state === "Error" || failed.length > 0 ? failures + 1 : 0;
        if (failures >= FAILURE_SIGHTINGS) {
            throw new Error(
                `${cluster.subject} failed: ${standing}${events.tail()}. Correct the pack, the profile or the cloud account and run pulumi up again`,
            );
        }
        return standing;
    });
}

function isReady({ condition }: PackStatus): boolean {
    return condition?.type === "Ready" && condition.status === "True";
}

/** `status.health` of the dashboard's overview; the overview can be missing for a while. */
async function healthOf({ uid, project, subject }: ClusterRef): Promise<string> {
    const overview = await palette().find<{ status?: { health?: { state?: string } } }>({
        method: "GET",
        path: `/v1/dashboard/spectroclusters/${uid}/overview`,
        project,
        subject,
    });
    return overview?.status?.health?.state ?? "health unknown";
}

interface Event {
    metadata?: { uid?: string; creationTimestamp?: string };
    reason?: string;
    message?: string;
    severity?: string;
}

/** The events of a cluster, each read once. They are a help only: a failure to read them is no failure of the wait. */
class EventLog {
    readonly #known = new Map<string, string>();

    constructor(private readonly cluster: ClusterRef) {}

    /** The events since the last call, oldest first. */
    async readNew(): Promise<string[]> {
        const page = await palette()
            .request<{ items?: Event[] }>({
                method: "GET",
                path: `/v1/events/components/spectrocluster/${this.cluster.uid}`,
                query: { orderBy: "metadata.creationTimestamp=-1" },
                project: this.cluster.project,
                subject: this.cluster.subject,
            })
            .catch(() => ({ items: [] }));
        const fresh = [...(page.items ?? [])]
            .sort((one, other) => timeOf(one).localeCompare(timeOf(other)))
            .map((event) => ({ key: `${timeOf(event)} ${textOf(event)}`, text: textOf(event) }))
            .filter(({ key }) => !this.#known.has(key));
        fresh.forEach(({ key, text }) => this.#known.set(key, text));
        return fresh.map(({ text }) => text);
    }

    /** The latest events, for an error message. */
    tail(): string {
        const latest = [...this.#known.values()].slice(-3);
        return latest.length > 0 ? `. Latest events: ${latest.join(" | ")}` : "";
    }
}

const timeOf = ({ metadata }: Event) => metadata?.creationTimestamp ?? "";

const textOf = ({ reason, message }: Event) => [reason, message].filter(Boolean).join(": ");

/** Palette offers the force delete of a cluster that has been in Deleting for this long ("Remove Clusters"). */
const FORCE_DELETE_MINUTES = 15;

/**
 * Waits until a deleted cluster answers 404 or is Deleted; forces a stuck deletion where that is allowed.
 *
 * @throws Error at the deadline, in minutes, with what can be done.
 */
export async function waitUntilGone(
    ref: ClusterRef,
    { deleteTimeout, forceDelete }: { deleteTimeout: number; forceDelete: boolean },
): Promise<void> {
    const begun = Date.now();
    const report = reporter(ref.subject);
    let forced = false;
    try {
        await waitFor(`${ref.subject} to be deleted`, deleteTimeout, report, async () => {
            const cluster = await palette().find<Cluster>(clusterCall(ref));
            const state = cluster?.status?.state;
            if (cluster === undefined || state === "Deleted") {
                return {};
            }
            if (forceDelete && !forced && Date.now() - begun > FORCE_DELETE_MINUTES * 60_000) {
                try {
                    await remove({ ...clusterCall(ref, "DELETE"), query: { forceDelete: true } });
                } catch (error) {
                    // By Palette's clock it may be too early still; how it says so is not known.
                    if (error instanceof PaletteError) {
                        return error.message;
                    }
                    throw error;
                }
                forced = true;
                console.log(
                    `${ref.subject}: deletion forced; check the AWS account for what may be left: ` +
                        "VPC, NAT gateway, elastic IPs, network interfaces, internet gateway, load balancers, EBS volumes",
                );
            }
            return state ?? "Deleting";
        });
    } catch (error) {
        throw new Error(
            `${(error as Error).message}. Run the command again to go on waiting; a cluster that has been in Deleting for ` +
                `${FORCE_DELETE_MINUTES} minutes can be force-deleted in Palette, or with cluster.forceDelete: true`,
        );
    }
}
