import { clusterProvider } from "../clusterProvider";
import { aws } from "./aws";

/** A cluster on EC2: `/v1/spectroclusters/aws`, in project scope. */
export const awsCluster = clusterProvider(aws);
