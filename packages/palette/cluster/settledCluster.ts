import { palette } from "../api/session";
import { reporter, waitFor } from "../api/wait";
import { packDigests } from "./attachedProfiles";
import type { Cloud } from "./cloud";
import { cloudConfigOf, refOf } from "./clusterEntity";
import type { ClaimedCluster, ClusterInputs, ClusterOutputs } from "./clusterInputs";
import { waitUntilReady } from "./clusterReadiness";
import { clusterCall, requireAlive, type Cluster, type ClusterRef } from "./clusterStatus";
import { waitForMachines } from "./poolChanges";

/** Deadline for the cluster-admin kubeconfig of a cluster that runs. */
const KUBECONFIG_MINUTES = 10;

/**
 * Waits until the cluster runs as wanted, and collects what only Palette knows.
 *
 * @param olds What it was before a change; absent for a new one.
 * @param rolledOut Whether its profiles were changed.
 */
export async function settled<Inputs extends ClusterInputs>(
    cloud: Cloud<Inputs>,
    uid: string,
    inputs: ClaimedCluster<Inputs>,
    olds: Inputs | undefined,
    rolledOut: boolean,
): Promise<ClusterOutputs<Inputs>> {
    const ref = refOf(uid, inputs);
    const report = reporter(ref.subject);
    const { createTimeout: minutes, profiles, repave } = inputs;
    const previous = olds?.profiles.map((profile) => profile.uid) ?? [];
    const health = await waitUntilReady(ref, {
        profiles,
        detached: previous.filter((id) => !profiles.some((profile) => profile.uid === id)),
        changed: olds !== undefined,
        rolledOut,
        repave,
        minutes,
        report,
    });
    const cluster = await palette().request<Cluster>(clusterCall(ref));
    const config = cloudConfigOf(cloud, cluster, inputs);
    await waitForMachines(config, inputs.pools, olds?.pools ?? [], minutes, report, async () =>
        requireAlive(await palette().request<Cluster>(clusterCall(ref)), ref),
    );
    const kubeconfig = await readKubeconfig(ref);
    report("Running, Healthy, all packs Ready");
    return {
        ...inputs,
        uid,
        ...health,
        cloudConfigUid: config.cloudConfigUid,
        kubeconfig,
        packDigests: packDigests(cluster),
    };
}

/** The cluster-admin file; it appears some time after the cluster runs, and may come as base64. */
async function readKubeconfig(ref: ClusterRef): Promise<string> {
    const what = `the kubeconfig of ${ref.subject}`;
    const { text } = await waitFor(what, KUBECONFIG_MINUTES, reporter(ref.subject), async () => {
        const answer = await palette().find<unknown>({
            ...clusterCall(ref, "GET", "/assets/adminKubeconfig"),
            answer: "text",
        });
        if (answer === undefined) {
            requireAlive(await palette().request<Cluster>(clusterCall(ref)), ref);
        }
        const raw = typeof answer === "string" ? answer : "";
        const decoded = Buffer.from(raw, "base64").toString();
        const text = [raw, decoded].find((candidate) => candidate.includes("clusters:"));
        return text === undefined ? "waiting for the kubeconfig" : { text };
    });
    return text;
}
