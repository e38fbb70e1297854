import fc from "../fuzz";
import { unknownValue } from "@pulumi/pulumi/runtime";
import { deleteKept, deleteUnlessReclaimed } from "../../packages/palette/lifecycle/claims";
import { ownerToken } from "../../packages/palette/lifecycle/ownerToken";
import {
    labelsOf,
    OWNER_LABEL,
    ownerLabels,
    refusalOf,
    tagsOf,
} from "../../packages/palette/lifecycle/ownership";
import { forgetRun, noteManaged } from "../../packages/palette/lifecycle/runNotes";
import { disconnect } from "../../packages/palette/api/session";
import { connectWithFake } from "./connect";
import { fakePalette } from "./fakePalette";

const owner = { id: "0b0a", stack: "organization/palette-custom-pack/dev" };

describe("tags", () => {
    test("are labels with Palette's value for a bare word, and the owner id", () => {
        expect(labelsOf(["spectro-cloud-education", "app:hello-universe"], { owner })).toEqual({
            "spectro-cloud-education": "spectro__tag",
            app: "hello-universe",
            [OWNER_LABEL]: "0b0a",
        });
    });

    test("keep all of a value with colons", () => {
        expect(labelsOf(["a:b:c"], { owner })).toMatchObject({ a: "b:c" });
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
                const labels = Object.entries(labelsOf(recorded, { owner, claim: "c" }));
                labels.sort(([a], [b]) => rank(a) - rank(b));
                expect(tagsOf(Object.fromEntries(labels), recorded, owner)).toEqual(recorded);
            }),
        );
    });

    test("show what was added, changed and removed outside of the stack", () => {
        const labels = { b: "changed", c: "spectro__tag", d: "4", [OWNER_LABEL]: "0b0a" };
        expect(tagsOf(labels, ["a", "b:2", "d:4", "c"], owner)).toEqual(["d:4", "c", "b:changed"]);
        expect(tagsOf({ x: "y" }, ["a", "b:2"], owner)).toEqual(["x:y"]);
    });

    test.each([
        ["no labels", undefined],
        ["empty labels", {}],
        ["another owner id", { a: "1", [OWNER_LABEL]: "other" }],
    ])("are the recorded ones where Palette answers %s", (_, labels) => {
        expect(tagsOf(labels, ["recorded"], owner)).toEqual(["recorded"]);
    });
});

describe("the owner id", () => {
    const info = { tenantUid: "tenant-1" };
    async function withPalette(body: object, action: () => Promise<void>): Promise<void> {
        const palette = await fakePalette(({ path }) =>
            path === "/v1/users/info" ? { body } : { status: 404, body: { code: "NotFound" } },
        );
        await connectWithFake(palette);
        try {
            await action();
        } finally {
            await disconnect();
            await palette.close();
        }
    }

    test("is random, made once, and remembers the tenant", () =>
        withPalette(info, async () => {
            const [first, second] = await Promise.all([
                ownerToken.create!({ stack: owner.stack }),
                ownerToken.create!({ stack: owner.stack }),
            ]);
            expect(first.outs).toEqual({
                stack: owner.stack,
                ownerId: first.id,
                tenant: "tenant-1",
            });
            expect(first.id).toMatch(/^[\w-]{36}$/);
            expect(second.id).not.toBe(first.id);
            const renamed = { stack: "organization/palette-custom-pack/other" };
            expect(await ownerToken.diff!(first.id, first.outs!, renamed)).toEqual({
                changes: false,
            });
        }));

    test("is made where Palette tells no tenant", () =>
        withPalette({}, async () => {
            const { outs } = await ownerToken.create!({ stack: owner.stack });
            expect(outs).toMatchObject({ tenant: "" });
            expect(await ownerToken.diff!("1", outs!, outs!)).toEqual({ changes: false });
        }));

    test("stops a run with the key of another tenant, before anything is planned anew", () =>
        withPalette({ tenantUid: "tenant-2" }, async () => {
            const outs = { stack: owner.stack, ownerId: "0b0a", tenant: "tenant-1" };
            await expect(ownerToken.diff!("1", outs, outs)).rejects.toThrow(
                /the API key belongs to the tenant tenant-2 .* tenant tenant-1\. Nothing was deleted/,
            );
        }));
});

