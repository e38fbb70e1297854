import type { ClusterInputs, ClusterState } from "../clusterInputs";
import type { MachinePool } from "../poolInputs";

/** What EC2 asks for the machines of a pool. */
export type CapacityType = "on-demand" | "spot";

/** A pool of EC2 machines. */
export interface AwsMachinePool extends MachinePool {
    instanceType: string;
    /** Root disk, in GiB. */
    diskSize: number;
    /** Absent means on-demand. */
    capacityType?: CapacityType;
    /** Limit of a spot machine's hourly price, in US dollars. Absent: EC2's own. */
    spotMaxPrice?: string;
    availabilityZones: string[];
    /** Zone → id of the subnet for its machines. Needs the cluster's `vpcId`. */
    subnets?: Record<string, string>;
}

/** What the program says about a cluster on AWS. */
export interface AwsClusterInputs extends ClusterInputs<AwsMachinePool> {
    region: string;
    /** Name of the EC2 key pair. */
    sshKeyName: string;
    /** Id of an existing VPC (static placement; then every pool has `subnets`). Absent: Palette makes one. */
    vpcId?: string;
    /** Load balancer of the API server. Absent means internet-facing, and Palette's SaaS needs that. */
    controlPlaneLoadBalancer?: "Internet-facing" | "internal";
}

/** What is recorded of a cluster on AWS. */
export type AwsClusterOutputs = AwsClusterInputs & ClusterState;
