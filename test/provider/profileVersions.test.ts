import { awsCluster } from "../../packages/palette/cluster/aws/awsCluster";
import type { Provider } from "../../packages/palette/lifecycle/provider";
import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type {
    ClusterProfileInputs,
    ClusterProfileOutputs,
} from "../../packages/palette/profile/profileInputs";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { archive, helloFiles, packRepository } from "../sandbox/paletteSupport";
import { update, expectNoDrift, create, remove, type EngineResource } from "./engineResource";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(60_000);

const presets = `presets:
  - name: big
    displayName: Big
    group: size
    remove: ["manifests.hello-universe.small"]
    add: |
      manifests:
        hello-universe:
          replicas: 5
`;

describeWith(...tutorialBinaries)("the versions of a profile", () => {
    let tutorial: Tutorial;
    let found: Found;
    let registryUid: string;
    let number = 0;

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        await tutorial.push();
        const layers = [
            await archive({
                ...helloFiles({ version: "1.1.0" }),
                "hello-universe-pack/presets.yaml": presets,
            }),
        ];
        await tutorial.bench.push(packRepository, "1.1.0", { layers });
        const registry = await ociRegistry.create(tutorial.registry({ name: "versions" }));
        registryUid = registry.id;
        found = await tutorial.preflight();
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });

    /** Inputs of a profile without a version, whose content is told by one value. */
    function inputsOf(value: string, fields: Partial<ClusterProfileInputs> = {}) {
        const { version: _version, ...inputs } = tutorial.profile(
            { name: `profile-${number}` },
            found,
            { registryUid, overrides: `pack:\n  namespace: ${value}\n` },
        );
        return { ...inputs, ...fields } as ClusterProfileInputs;
    }
    beforeEach(() => void number++);

    const provider: Provider<ClusterProfileInputs, ClusterProfileOutputs> = clusterProfile;
    type Profile = EngineResource<ClusterProfileInputs, ClusterProfileOutputs>;

    /** Versions that Palette has of the profile of this test. */
    async function inPalette(): Promise<string[]> {
        const options = { project: tutorial.bench.project };
        const { items } = await tutorial.bench.get(
            "/v1/dashboard/clusterprofiles/metadata",
            options,
        );
        return items
            .filter(
                (item: { metadata: { name: string } }) =>
                    item.metadata.name === `profile-${number}`,
            )
            .map((item: { spec: { version: string } }) => item.spec.version)
            .sort();
    }

    const writes = () => tutorial.writes();

    function inConsole(method: string, profile: Profile, rest: string, body?: object) {
        const url = `/v1/clusterprofiles/${profile.outs.uid}${rest}`;
        return tutorial.bench.call(method, url, body, { project: tutorial.bench.project });
    }

    /** What a refresh finds, and that `up` after it puts back just that. */
    async function drift(profile: Profile): Promise<ClusterProfileInputs> {
        const { id, props, inputs } = await provider.read(profile.id, profile.outs);
        expect(await provider.diff(id, props!, profile.inputs)).toMatchObject({
            changes: true,
            replaces: [],
        });
        profile.outs = (await provider.update(id, props!, profile.inputs)).outs;
        await expectNoDrift(profile);
        return inputs!;
    }

    test("are counted where none is asked for, and come back with their content", async () => {
        const profile = await create(provider, inputsOf("one"));
        expect(profile.outs).toMatchObject({ version: "1.0.0", automaticVersion: true });
        await expectNoDrift(profile);
        const first = profile.outs;

        await update(profile, inputsOf("two"));
        expect(profile.outs.version).toBe("1.0.1");
        expect(profile.outs.revision).not.toBe(first.revision);
        expect(await inPalette()).toEqual(["1.0.0", "1.0.1"]);
        await expectNoDrift(profile);

        await writes();
        await update(profile, inputsOf("one"));
        expect(profile.outs).toMatchObject({
            version: "1.0.0",
            uid: first.uid,
            revision: first.revision,
        });
        expect(await writes()).toEqual([]);
        await expectNoDrift(profile);

        await update(profile, inputsOf("three"));
        expect(profile.outs.version).toBe("1.0.2");
        expect(profile.outs.versions!.map(({ version }) => version)).toEqual([
            "1.0.0",
            "1.0.1",
            "1.0.2",
        ]);
        await remove(profile);
        expect(await inPalette()).toEqual([]);
    });

    test("are the ones that are asked for, back and forth", async () => {
        const profile = await create(provider, inputsOf("one", { version: "1.0.0" }));
        await update(profile, inputsOf("two", { version: "2.0.0" }));
        expect(await inPalette()).toEqual(["1.0.0", "2.0.0"]);
        await writes();
        await update(profile, inputsOf("one", { version: "1.0.0" }));
        expect(await writes()).toEqual([]);
        await expectNoDrift(profile);
        await remove(profile);
    });

    test("do not change: other content under one is refused in the preview", async () => {
        const profile = await create(provider, inputsOf("one", { version: "1.0.0" }));
        const { id, outs } = profile;
        const changed = inputsOf("two", { version: "1.0.0" });
        await writes();
        for (const refused of [
            provider.diff(id, outs, changed),
            provider.update(id, outs, changed),
        ]) {
            await expect(refused).rejects.toThrow(/ 1\.0\.0 is published .* version to 1\.0\.1/);
        }
        // As long as it is not known where a pack is, its version tells enough.
        const layers = changed.layers.map((layer) => ({
            ...layer,
            registryUid: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        }));
        layers.at(-1)!.version = "1.1.0";
        await expect(provider.diff(id, outs, { ...changed, layers })).rejects.toThrow(
            /hellouniverse:1\.1\.0.* 1\.0\.1/,
        );
        await update(profile, inputsOf("three", { version: "3.0.0" }));
        await expect(provider.diff(id, profile.outs, changed)).rejects.toThrow("version to 3.0.1");
        await remove(profile);
    });

    test("change in place where the configuration says so", async () => {
        const fields = { version: "1.0.0", editInPlace: true };
        const profile = await create(provider, inputsOf("one", fields));
        const { uid, revision } = profile.outs;
        await update(profile, inputsOf("two", fields));
        expect(profile.outs.uid).toBe(uid);
        // That is the current version, where none is named.
        await update(profile, inputsOf("three", { editInPlace: true }));
        expect(profile.outs.uid).toBe(uid);
        expect(profile.outs.revision).not.toBe(revision);
        expect(await inPalette()).toEqual(["1.0.0"]);
        await expectNoDrift(profile);
        await remove(profile);
    });

    test("are not needed for tags and a description", async () => {
        const profile = await create(provider, inputsOf("one"));
        await writes();
        await update(profile, inputsOf("one", { tags: ["other"], description: "Other." }));
        expect(await writes()).toEqual(["PATCH /v1/clusterprofiles/{uid}/metadata"]);
        await expectNoDrift(profile);
        await remove(profile);
    });

    test("beyond the number to keep go, oldest first, but not one that a cluster uses", async () => {
        const profile = await create(provider, inputsOf("one"));
        const cluster = tutorial.cluster({ name: `profile-${number}` }, found, profile.outs);
        const running = await create(awsCluster, cluster);
        await update(profile, inputsOf("two"));
        await update(profile, inputsOf("three"));
        await update(profile, inputsOf("three", { keepVersions: 1 }));
        // The oldest is in use.
        expect(await inPalette()).toEqual(["1.0.0", "1.0.1", "1.0.2"]);
        await update(profile, inputsOf("four", { keepVersions: 0 }));
        expect(await inPalette()).toEqual(["1.0.0", "1.0.3"]);
        await remove(running);
        await update(profile, inputsOf("four", { keepVersions: 3 }));
        await update(profile, inputsOf("four", { keepVersions: 0 }));
        expect(await inPalette()).toEqual(["1.0.3"]);
        await expectNoDrift(profile);
        await remove(profile);
    });

    test("that an interrupted run has made are taken up, not made twice", async () => {
        const created = inputsOf("one");
        await provider.create(created);
        // The state never heard of it.
        const profile = await create(provider, created);
        expect(await inPalette()).toEqual(["1.0.0"]);
        await provider.update(profile.id, profile.outs, inputsOf("two"));
        await update(profile, inputsOf("two"));
        expect(await inPalette()).toEqual(["1.0.0", "1.0.1"]);
        await provider.update(profile.id, profile.outs, inputsOf("three"));
        // Meanwhile the user has thought of something better.
        await update(profile, inputsOf("four"));
        expect(await inPalette()).toEqual(["1.0.0", "1.0.1", "1.0.2"]);
        await expectNoDrift(profile);
        await remove(profile);
        expect(await inPalette()).toEqual([]);
    });

    test("that an interrupted run has made go with the rest, though no state knows them", async () => {
        const profile = await create(provider, inputsOf("one"));
        await provider.update(profile.id, profile.outs, inputsOf("two"));
        expect(await inPalette()).toEqual(["1.0.0", "1.0.1"]);
        await remove(profile);
        expect(await inPalette()).toEqual([]);
    });

    test("whose making failed may still change", async () => {
        const fields = { version: "1.0.0" };
        const fault = { service: "palette", method: "GET", status: 403, body: { code: "No" } };
        const route = "/v1/clusterprofiles/{uid}";
        await tutorial.bench.control("POST", "/faults", { ...fault, route });
        const failed = await provider.create(inputsOf("one", fields)).catch((error) => error);
        expect(failed).toMatchObject({ message: expect.stringContaining("403") });
        const { id, properties } = failed as { id: string; properties: ClusterProfileOutputs };
        expect(properties.versions).toMatchObject([{ version: "1.0.0", uid: id, partial: true }]);
        const profile = { provider, inputs: properties, id, outs: properties };
        await update(profile, inputsOf("two", fields));
        expect(profile.outs.versions).not.toMatchObject([{ partial: true }]);
        await expectNoDrift(profile);
        // A new version that fails beside a good one leaves the good one alone.
        await tutorial.bench.control("POST", "/faults", { ...fault, route });
        const next = inputsOf("three", { version: "2.0.0" });
        const half = await provider.update(id, profile.outs, next).catch((error) => error);
        expect((half as { properties: ClusterProfileOutputs }).properties.versions).toMatchObject([
            { version: "1.0.0", uid: id },
            { version: "2.0.0", partial: true },
        ]);
        await tutorial.bench.control("DELETE", "/faults");
        await remove({
            ...profile,
            outs: (half as { properties: ClusterProfileOutputs }).properties,
        });
        expect(await inPalette()).toEqual([]);
    });

    test("have one type: another one needs another name", async () => {
        const profile = await create(provider, inputsOf("one"));
        await expect(
            provider.diff(profile.id, profile.outs, inputsOf("one", { type: "infra" })),
        ).rejects.toThrow(
            /is of type cluster, which does not change to infra; give it another name/,
        );
        await remove(profile);
    });

    test("of a state that was lost come back as the history", async () => {
        const profile = await create(provider, inputsOf("one"));
        await update(profile, inputsOf("two"));
        const again = await create(provider, inputsOf("two"));
        expect(again.outs).toMatchObject({ version: "1.0.1", uid: profile.outs.uid });
        await remove(again);
        expect(await inPalette()).toEqual([]);
    });

    test("tell in a refresh what somebody changed, and get it back", async () => {
        const profile = await create(provider, inputsOf("one"));
        const { body } = await inConsole("GET", profile, "");
        const packs = body.spec.published.packs.map((pack: Record<string, unknown>) => ({
            name: pack.name,
            tag: pack.tag,
            uid: pack.packUid,
            registryUid: pack.registryUid,
            values: pack.values,
        }));
        const edit = async (change: (packs: Record<string, string>[]) => unknown) => {
            const copies = structuredClone(packs);
            const edited = change(copies) ?? copies;
            const spec = { version: "1.0.0", template: { type: "cluster", packs: edited } };
            expect((await inConsole("PUT", profile, "", { metadata: {}, spec })).status).toBe(204);
            await inConsole("PATCH", profile, "/publish");
        };
        const hello = (observed: ClusterProfileInputs) => observed.layers.at(-1)!;

        await edit((copies) => {
            copies.at(-1)!.values = copies
                .at(-1)!
                .values!.replace("namespace: one", "namespace: two");
        });
        const edited = await drift(profile);
        expect(hello(edited).overrides).toBe("pack:\n  namespace: two\n");
        expect(edited).toEqual({
            ...profile.inputs,
            layers: [...profile.inputs.layers.slice(0, -1), hello(edited)],
        });

        // Comments and layout are none: Palette may tell values in a layout of its own.
        await edit((copies) => void (copies.at(-1)!.values += "\n# a comment\n"));
        await expectNoDrift(profile);

        await edit((copies) => {
            const kubernetes = copies.find(({ name }) => name === "kubernetes")!;
            Object.assign(kubernetes, { tag: "1.28.2", uid: "" });
        });
        const downgraded = await drift(profile);
        expect(downgraded.layers.find(({ name }) => name === "kubernetes")).toMatchObject({
            version: "1.28.2",
        });

        await edit((copies) => copies.slice(0, -1));
        expect((await drift(profile)).layers).toEqual(profile.inputs.layers.slice(0, -1));

        const labels = { somebody: "else" };
        const { labels: kept } = body.metadata;
        await inConsole("PATCH", profile, "/metadata", {
            metadata: {
                name: `profile-${number}`,
                labels: { ...kept, ...labels },
                annotations: { description: "Mine." },
            },
            spec: { version: "7.0.0" },
        });
        expect(await drift(profile)).toEqual({
            ...profile.inputs,
            version: "7.0.0",
            description: "Mine.",
            tags: [...profile.inputs.tags, "somebody:else"],
        });
        expect(await inPalette()).toEqual(["1.0.0"]);

        await inConsole("PUT", profile, "/variables", { variables: [{ name: "new" }] });
        expect((await drift(profile)).variables).toEqual([{ name: "new" }]);

        await inConsole("DELETE", profile, "");
        expect(await provider.read(profile.id, profile.outs)).toEqual({ id: "" });
    });

    test("that are left when somebody deletes the current one are not lost", async () => {
        const profile = await create(provider, inputsOf("one"));
        await update(profile, inputsOf("two"));
        await inConsole("DELETE", profile, "");
        await drift(profile);
        expect(profile.outs.version).toBe("1.0.1");
        expect(await inPalette()).toEqual(["1.0.0", "1.0.1"]);
        await update(profile, inputsOf("one"));
        await inConsole("DELETE", profile, "");
        const { props } = await provider.read(profile.id, profile.outs);
        await provider.delete(profile.id, props!);
        expect(await inPalette()).toEqual([]);
    });

    test("hold presets of their packs, applied before the overrides", async () => {
        const inputs = inputsOf("one");
        const layers = [
            ...inputs.layers.slice(0, -1),
            { ...inputs.layers.at(-1)!, version: "1.1.0", presets: ["big"] },
        ];
        const profile = await create(provider, { ...inputs, layers });
        const { body } = await inConsole("GET", profile, "");
        const { values } = body.spec.published.packs.at(-1);
        expect(values).toContain("replicas: 5");
        expect(values).toContain("namespace: one");
        await expectNoDrift(profile);
        layers.at(-1)!.presets = ["small"];
        await expect(create(provider, { ...inputs, name: "other", layers })).rejects.toThrow(
            /layer hellouniverse: The pack has no preset small; its presets are big/,
        );
        await remove(profile);
    });

    test("have variables; secrets among them stay masked and are no drift", async () => {
        const variables = [
            { name: "colour", defaultValue: "red", regex: "^[a-z]+$", required: true },
            {
                name: "password",
                defaultValue: "hunter2",
                isSensitive: true,
                format: "string" as const,
            },
        ];
        const profile = await create(provider, inputsOf("one", { variables }));
        await expectNoDrift(profile);
        expect(JSON.stringify({ ...profile.outs, variables: [] })).not.toContain("hunter2");

        const changed = [variables[0]!, { ...variables[1]!, defaultValue: "hunter3" }];
        await update(profile, inputsOf("one", { variables: changed }));
        expect(profile.outs.version).toBe("1.0.1");
        await expectNoDrift(profile);

        await inConsole("PATCH", profile, "/variables", {
            variables: [{ name: "colour", defaultValue: "blue" }],
        });
        expect((await drift(profile)).variables![0]).toMatchObject({ defaultValue: "blue" });
        await update(profile, inputsOf("one"));
        expect((await inConsole("GET", profile, "/variables")).body).toEqual({ variables: [] });
        await remove(profile);
    });

    test("of infrastructure, of add-ons, and in the tenant's scope", async () => {
        const { bench } = tutorial;
        const base = inputsOf("one");
        const infra = await create(provider, {
            ...base,
            type: "infra",
            layers: base.layers.slice(0, -1),
        });
        await expectNoDrift(infra);
        const name = `add-on-${number}`;
        const fields = { name, type: "add-on" as const, scope: "tenant" as const };
        const addOn = await create(provider, { ...base, ...fields, layers: base.layers.slice(-1) });
        await expectNoDrift(addOn);
        expect(await bench.get(`/v1/clusterprofiles/${addOn.id}`)).toMatchObject({
            metadata: { annotations: { scope: "tenant" } },
            spec: { published: { type: "add-on", cloudType: "all" } },
        });
        // One of the same name in the project is another one.
        const full = await create(provider, { ...base, name, version: "1.0.0" });
        expect(full.id).not.toBe(addOn.id);
        for (const made of [full, addOn, infra]) {
            await remove(made);
        }
    });

    describe("of somebody else's", () => {
        const stranger = { id: "somebody", stack: "organization/other/dev" };
        const makePreexisting = () => create(provider, inputsOf("one", { owner: stranger }));

        test("are refused, and taken over when the configuration says so", async () => {
            const preexisting = await makePreexisting();
            for (const version of [undefined, "1.0.0"]) {
                await expect(create(provider, inputsOf("one", { version }))).rejects.toThrow(
                    /exists already \(uid \w+\).* belongs to another stack \(its tag pulumi-owner is somebody\); .* profile\.adopt/,
                );
            }
            await writes();
            const profile = await create(provider, inputsOf("one", { adopt: true }));
            expect(profile.outs).toMatchObject({ uid: preexisting.id, version: "1.0.0" });
            // The owner id is all that was missing.
            expect(await writes()).toEqual(["PATCH /v1/clusterprofiles/{uid}/metadata"]);
            await expectNoDrift(profile);
            await remove(profile);
        });

        test("are found by uid as well, if that is theirs", async () => {
            const preexisting = await makePreexisting();
            await expect(
                create(provider, inputsOf("one", { adopt: "0123456789abcdef01234567" })),
            ).rejects.toThrow(/uid 0123.* does not exist.*1\.0\.0: \w+/);
            const profile = await create(provider, inputsOf("one", { adopt: preexisting.id }));
            expect(profile.id).toBe(preexisting.id);
            await remove(profile);
        });

        test("must be what is configured, or get a new version beside them", async () => {
            const preexisting = await makePreexisting();
            const fields = { adopt: true, version: "1.0.0" };
            await writes();
            await expect(create(provider, inputsOf("two", fields))).rejects.toThrow(
                /cannot be adopted as it is/,
            );
            await expect(
                create(provider, inputsOf("one", { ...fields, type: "infra" })),
            ).rejects.toThrow("type is cluster, not infra");
            expect(await writes()).toEqual([]);
            const profile = await create(provider, inputsOf("two", { adopt: true }));
            expect(profile.outs).toMatchObject({
                version: "1.0.1",
                versions: [{ uid: preexisting.id }, {}],
            });
            await remove(profile);
            expect(await inPalette()).toEqual([]);
        });
    });
});
