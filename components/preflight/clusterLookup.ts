import { configurationKey } from "../config/configurationKey";
import type { ClusterConfig } from "../config/config";
import { allOf, choose, type Get, type List, type Named } from "./lookup";
import type { PaletteClient } from "../../packages/palette/api/client";
import { clusterSearch, type ClusterSummary } from "../../packages/palette/cluster/clusterSearch";
import type { AwsMachinePool } from "../../packages/palette/cluster/aws/awsInputs";
import { UserError } from "../../packages/pack/userError";

/** What only Palette and AWS know of a cluster. */
export interface ResolvedCluster {
    /** Uid of the cloud account. */
    cloudAccount: string;
    /** Its pools, with a zone each. */
    pools: ResolvedPool[];
}

/** A pool, and what its machines have. */
export interface ResolvedPool extends AwsMachinePool {
    /** Cores and MiB of one machine; undefined where AWS does not tell. */
    machine?: { cpu?: number; memory?: number };
}

/**
 * Cloud account, region, key pair, zones and instance types: what would fail only minutes after a cluster's creation.
 *
 * @throws Error that says of each wrong name where it was looked for, and which ones exist there.
 */
export async function lookUpCluster(
    get: Get,
    project: string,
    cluster: ClusterConfig,
): Promise<ResolvedCluster> {
    const { region, regionKey } = cluster;
    const { items } = await get<{ items: List<Named> }>(
        "/v1/dashboard/cloudaccounts/metadata",
        "the cloud accounts",
        { environment: "aws" },
        project,
    );
    const cloudAccount = choose(
        `${cluster.key}.cloudAccount`,
        cluster.cloudAccount,
        items,
        ({ metadata }) => metadata.name,
    ).metadata.uid;
    const query = { cloudAccountUid: cloudAccount };
    const ofRegion = <T>(what: string, subject: string) =>
        get<T>(
            `/v1/clouds/aws/regions/${region}/${what}`,
            `${subject} of ${region} (${regionKey})`,
            query,
            project,
        );
    const [{ keyNames }, { zones }, { instanceTypes }] = await allOf([
        ofRegion<{ keyNames: List<string> }>("keypairs", "the SSH key pairs"),
        ofRegion<{ zones: List<Zone> }>("availabilityzones", "the zones"),
        ofRegion<{ instanceTypes: List<InstanceType> }>("instancetypes", "the instance types"),
    ]).catch(async (error: Error) => {
        // A region that does not exist fails in as many words as there are questions; which ones exist is asked only then.
        const known = await get<{ regions: List<{ name: string }> }>(
            "/v1/clouds/aws/regions",
            "the regions",
            query,
            project,
        ).catch(() => undefined);
        if (known?.regions?.length) {
            choose(regionKey, region, known.regions, ({ name }) => name);
        }
        throw error;
    });
    const where = `in ${region} (${regionKey})`;
    choose(
        `${cluster.key}.sshKeyName`,
        cluster.sshKeyName,
        keyNames,
        (name) => name,
        `among the EC2 key pairs ${where} in the account of ${cluster.cloudAccount}`,
    );
    const available = (zones ?? []).filter(({ state }) => /^(available)?$/i.test(state ?? ""));
    const pools = cluster.pools.map((pool, index) => {
        const key = (property: string) => configurationKey(cluster, `pools[${index}].${property}`);
        const type = choose(
            key("instanceType"),
            pool.instanceType,
            instanceTypes,
            ({ type }) => type,
            `among the instance types ${where}`,
        );
        const supporting = available.filter(({ name }) => !type.nonSupportedZones?.includes(name));
        const withMachines = `among the zones ${where} that have machines of type ${pool.instanceType}`;
        const wanted = pool.availabilityZones.map(
            (zone) =>
                choose(key("availabilityZones"), zone, supporting, ({ name }) => name, withMachines)
                    .name,
        );
        // By name, so that another order of the answer does not move machines.
        const [first] = supporting.map(({ name }) => name).sort();
        if (wanted.length === 0 && first === undefined) {
            throw new UserError(
                `${key("instanceType")}: "${pool.instanceType}": no zone of ${region} (${regionKey}) has such machines; ` +
                    "choose another type or region",
            );
        }
        return {
            ...pool,
            availabilityZones: wanted.length > 0 ? wanted : [first!],
            machine: machineOf(type),
        };
    });
    return { cloudAccount, pools };
}

/** Names of the clusters that are there already, where there are several: a single one waits for no other. */
export async function findExistingClusters(
    client: PaletteClient,
    project: string,
    clusters: ClusterConfig[],
): Promise<string[]> {
    if (clusters.length < 2) {
        return [];
    }
    const names = clusters.map(({ name }) => name);
    const found = await client.list<ClusterSummary>(clusterSearch(names, project, "the clusters"));
    const there = new Set(
        found
            .filter(({ status }) => !/^Delet/.test(status?.state ?? ""))
            .map(({ metadata }) => metadata.name),
    );
    return names.filter((name) => there.has(name));
}

interface Zone {
    name: string;
    state?: string;
}

/** `v1InstanceType`; memory is in GiB. */
interface InstanceType {
    type: string;
    nonSupportedZones?: string[];
    cpu?: number;
    memory?: number;
}

function machineOf({ cpu, memory }: InstanceType): ResolvedPool["machine"] {
    return { cpu, memory: memory && memory * 1024 };
}
