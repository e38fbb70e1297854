import type { ClusterInputs } from "./clusterInputs";
import type { MachinePool, ObservedPool } from "./poolInputs";

/** What must hold, the property that is wrong otherwise, and why. */
export type Rule = [holds: boolean, property: string, reason: string];

/** The inputs that rules look at. */
export type Checked<Inputs extends ClusterInputs = ClusterInputs> = Omit<
    Partial<Inputs>,
    "pools" | "profiles"
> & { pools: Inputs["pools"]; profiles: unknown[] };

/**
 * What one cloud has of its own. Everything else about clusters is the same for all clouds, so that another cloud is a
 * folder beside `aws/` with an object of this type, its inputs, and a line each in `../index.ts` and `../resources.ts`.
 */
export interface Cloud<
    Inputs extends ClusterInputs = ClusterInputs,
    Pool extends MachinePool = Inputs["pools"][number],
> {
    /** Its name in Palette's routes, such as `/v1/spectroclusters/aws`, and in `cloudType` of a profile. */
    name: string;
    /** Inputs that place a cluster in the cloud, beside its account: another value of one replaces the cluster. */
    placement: readonly string[];
    /** Inputs among {@link placement} whose values messages may show; others are ids, or may be secrets. */
    shown: readonly string[];
    /** The inputs with the cloud's defaults in the place of what is absent, for comparison. */
    withDefaults(inputs: Inputs): Inputs;
    /** `spec.cloudConfig` of the request that creates a cluster. */
    configEntity(inputs: Inputs): object;
    /** `cloudConfig` of the request for a price. */
    priceEntity(inputs: Inputs): object;
    /** The placement that Palette reports of a cluster, by the names of the inputs; undefined where it reports none. */
    observedPlacement(config: CloudConfig): Record<string, string | undefined> | undefined;
    /** What must hold of the inputs in this cloud; all that is looked at is known. */
    rules(inputs: Checked<Inputs>): Rule[];
    pools: PoolShape<Pool>;
    /** What a forced deletion may leave, and where (Palette's documentation, "Remove Clusters"). */
    leftovers: { account: string; resources: string };
}

/** What a pool of machines has of its own in one cloud. */
export interface PoolShape<Pool extends MachinePool = MachinePool> {
    /** Properties whose change replaces all machines of a pool. */
    machineProperties: readonly string[];
    /**
     * `cloudConfig` of a pool in a request.
     *
     * @param current The pool that is changed, of which is kept what is not managed here.
     */
    configEntity(pool: Pool, current?: ObservedPool): object;
    /** The properties of this cloud that Palette reports; what an answer leaves out is taken from the record. */
    observed(pool: ObservedPool, recorded: Pool | undefined): object;
    /** Whether a machine (`spec` of an item of `GET …/machines`) is of the kind that the pool wants. */
    isMachineOf(spec: object | undefined, pool: Pool): boolean;
}

/** The fields of a cloud configuration (`v1AwsCloudConfig` and its like) that are read for every cloud. */
export interface CloudConfig {
    cloudAccountRef?: { uid?: string };
    /** What each cloud has of its own. */
    clusterConfig?: object;
    machinePoolConfig?: ObservedPool[];
}
