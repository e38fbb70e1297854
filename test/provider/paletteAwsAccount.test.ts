import { paletteAwsAccount } from "../../packages/palette/registry/paletteAwsAccount";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette, type FakePalette } from "./fakePalette";

let palette: FakePalette;
let account: unknown;
beforeEach(async () => {
    jest.spyOn(console, "log").mockImplementation(() => undefined);
    palette = await fakePalette(() => ({ body: account }));
    await connectWithFake(palette);
});
afterEach(async () => {
    jest.restoreAllMocks();
    await disconnect();
    await palette.close();
});

test.each([
    ["nothing", "aws-iso", {}, "number and the external id"],
    ["empty texts", "aws-iso-b", { accountId: "", externalId: "" }, "number and the external id"],
    ["a number alone", "aws-iso-e", { accountId: "1" }, "external id"],
])(
    "%s in Palette's answer is told in the preview, with the way out",
    async (_, partition, answer, what) => {
        account = answer;
        const { failures } = await paletteAwsAccount.check!({}, { partition });
        expect(failures).toEqual([
            {
                property: "",
                reason:
                    `Palette does not report the ${what} of its AWS account in the partition ${partition}, which a role has to trust: ` +
                    "give Palette a role of your own (registries[].credentials: { type: sts, roleArn, externalId }) or a key pair ({ type: secret })",
            },
        ]);
        await expect(paletteAwsAccount.create({ partition })).rejects.toThrow(what);
    },
);

test("Palette's account is that of the partition, asked for once and never again once it is known", async () => {
    account = { accountId: "210987654321", externalId: "e" };
    const inputs = { partition: "aws-us-gov" };
    expect(await paletteAwsAccount.check!({}, inputs)).toEqual({ inputs });
    expect(await paletteAwsAccount.create(inputs)).toEqual({
        id: "210987654321",
        outs: { ...inputs, accountId: "210987654321", externalId: "e" },
    });
    expect(await paletteAwsAccount.check!({ __provider: "" } as never, {})).toEqual({ inputs: {} });
    expect(palette.seen.map(({ query }) => query)).toEqual([{ partition: "aws-us-gov" }]);
});

test.each([
    ["123456789012.dkr.ecr.us-gov-west-1.amazonaws.com", "secret", "aws-us-gov"],
    ["127.0.0.1:8443", "sts", "aws-us-gov"],
    ["123456789012.dkr.ecr.us-east-1.amazonaws.com", "secret", undefined],
])(
    "the registry %s with %s is registered in the partition %s",
    async (endpoint, type, partition) => {
        account = { items: [], uid: "r1" };
        const credentials =
            type === "sts"
                ? { type, roleArn: "arn:aws-us-gov:iam::123456789012:role/r", externalId: "e" }
                : { type, accessKey: "A", secretKey: "s" };
        await ociRegistry
            .update(
                "r1",
                {} as never,
                {
                    name: "ecr",
                    endpoint,
                    basePath: "b",
                    credentials,
                    packs: [],
                    owner: { id: "m", stack: "o/p/s" },
                    adopt: false,
                    syncTimeout: 0.001,
                } as never,
            )
            .catch(() => undefined);
        const put = palette.seen.find(({ method }) => method === "PUT");
        const { spec } = put!.body as { spec: { credentials: { partition?: string } } };
        expect(spec.credentials.partition).toBe(partition);
    },
);
