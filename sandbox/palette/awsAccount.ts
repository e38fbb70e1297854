import { partitionOf } from "../aws/partitions";

/** Palette's own account in each partition: the one that assumes customers' roles. */
const accounts: Record<string, string> = {
    aws: "210987654321",
    "aws-us-gov": "310987654321",
    "aws-cn": "410987654321",
};

/** The id of Palette's own account in the partition of a region. */
export function paletteAccountIn(region: string): string {
    return paletteAccount(partitionOf(region)?.id ?? "aws");
}

export function paletteAccount(partition: string): string {
    return accounts[partition] ?? accounts.aws!;
}
