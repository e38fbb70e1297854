import { clusterCall, requireAlive, type Cluster, type ClusterRef } from "./clusterStatus";
import { isUnknown } from "../lifecycle/comparison";
import { changes, type Provider } from "../lifecycle/provider";
import { UserError } from "../../pack/userError";
import { palette } from "../api/session";
import { reporter, waitFor } from "../api/wait";

/** Which URLs to wait for. */
export interface ApplicationUrlsInputs {
    /** Uid of the cluster. */
    cluster: string;
    /** Name of the cluster. */
    name: string;
    /** Uid of the project. */
    project: string;
    /** Custom packs of the cluster's profiles, by the name that they have there (`alias--name` of one that is there twice); with `loadBalancer`, one that has a Service of that type and must get a URL. */
    packs: { name: string; version: string; loadBalancer: boolean }[];
    /** Of the cluster's profiles: other values may move an application to another address. */
    revisions: string[];
    /** The cluster's own values, for the same reason: pack → YAML text. */
    packValues?: Record<string, string>;
    /** Deadline, in minutes. */
    timeout: number;
}

/** What is recorded of them. */
export interface ApplicationUrlsOutputs extends ApplicationUrlsInputs {
    /** Pack name → `http://<host>:<port>`. */
    urls: Record<string, string>;
}

/**
 * The addresses of the applications, once their load balancers have a host: `status.packs[].services` of the cluster.
 * A resource of its own, so that a slow load balancer never marks the cluster as failed.
 */
export const applicationUrls: Provider<ApplicationUrlsInputs, ApplicationUrlsOutputs> = {
    create: async (inputs) => ({ id: inputs.cluster, outs: await resolve(inputs) }),

    async read(id, props) {
        const cluster = await palette().find<Cluster>(clusterCall(refOf(props)));
        if (cluster === undefined || cluster.status?.state === "Deleted") {
            return { id: "" };
        }
        const { urls: _recorded, ...inputs } = props;
        return { id, props: { ...inputs, urls: urlsOf(cluster, inputs) }, inputs };
    },

    // A cluster that was deleted is created again with another uid. In the preview of any change of a cluster the uid is not
    // known: that alone announces nothing.
    diff: async (_id, olds, news) =>
        changes<ApplicationUrlsInputs>(
            olds,
            { ...news, ...(isUnknown(news.cluster) && { cluster: olds.cluster }) },
            {
                replace: [],
                update: ["cluster", "packs", "revisions", "packValues"],
                deleteBeforeReplace: false,
            },
        ),

    update: async (_id, _olds, news) => ({ outs: await resolve(news) }),

    delete: async () => {},
};

function refOf({ cluster, project, name }: ApplicationUrlsInputs): ClusterRef {
    return { uid: cluster, project, subject: `cluster "${name}"` };
}

async function resolve(inputs: ApplicationUrlsInputs): Promise<ApplicationUrlsOutputs> {
    const ref = refOf(inputs);
    // The engine hands over nothing of a resource that it has not made and a run leaves out.
    if (!inputs.cluster || isUnknown(inputs.cluster)) {
        throw new UserError(
            `the addresses of the applications of ${ref.subject}: the run leaves out the cluster, which is not there yet. ` +
                "Run pulumi up without --exclude and --target, or name the cluster among the targets, too",
        );
    }
    const what = `the load balancers of ${ref.subject}`;
    const urls = await waitFor(what, inputs.timeout, reporter(ref.subject), async () => {
        const cluster = await palette().request<Cluster>(clusterCall(ref));
        requireAlive(cluster, ref);
        const found = urlsOf(cluster, inputs);
        const missing = inputs.packs.filter(
            ({ name, loadBalancer }) => loadBalancer && !found[name],
        );
        return missing.length === 0
            ? found
            : `waiting for the load balancer of ${missing.map(({ name }) => name).join(", ")}`;
    });
    return { ...inputs, urls };
}

/**
 * Pack → URL. Of several Services of a pack it is the first by name, so that it stays the same whatever the order of
 * Palette's answer and of the load balancers; so there is none until all reported ones have a host.
 */
function urlsOf(cluster: Cluster, { packs }: ApplicationUrlsInputs): Record<string, string> {
    const urls: Record<string, string> = {};
    for (const { name, services } of cluster.status?.packs ?? []) {
        const [service] = [...(services ?? [])].sort((a, b) =>
            (a.name ?? "").localeCompare(b.name ?? ""),
        );
        const port = service?.ports?.[0]?.port;
        const complete = services?.every(({ host, ports }) => host && ports?.length);
        if (complete && port !== undefined && packs.some((pack) => pack.name === name)) {
            urls[name] = `${port === 443 ? "https" : "http"}://${service!.host}:${port}`;
        }
    }
    return urls;
}
