import type * as pulumi from "@pulumi/pulumi";
import { palette } from "./session";

export interface PaletteAwsAccountOutputs {
    /** Number of the AWS account that Palette works from. */
    accountId: string;
    /** What Palette presents when it assumes a role of this tenant's. */
    externalId: string;
}

/**
 * Whom a role has to trust that Palette shall assume: `GET /v1/clouds/aws/account/sts`. Asked once and kept, as Palette
 * may make up a new external id for every question, and the role has to go on trusting the one that was registered.
 */
export const paletteAwsAccount: pulumi.dynamic.ResourceProvider<object, PaletteAwsAccountOutputs> =
    {
        async create(inputs) {
            const { accountId, externalId } = await palette().request<PaletteAwsAccountOutputs>({
                method: "GET",
                path: "/v1/clouds/aws/account/sts",
                subject: "Palette's AWS account",
            });
            return { id: accountId, outs: { ...inputs, accountId, externalId } };
        },
        diff: async () => ({ changes: false }),
    };
