import { describePoint, killAtAll, KillMatrix, pointsOf, type Kind } from "./killMatrix";

jest.setTimeout(12 * 3_600_000);

/** To share the work: `2/5` takes the second of five points, the seventh, and so on. */
const [part, parts] = (process.env.KILL_PART ?? "1/1").split("/").map(Number) as [number, number];

/** For work on some of them: a pattern of the names that the test prints. */
const only = new RegExp(process.env.KILL_ONLY ?? "");

test.each<[Kind, (call: string) => boolean]>([
    ["one ECR", () => true],
    // What the other stack does not do.
    ["a registry of each kind", (call) => !/^(palette|aws POST (ecr|sts)) /.test(call)],
])(
    "a run of the real engine that is killed at any call or command converges: %s",
    async (kind, has) => {
        const matrix = await KillMatrix.create(kind);
        try {
            const points = pointsOf((await matrix.calls()).filter(({ call }) => has(call)));
            const mine = points
                .filter((_, index) => index % parts === part - 1)
                .filter((point) => only.test(describePoint(point)));
            expect(await killAtAll(matrix, mine)).toEqual([]);
        } finally {
            await matrix.close();
        }
    },
);
