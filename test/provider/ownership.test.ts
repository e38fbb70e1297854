import fc from "../fuzz";
import {
    labelsOf,
    OWNER_LABEL,
    ownership,
    requireOwn,
    tagsOf,
} from "../../components/palette/provider/ownership";
import { executables, type Executables } from "../unit/executables";

jest.mock(
    "node:child_process",
    () =>
        jest.requireActual<typeof import("../unit/executables")>("../unit/executables")
            .childProcess,
);

const owner = { mark: "0b0a", stack: "organization/palette-custom-pack/dev" };

describe("tags", () => {
    test("are labels with Palette's value for a bare word, and the mark", () => {
        expect(labelsOf(["spectro-cloud-education", "app:hello-universe"], owner)).toEqual({
            "spectro-cloud-education": "spectro__tag",
            app: "hello-universe",
            [OWNER_LABEL]: "0b0a",
        });
    });

    test("keep all of a value with colons", () => {
        expect(labelsOf(["a:b:c"], owner)).toMatchObject({ a: "b:c" });
        expect(tagsOf({ a: "b:c", [OWNER_LABEL]: "0b0a" }, [], owner)).toEqual(["a:b:c"]);
    });

    test("come back as they were, in the recorded order, whatever the order in Palette", () => {
        const word = fc.stringMatching(/^[A-Za-z0-9]([\w.-]{0,8}[A-Za-z0-9])?$/);
        const tags = fc.uniqueArray(fc.tuple(word, fc.option(word)), {
            selector: ([key]) => key,
        });
        fc.assert(
            fc.property(tags, fc.func(fc.nat()), (pairs, rank) => {
                const recorded = pairs.map(([key, value]) =>
                    value === null ? key : `${key}:${value}`,
                );
                const labels = Object.entries(labelsOf(recorded, owner));
                labels.sort(([one], [other]) => rank(one) - rank(other));
                expect(tagsOf(Object.fromEntries(labels), recorded, owner)).toEqual(recorded);
            }),
        );
    });

    test("show what was added, changed and removed outside of the stack", () => {
        const labels = { b: "changed", c: "spectro__tag", d: "4", [OWNER_LABEL]: "0b0a" };
        expect(tagsOf(labels, ["a", "b:2", "d:4", "c"], owner)).toEqual(["d:4", "c", "b:changed"]);
    });

    test.each([
        ["no labels", undefined],
        ["empty labels", {}],
        ["somebody's labels", { a: "1" }],
        ["another mark", { a: "1", [OWNER_LABEL]: "other" }],
    ])("are the recorded ones where Palette answers %s", (_, labels) => {
        expect(tagsOf(labels, ["recorded"], owner)).toEqual(["recorded"]);
    });
});

test("the mark is random, and made once", async () => {
    const [one, other] = await Promise.all([
        ownership.create!({ stack: owner.stack }),
        ownership.create!({ stack: owner.stack }),
    ]);
    expect(one.outs).toEqual({ stack: owner.stack, mark: one.id });
    expect(one.id).toMatch(/^[\w-]{36}$/);
    expect(other.id).not.toBe(one.id);
    const renamed = { stack: "organization/palette-custom-pack/other" };
    expect(await ownership.diff!(one.id, one.outs!, renamed)).toEqual({ changes: false });
});

describe("an object of the wanted name", () => {
    let fakes: Executables;
    beforeEach(() => {
        fakes = executables();
        fakes.prependToPath();
    });
    afterEach(() => fakes.remove());

    const pendingOf = (name: string, type = "AwsCluster", operation = "creating") => ({
        type: operation,
        resource: { type: `pulumi-nodejs:dynamic/palette:${type}`, inputs: { name } },
    });
    /** The state of the stack has these operations that never ended. */
    const stateHas = (...pending: unknown[]) =>
        fakes.write("pulumi", {
            prints: JSON.stringify({ version: 3, deployment: { pending_operations: pending } }),
        });
    const wanted = {
        subject: 'cluster "c"',
        type: "AwsCluster",
        name: "c",
        owner,
        adopt: false,
        adoptKey: "cluster.adopt",
        sameSpecification: () => true,
    };
    const unmarked = { uid: "77" };
    const foreign = /^cluster "c" exists already \(uid 77\).*set cluster\.adopt: true/;

    test.each([
        ["carries the stack's mark", { labels: { [OWNER_LABEL]: "0b0a" } }, {}],
        ["is adopted", {}, { adopt: true }],
        ["is adopted from another", { labels: { [OWNER_LABEL]: "other" } }, { adopt: true }],
    ])("is its own when it %s; nothing else is asked", async (_, existing, options) => {
        stateHas();
        const sameSpecification = jest.fn();
        await requireOwn(
            { ...unmarked, ...existing },
            { ...wanted, sameSpecification, ...options },
        );
        expect(sameSpecification).not.toHaveBeenCalled();
        expect(fakes.runs("pulumi")).toEqual([]);
    });

    test("is its own without a mark, when it is the same and its create never ended", async () => {
        stateHas(pendingOf("other"), pendingOf("c"));
        await requireOwn(unmarked, wanted);
        expect(fakes.runs("pulumi")).toEqual([
            "stack export --stack organization/palette-custom-pack/dev",
        ]);
    });

    test.each([
        ["nothing is pending", []],
        ["another name is pending", [pendingOf("d")]],
        ["another type is pending", [pendingOf("c", "ClusterProfile")]],
        ["an update is pending", [pendingOf("c", "AwsCluster", "updating")]],
        ["what is pending has no inputs", [{ type: "creating", resource: { type: "x" } }]],
    ])("is somebody else's without a mark, when %s", async (_, pending) => {
        stateHas(...pending);
        await expect(requireOwn(unmarked, wanted)).rejects.toThrow(foreign);
    });

    test("is somebody else's in a stack without a state", async () => {
        fakes.write("pulumi", { prints: '{"version":3,"deployment":{}}' });
        await expect(requireOwn(unmarked, wanted)).rejects.toThrow(foreign);
    });

    test("is somebody else's when it is not what would be created", async () => {
        stateHas(pendingOf("c"));
        const other = { ...wanted, sameSpecification: async () => false };
        await expect(requireOwn(unmarked, other)).rejects.toThrow(foreign);
        expect(fakes.runs("pulumi")).toEqual([]);
    });

    test("is somebody else's with another mark, whatever is pending", async () => {
        stateHas(pendingOf("c"));
        const marked = { uid: "77", labels: { [OWNER_LABEL]: "other" } };
        await expect(requireOwn(marked, wanted)).rejects.toThrow(foreign);
    });

    test("is an error that names it when the state cannot be read", async () => {
        fakes.write("pulumi", { complains: "error: passphrase must be set", exitCode: 255 });
        const error = await requireOwn(unmarked, wanted).catch((one: unknown) => one);
        expect(error).toMatchObject({ message: expect.stringContaining('cluster "c"') });
    });
});
