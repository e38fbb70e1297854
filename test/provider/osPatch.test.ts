import { disconnect } from "../../packages/palette/api/session";
import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { AwsClusterInputs } from "../../packages/palette/cluster/aws/awsInputs";
import { changeFeatures } from "../../packages/palette/cluster/clusterFeatures";
import type { OsPatch } from "../../packages/palette/cluster/featureInputs";
import { observedOsPatch } from "../../packages/palette/cluster/osPatch";
import { connectWithFake } from "./connect";
import { fakePalette, recordedCluster, type FakePalette } from "./fakePalette";

const PAST = "2020-01-31T02:00:00Z";
const FUTURE = "2999-01-31T02:00:00Z";

let palette: FakePalette;
beforeEach(async () => {
    palette = await fakePalette(() => ({ body: {} }));
    await connectWithFake(palette);
});
afterEach(async () => {
    await disconnect();
    await palette.close();
});

const controlPlane = {
    name: "control-plane-pool",
    controlPlane: true,
    size: 1,
} as AwsClusterInputs["pools"][number];
const inputs = (osPatch?: OsPatch): AwsClusterInputs => ({
    ...recordedCluster,
    pools: [controlPlane],
    ...(osPatch && { osPatch }),
});

describe("the time of a patch on demand that has gone by", () => {
    test.each<[string, AwsClusterInputs | object, boolean]>([
        ["of a new cluster", {}, true],
        ["that is new", inputs(), true],
        ["that is changed", inputs({ after: FUTURE }), true],
        ["that is recorded", inputs({ after: PAST }), false],
        ["that is recorded in another form", inputs({ after: "2020-01-31T03:00:00+01:00" }), false],
    ])("%s", async (_, olds, isRefused) => {
        const news = inputs({ after: PAST, onBoot: true });
        const { failures } = await awsCluster.check!(olds as AwsClusterInputs, news);
        expect(failures).toEqual(
            isRefused
                ? [
                      {
                          property: "",
                          reason: expect.stringMatching(
                              /^cluster\.osPatch\.after: "2020-01-31T02:00:00Z" has gone by .*set a later one, or remove it$/,
                          ),
                      },
                  ]
                : [],
        );
    });

    test("is none in the time to come, or where there is no time", async () => {
        for (const osPatch of [{ after: FUTURE }, { onBoot: true }]) {
            const { failures } = await awsCluster.check!(inputs(), inputs(osPatch));
            expect(failures).toEqual([]);
        }
    });
});

describe("what is sent of patches", () => {
    const ref = { uid: "1", project: "p", subject: 'cluster "c"' };
    const cluster = (osPatchConfig: object) =>
        ({ spec: { clusterConfig: { machineManagementConfig: { osPatchConfig } } } }) as never;
    /** Bodies of what is sent. */
    async function sent(observed: object, wanted: OsPatch, recorded: object | undefined) {
        await changeFeatures(ref, cluster(observed), { osPatch: wanted }, recorded);
        return palette.seen.map(({ body }) => (body as { osPatchConfig: object }).osPatchConfig);
    }

    test("leaves out a recorded time that has gone by, whatever else is changed", async () => {
        const recorded = { osPatch: { after: PAST } };
        const wanted = { after: PAST, schedule: "0 3 * * SUN" };
        expect(await sent({ onDemandPatchAfter: PAST }, wanted, recorded)).toEqual([
            { patchOnBoot: false, schedule: "0 3 * * SUN", rebootIfRequired: false },
        ]);
    });

    test.each<[string, object]>([
        ["keeps its time", { onDemandPatchAfter: PAST }],
        ["has no time any more", {}],
        ["tells Go's zero time", { onDemandPatchAfter: "0001-01-01T00:00:00Z" }],
    ])("is nothing after a change that broke off, where Palette %s", async (_, observed) => {
        const recorded = { osPatch: { after: PAST }, partial: true };
        expect(await sent(observed, { after: PAST }, recorded)).toEqual([]);
        expect(observedOsPatch(cluster(observed), { after: PAST })).toEqual({ after: PAST });
    });

    test("has a new time, also one that comes while the run is on its way", async () => {
        for (const after of [FUTURE, PAST]) {
            palette.seen.length = 0;
            expect(await sent({}, { after }, { osPatch: { onBoot: true } })).toEqual([
                expect.objectContaining({ onDemandPatchAfter: after }),
            ]);
        }
    });
});
