import { isUnknown } from "../../lifecycle/comparison";
import type { Cloud, Rule } from "../cloud";
import type { AwsClusterInputs, AwsMachinePool } from "./awsInputs";
import { awsPools } from "./awsPools";

/** `clusterConfig` of `v1AwsCloudConfig`. */
interface AwsClusterConfig {
    region?: string;
    sshKeyName?: string;
    vpcId?: string;
    controlPlaneLoadBalancer?: string;
}

/** What Palette means where a cluster names no load balancer of its API server. */
const DEFAULT_BALANCER = "Internet-facing";

/** AWS, with machines on EC2: `/v1/spectroclusters/aws`, `/v1/cloudconfigs/aws`. */
export const aws: Cloud<AwsClusterInputs> = {
    name: "aws",
    placement: [
        "region",
        "sshKeyName",
        "vpcId",
        "controlPlaneLoadBalancer",
    ] satisfies (keyof AwsClusterInputs)[],
    shown: ["region"] satisfies (keyof AwsClusterInputs)[],

    withDefaults: (inputs) => ({
        ...inputs,
        vpcId: inputs.vpcId ?? "",
        controlPlaneLoadBalancer: inputs.controlPlaneLoadBalancer ?? DEFAULT_BALANCER,
    }),

    configEntity: ({ region, sshKeyName, vpcId = "", controlPlaneLoadBalancer = "" }) => ({
        region,
        sshKeyName,
        vpcId,
        controlPlaneLoadBalancer,
    }),

    priceEntity: ({ region }) => ({ region }),

    observedPlacement({ clusterConfig }) {
        if (clusterConfig === undefined) {
            return undefined;
        }
        const config = clusterConfig as AwsClusterConfig;
        const { region, sshKeyName, vpcId, controlPlaneLoadBalancer } = config;
        return {
            region,
            sshKeyName,
            vpcId,
            controlPlaneLoadBalancer: controlPlaneLoadBalancer || DEFAULT_BALANCER,
        };
    },

    rules: ({ pools, vpcId }) =>
        isUnknown(vpcId)
            ? []
            : pools.flatMap((pool, index) => poolRules(pool, `pools[${index}]`, !!vpcId)),

    pools: awsPools,

    leftovers: {
        account: "AWS account",
        resources:
            "VPC, NAT gateway, elastic IPs, network interfaces, internet gateway, load balancers, EBS volumes",
    },
};

function poolRules(pool: AwsMachinePool, at: string, isStatic: boolean): Rule[] {
    const { spotMaxPrice, capacityType, subnets = {} } = pool;
    const hasSubnets = Object.keys(subnets).length > 0;
    return [
        [
            !spotMaxPrice || capacityType === "spot",
            `${at}.spotMaxPrice`,
            "spotMaxPrice needs capacityType: spot",
        ],
        [!hasSubnets || isStatic, `${at}.subnets`, "subnets need the cluster's vpcId"],
        [
            hasSubnets || !isStatic,
            `${at}.subnets`,
            "a cluster in a VPC of yours (vpcId) needs subnets: zone → id",
        ],
    ];
}
