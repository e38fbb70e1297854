import type * as pulumi from "@pulumi/pulumi";
import { palette } from "../api/session";
import { UserError } from "../../pack/userError";

/** Whom the trust policy of a role names. */
export interface PaletteAwsAccountOutputs {
    /** Number of the AWS account that Palette works from. */
    accountId: string;
    /** What Palette presents when it assumes a role of this tenant's. */
    externalId: string;
}

/** Where the role is. */
export interface PaletteAwsAccountInputs {
    /** Partition of the account whose role trusts Palette; absent means `aws`. */
    partition?: string;
}

/** `V1AwsAccountSts`, of which every field may be absent or empty. */
type Answer = Partial<PaletteAwsAccountOutputs>;

const WAY_OUT =
    "give Palette a role of your own (registries[].credentials: { type: sts, roleArn, externalId }) or a key pair ({ type: secret })";

/** The answer of this process, as a check is followed by a create that needs the same. */
const answers = new Map<string | undefined, Promise<PaletteAwsAccountOutputs>>();

function ask(partition: string | undefined): Promise<PaletteAwsAccountOutputs> {
    const answer = answers.get(partition) ?? askPalette(partition);
    answers.set(partition, answer);
    return answer;
}

async function askPalette(partition: string | undefined): Promise<PaletteAwsAccountOutputs> {
    const { accountId, externalId } =
        (await palette().request<Answer | undefined>({
            method: "GET",
            path: "/v1/clouds/aws/account/sts",
            subject: "Palette's AWS account",
            ...(partition && { query: { partition } }),
        })) ?? {};
    if (!accountId || !externalId) {
        const missing = [!accountId && "number", !externalId && "external id"].filter(Boolean);
        throw new UserError(
            `Palette does not report the ${missing.join(" and the ")} of its AWS account${partition ? ` in the partition ${partition}` : ""}, ` +
                `which a role has to trust: ${WAY_OUT}`,
        );
    }
    return { accountId, externalId };
}

/**
 * The AWS account that a role trusts: `GET /v1/clouds/aws/account/sts`. Asked once and kept, as Palette
 * may make up a new external id for every question, and the role has to go on trusting the one that was registered.
 */
export const paletteAwsAccount: pulumi.dynamic.ResourceProvider<
    PaletteAwsAccountInputs,
    PaletteAwsAccountOutputs
> = {
    /** A new account is looked up in the preview already: Palette may not report it. */
    async check(olds, news) {
        const isNew = Object.keys(olds ?? {}).length === 0;
        try {
            if (isNew && (news.partition === undefined || /^aws[a-z-]*$/.test(news.partition))) {
                await ask(news.partition);
            }
            return { inputs: news };
        } catch (error) {
            return {
                inputs: news,
                failures: [{ property: "", reason: (error as Error).message }],
            };
        }
    },
    async create(inputs) {
        const answer = await ask(inputs.partition);
        return { id: answer.accountId, outs: { ...inputs, ...answer } };
    },
    diff: async () => ({ changes: false }),
};
