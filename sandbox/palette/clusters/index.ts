import type { FastifyInstance } from "fastify";
import type { Context } from "../context";
import { checkFault } from "../faults";
import { accountRoutes, CloudAccounts } from "./accounts";
import { awsAccountRoutes } from "./awsAccountRoutes";
import { ClusterAnswers } from "./clusterAnswers";
import { cloudConfigRoutes } from "./cloudConfigRoutes";
import { clusterLifeRoutes } from "./clusterRoutes";
import type { RouteParts } from "./routeParts";
import { clusterProfileRoutes } from "./profileRoutes";
import { dashboardRoutes } from "./dashboardRoutes";
import { Deployer } from "./deploy";
import { faultEvents } from "./events";
import { featureRoutes } from "./featureRoutes";
import { Pages } from "./pages";
import { type Cluster, type ClusterFault } from "./records";
import { ClusterStore } from "./clusterStore";
import { deletedAt, state } from "./timeline";

/**
 * Cloud accounts and clusters: their routes, and what goes on between calls (it starts when the
 * server is ready and ends when it closes). Sets `context.clustersUsing`. The projects must be there.
 */
export function clusterRoutes(app: FastifyInstance, context: Context): void {
    const store = new ClusterStore(context);
    const accounts = new CloudAccounts(context);
    const pages = new Pages(context, store);
    const answers = new ClusterAnswers(context, store, pages, accounts);
    const deployer = new Deployer(context, store, pages, accounts);
    const parts: RouteParts = { context, store, accounts, answers };
    context.clustersUsing = (profileUid) =>
        store.all
            .values()
            .filter(({ profiles }) => profiles.some(({ uid }) => uid === profileUid))
            .filter((cluster) => context.clock.now() < deletedAt(cluster))
            .map(({ uid, name, owner }) => ({ uid, name, projectUid: owner.projectUid ?? "" }));
    context.clusterChanged = (cluster) => store.save(cluster as Cluster, false);
    accountRoutes(app, context, accounts);
    awsAccountRoutes(app, context);
    clusterLifeRoutes(app, parts);
    clusterProfileRoutes(app, parts);
    cloudConfigRoutes(app, parts);
    dashboardRoutes(app, parts);
    featureRoutes(app, parts);
    app.addHook("onReady", () => deployer.start());
    app.addHook("onClose", async () => {
        await deployer.stop();
        await pages.close();
    });
}

/**
 * Arranges trouble for the cluster of that name, whether it exists or is still to be created: see
 * `ClusterFault`. An empty fault ends it. Throws 400 for another kind of trouble.
 */
export function setClusterFault(context: Context, name: string, wanted: object): void {
    checkFault(wanted, {
        provisioning: "text",
        deletionSticks: "flag",
        error: "text",
        unhealthy: "text",
        withoutStatus: "flag",
        withoutOverview: "flag",
    });
    const fault: ClusterFault = { ...wanted, since: context.clock.now() };
    context.journal.collection<ClusterFault>("clusterFaults").put(name, fault);
    const clusters = context.journal.collection<Cluster>("clusters");
    const now = context.clock.now();
    // One that is deleted stays so, and may have had the name before.
    const living = clusters
        .values()
        .filter((cluster) => cluster.name === name && now < deletedAt(cluster));
    for (const cluster of living) {
        // What it went through stays in its events.
        for (const event of faultEvents(cluster, context.clock.now())) {
            cluster.history.push(event);
        }
        cluster.fault = fault;
        // What answers at its address may come or go with it.
        context.clusterChanged(cluster);
    }
}

/** All clusters, whoever may see them: what runs and costs money. */
export function allClusters(
    context: Context,
): { uid: string; name: string; projectUid?: string; state: string }[] {
    const now = context.clock.now();
    return context.journal
        .collection<Cluster>("clusters")
        .values()
        .map((cluster) => ({
            uid: cluster.uid,
            name: cluster.name,
            projectUid: cluster.owner.projectUid,
            state: state(cluster, now),
        }));
}
