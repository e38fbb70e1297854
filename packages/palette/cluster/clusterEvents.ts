import type { ClusterRef } from "./clusterStatus";
import { palette } from "../api/session";

interface Event {
    metadata?: { uid?: string; creationTimestamp?: string };
    reason?: string;
    message?: string;
    severity?: string;
}

/** The events of a cluster, each read once. They are a help only: a failure to read them is no failure of the wait. */
export class EventLog {
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
            .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
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