describe("an object of the wanted name", () => {
    const wanted = { subject: 'cluster "c"', owner, adopt: false, adoptKey: "cluster.adopt" };
    const labelled = (ownerId: string) => ({ uid: "77", labels: { [OWNER_LABEL]: ownerId } });

    test.each([
        ["carries the stack's owner id", labelled("0b0a"), false],
        ["is adopted", { uid: "77" }, true],
        ["is adopted by its uid", { uid: "77" }, "77"],
        ["is adopted from another stack", labelled("other"), true],
    ])("is the stack's when it %s", (_, existing, adopt) => {
        expect(refusalOf(existing, { ...wanted, adopt })).toBeUndefined();
    });

    test.each([
        ["without labels", { uid: "77" }, "was not created by this stack"],
        ["with other labels", { uid: "77", labels: { a: "1" } }, "was not created by this stack"],
        ["with another stack's owner id", labelled("other"), "its tag pulumi-owner is other"],
    ])("is refused %s, with the ways out", (_, existing, whose) => {
        const refusal = refusalOf(existing, wanted);
        expect(refusal).toMatch(/^cluster "c" exists already \(uid 77\).*set cluster\.adopt: true/);
        expect(refusal).toContain(whose);
    });

    test("is refused while the owner id is not known, in a preview of a new stack", () => {
        const unknown = { ...owner, id: unknownValue };
        expect(refusalOf({ uid: "77" }, { ...wanted, owner: unknown })).toBeDefined();
        expect(refusalOf(labelled("other"), { ...wanted, owner: unknown })).toBeDefined();
    });

    test("is refused under another uid than the one to be adopted", () => {
        expect(refusalOf(labelled("other"), { ...wanted, adopt: "78" })).toMatch(
            /uid 77.*, but cluster\.adopt is 78; correct the uid or the name$/,
        );
    });

    test("is refused with the time of its creation, where Palette tells", () => {
        const creationTimestamp = "2026-01-02T03:04:05.000Z";
        expect(refusalOf({ uid: "77", creationTimestamp }, wanted)).toContain(
            "(uid 77), since 2026-01-02T03:04:05.000Z",
        );
    });
});

describe("a deletion", () => {
    const remove = jest.fn(async () => undefined);
    const object = { subject: 'cluster "c"', uid: "77" };
    let log: jest.SpyInstance;
    beforeEach(() => {
        forgetRun();
        remove.mockClear();
        log = jest.spyOn(console, "log").mockImplementation(() => undefined);
    });
    afterEach(() => log.mockRestore());
    const claimed = (claim?: string) => ownerLabels({ owner, ...(claim && { claim }) });

    test.each([
        ["no claim, none recorded", claimed(), undefined],
        ["the recorded claim", claimed("a"), "a"],
        ["no claim any more", claimed(), "a"],
        ["no labels at all", {}, undefined],
    ])("takes an object with %s", async (_, labels, claim) => {
        await deleteUnlessReclaimed({ ...object, labels }, { owner, claim }, remove);
        expect(remove).toHaveBeenCalled();
        expect(log).not.toHaveBeenCalled();
    });

    test.each([
        ["a claim, none recorded", claimed("b"), undefined, "another resource of this stack"],
        ["another claim", claimed("b"), "a", "another resource of this stack"],
        ["another stack's owner id", { [OWNER_LABEL]: "x" }, undefined, "another stack has"],
    ])("leaves an object with %s, and says so in one line", async (_, labels, claim, reason) => {
        await deleteUnlessReclaimed({ ...object, labels }, { owner, claim }, remove);
        expect(remove).not.toHaveBeenCalled();
        expect(log.mock.calls).toEqual([[expect.stringContaining(reason)]]);
        expect(log.mock.calls[0][0]).toMatch(/^cluster "c" \(uid 77\) stays: /);
    });

    test("leaves an object without labels that a resource of this run stands for", async () => {
        noteManaged("77");
        await deleteUnlessReclaimed({ ...object, labels: {} }, { owner }, remove);
        expect(remove).not.toHaveBeenCalled();
    });

    test("that left an object is made up for when nothing is left that could stand for it", async () => {
        await deleteUnlessReclaimed({ ...object, labels: claimed("b") }, { owner }, remove);
        expect(await deleteKept("78")).toBe(false);
        expect(remove).not.toHaveBeenCalled();
        expect(await deleteKept("77")).toBe(true);
        expect(remove).toHaveBeenCalledTimes(1);
        expect(await deleteKept("77")).toBe(false);
    });
});
