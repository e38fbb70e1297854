/** Prefixes of the regions outside the partition `aws` (AWS's partition metadata). */
const PARTITIONS: [prefix: string, partition: string][] = [
    ["us-gov-", "aws-us-gov"],
    ["cn-", "aws-cn"],
    ["us-isob-", "aws-iso-b"],
    ["us-isof-", "aws-iso-f"],
    ["us-iso-", "aws-iso"],
    ["eu-isoe-", "aws-iso-e"],
    ["eusc-", "aws-eusc"],
];

/** What an ECR registry's host tells. */
export interface EcrAddress {
    account: string;
    region: string;
    partition: string;
}

/** Reads the host of an ECR registry, of any partition, FIPS and dual-stack too; undefined for any other host. */
export function ecrAddress(host: string): EcrAddress | undefined {
    const [, account, region] =
        /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\.[a-z0-9.-]+$/.exec(host) ?? [];
    return account === undefined || region === undefined
        ? undefined
        : { account, region, partition: partitionOf(region) };
}

/** The partition that a region belongs to. */
function partitionOf(region: string): string {
    return PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";
}
