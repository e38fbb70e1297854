/** A partition of AWS: accounts, ARNs and endpoints of one have nothing to do with another's. */
export interface Partition {
    id: string;
    dnsSuffix: string;
    /** The region that IAM, a global service, is signed for. */
    iamRegion: string;
    /** Its regions (AWS SDKs, `partitions.json`). */
    pattern: RegExp;
}

const partitions: Partition[] = [
    {
        id: "aws",
        dnsSuffix: "amazonaws.com",
        iamRegion: "us-east-1",
        pattern:
            /^(us|eu|ap|sa|ca|me|af|il|mx)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-[1-9]$/,
    },
    {
        id: "aws-us-gov",
        dnsSuffix: "amazonaws.com",
        iamRegion: "us-gov-west-1",
        pattern: /^us-gov-(east|west)-1$/,
    },
    {
        id: "aws-cn",
        dnsSuffix: "amazonaws.com.cn",
        iamRegion: "cn-north-1",
        pattern: /^cn-(north|northwest)-1$/,
    },
];

/** The partition that the region is in; none for what is no region. */
export function partitionOf(region: string): Partition | undefined {
    return partitions.find(({ pattern }) => pattern.test(region));
}
