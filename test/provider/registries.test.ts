import { readFileSync } from "node:fs";
import { recordPartialUpdates, type Provider } from "../../packages/palette/lifecycle/provider";
import {
    ociRegistry,
    type OciRegistryInputs,
    type OciRegistryOutputs,
} from "../../packages/palette/registry/ociRegistry";
import { forgetRun } from "../../packages/palette/lifecycle/runNotes";
import { ownerToken } from "../../packages/palette/lifecycle/ownerToken";
import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";
import { registrySync } from "../../packages/palette/registry/registrySync";
import {
    spectroRegistry,
    type SpectroRegistryInputs,
} from "../../packages/palette/registry/spectroRegistry";
import type * as wait from "../../packages/palette/api/wait";
import { describeWith } from "../sandbox/awsSandbox";
import { type RegistryBench } from "../registry/registryBench";
import { BASE, basicRegistry, legacyRegistry, ProviderBench } from "./otherRegistries";

jest.mock(
    "node:child_process",
    () =>
        jest.requireActual<typeof import("../unit/executables")>("../unit/executables")
            .childProcess,
);
jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
/** What is left of every deadline. */
let mockPatience = 1;
jest.mock("../../packages/palette/api/wait", () => {
    const actual = jest.requireActual<typeof wait>("../../packages/palette/api/wait");
    const waitFor: typeof wait.waitFor = (what, minutes, ...rest) =>
        actual.waitFor(what, minutes * mockPatience, ...rest);
    return { ...actual, waitFor };
});

describeWith("registry", "oras")("registries of other kinds than ECR", () => {
    let provider: ProviderBench;
    let registries: RegistryBench;
    let ca: string;
    beforeAll(async () => {
        provider = await ProviderBench.start();
        registries = provider.registries;
        ca = readFileSync(registries.bench.sandbox.caFile, "utf8");
    });
    afterAll(() => provider?.remove());
    beforeEach(() => {
        forgetRun();
        mockPatience = 1;
        registries.reset();
    });
    afterEach(async () => {
        await registries.bench.control("DELETE", "/faults");
        await registries.bench.control("DELETE", "/switches");
    });

    const hello = (digest: string, version = "1.0.0") => ({
        name: "hellouniverse",
        version,
        digest,
    });
    const basic = (fields?: Partial<OciRegistryInputs>) =>
        basicRegistry(registries.bench.sandbox, fields);
    const legacy = (fields?: Partial<SpectroRegistryInputs>) =>
        legacyRegistry(registries.bench.sandbox, fields);
    /** Pushes the sample pack, with another content for each version. */
    async function push(
        kind: "basic" | "spectro",
        basePath = BASE,
        version = "1.0.0",
    ): Promise<string> {
        const pack = await registries.pack(`${kind} ${basePath} ${version}`, { version });
        const repository = await registries.repository(kind, basePath);
        await repository.upload(version, pack);
        await repository.close();
        return pack.digest;
    }
    const registered = async (): Promise<string[]> => {
        const { items } = await registries.bench.get("/v1/registries/metadata?scope=all");
        return (items as { name: string }[]).map(({ name }) => name);
    };

    /** The whole life of a registry; `change` gives the inputs of an update. */
    async function live<I extends object, O extends I>(
        provider: Provider<I, O>,
        inputs: I,
        change: () => Promise<I>,
        name: string,
    ): Promise<void> {
        const { id, outs } = await provider.create(inputs);
        expect(await provider.read(id, outs)).toEqual({ id, props: outs, inputs });
        expect(await provider.diff(id, outs, inputs)).toMatchObject({ changes: false });
        const news = await change();
        expect(await provider.diff(id, outs, news)).toMatchObject({ changes: true, replaces: [] });
        const updated = (await provider.update(id, outs, news)).outs;
        expect(updated).toEqual({ ...outs, ...news });
        expect(await registered()).toContain(name);
        await provider.delete(id, updated);
        await provider.delete(id, updated);
        expect(await registered()).not.toContain(name);
        expect((await provider.read(id, updated)).id).toBe("");
    }

    test("a basic registry is registered, synchronized, changed and removed", async () => {
        const first = hello(await push("basic", `${BASE}/life`));
        const inputs = basic({ basePath: `${BASE}/life`, packs: [first] });
        const change = async () => ({
            ...inputs,
            tls: { certificate: ca, insecureSkipVerify: true },
            packs: [first, hello(await push("basic", `${BASE}/life`, "1.1.0"), "1.1.0")],
        });
        await live(ociRegistry, inputs, change, "harbor");
    });

    test("a legacy registry is registered, synchronized, changed and removed", async () => {
        const first = hello(await push("spectro"));
        const inputs = legacy({ packs: [first] });
        const change = async () => ({
            ...inputs,
            packs: [first, hello(await push("spectro", "", "1.1.0"), "1.1.0")],
        });
        await live(spectroRegistry, inputs, change, "legacy");
    });

    test("a change of how it is read is validated and put, one of packs only synchronized", async () => {
        const inputs = basic({ basePath: `${BASE}/rotation` });
        const { id, outs } = await ociRegistry.create(inputs);
        await registries.resetCounters();
        const digest = await push("basic", `${BASE}/rotation`);
        await ociRegistry.update(id, outs, { ...inputs, packs: [hello(digest)] });
        const calls = async () =>
            Object.keys(await registries.bench.control("GET", "/counters")).filter((call) =>
                /validate|palette PUT/.test(call),
            );
        expect(await calls()).toEqual([]);
        const { token } = registries.bench.sandbox.harbor;
        const news = { ...inputs, credentials: { type: "token" as const, token } };
        await ociRegistry.update(id, outs, news);
        expect(await calls()).toEqual([
            "palette POST /v1/registries/oci/basic/validate",
            "palette PUT /v1/registries/oci/{uid}/basic",
        ]);
        await ociRegistry.delete(id, { ...outs, ...news });
    });

    describe("a write that was not finished is validated and put again:", () => {
        const CALLS = [
            "palette POST /v1/registries/oci/basic/validate",
            "palette PUT /v1/registries/oci/{uid}/basic",
        ];
        /** Runs into a failure, as the engine does; answers what it records. */
        async function failing(run: Promise<unknown>, message: RegExp) {
            const failure = await run.catch((error: unknown) => error);
            expect(failure).toMatchObject({ message: expect.stringMatching(message) });
            await registries.bench.control("DELETE", "/faults");
            await registries.resetCounters();
            return failure as { id: string; properties: OciRegistryOutputs };
        }
        const answer500 = (method: string, route: string) =>
            registries.bench.control("POST", "/faults", {
                ...{ service: "palette", method, route, times: 0, status: 500 },
                body: { code: "OperationFailed", message: "try again" },
            });
        const calls = async () =>
            Object.keys(await registries.bench.control("GET", "/counters")).filter((call) =>
                /validate|palette PUT/.test(call),
            );

        test("credentials that are set back after a synchronization that failed", async () => {
            const provider = recordPartialUpdates(ociRegistry);
            const inputs = basic({ basePath: `${BASE}/set-back` });
            const { id, outs } = await provider.create(inputs);
            const { token } = registries.bench.sandbox.harbor;
            const news = { ...inputs, credentials: { type: "token" as const, token } };
            await answer500("POST", "/v1/registries/oci/{uid}/basic/sync");
            const { properties } = await failing(provider.update(id, outs, news), /try again/);
            expect(await provider.diff(id, properties, inputs)).toMatchObject({ changes: true });
            const again = await provider.update(id, properties, inputs);
            expect(await calls()).toEqual(CALLS);
            const { spec } = await registries.bench.get(`/v1/registries/oci/${id}/basic`);
            expect(spec.auth.type).toBe("basic");
            expect(await provider.diff(id, again.outs, inputs)).toMatchObject({ changes: false });
            await provider.delete(id, again.outs);
        });

        test("an adoption that Palette has refused", async () => {
            const inputs = basic({ basePath: `${BASE}/half-adopted`, adopt: true });
            const { id: ownerId } = inputs.owner;
            const owner = { id: "theirs", stack: "o/p/theirs" };
            const theirs = await ociRegistry.create({ ...inputs, owner });
            await answer500("PUT", "/v1/registries/oci/{uid}/basic");
            const { id, properties } = await failing(ociRegistry.create(inputs), /try again/);
            expect(id).toBe(theirs.id);
            const { outs } = await ociRegistry.update(id, properties, inputs);
            expect(await calls()).toEqual(CALLS);
            const { metadata } = await registries.bench.get(`/v1/registries/oci/${id}/basic`);
            expect(metadata.labels).toMatchObject({ [OWNER_LABEL]: ownerId });
            await ociRegistry.delete(id, outs);
        });
    });

    describe("credentials that Palette cannot use", () => {
        const credentials = {
            type: "basic" as const,
            username: "nobody",
            password: "not-a-secret",
        };
        test("are tried at the registry: wrong ones", async () => {
            const error = await ociRegistry
                .create(basic({ credentials }))
                .catch((cause: Error) => cause.message);
            expect(error).toMatch(
                /^registry "harbor": .*Palette cannot read .*does not accept them from here either \(it answers 401\): check username/,
            );
            expect(error).not.toContain("not-a-secret");
            expect(await registered()).not.toContain("harbor");
        });
        test("are tried at the registry: right ones", async () => {
            await registries.bench.control("POST", "/faults", {
                service: "palette",
                method: "POST",
                route: "/v1/registries/oci/basic/validate",
                times: 1,
                status: 400,
                body: { code: "ValidationFailed", message: "no route to host" },
            });
            await expect(ociRegistry.create(basic())).rejects.toThrow(
                /no route to host.*from here the registry accepts them, so Palette has to be able to reach https:/,
            );
        });
        test("may be a key that AWS does not know yet", async () => {
            const { accessKeyId, secretAccessKey, registryHost } = registries.bench.sandbox.aws;
            await registries.bench.control("POST", "/faults", {
                service: "palette",
                method: "POST",
                route: "/v1/registries/oci/ecr/validate",
                times: 2,
                status: 400,
                body: { code: "ValidationFailed", message: "UnrecognizedClientException: invalid" },
            });
            const { id, outs } = await ociRegistry.create({
                ...basic({ name: "new-key", endpoint: registryHost, tls: undefined }),
                kind: undefined,
                credentials: {
                    type: "secret",
                    accessKey: accessKeyId,
                    secretKey: secretAccessKey,
                },
            });
            await ociRegistry.delete(id, outs);
        });
        test("of a legacy registry", async () => {
            await expect(spectroRegistry.create(legacy({ credentials }))).rejects.toThrow(
                /^registry "legacy": .*it is up, so check username and password/,
            );
        });
    });

    // The engine asks diff of what a destroy with --target is to delete, and asks no check.
    test("a registry without labels that was only compared is deleted", async () => {
        const inputs = legacy();
        const { id, outs } = await spectroRegistry.create(inputs);
        await spectroRegistry.diff(id, outs, inputs);
        await spectroRegistry.delete(id, outs);
        expect((await spectroRegistry.read(id, outs)).id).toBe("");
    });

    test("a legacy registry that is not up is not even tried", async () => {
        await registries.resetCounters();
        const down = { status: 200, body: { status: "DOWN" } };
        await registries.bench.control("POST", "/faults", {
            service: "spectro",
            method: "GET",
            route: "/health",
            times: 1,
            ...down,
        });
        await expect(spectroRegistry.create(legacy())).rejects.toThrow(
            /\/health answers 200: .*DOWN.*expected \{"status":"UP"\}: start the registry server/,
        );
        const counters = await registries.bench.control("GET", "/counters");
        expect(Object.keys(counters).filter((call) => call.startsWith("palette"))).toEqual([]);
    });

    test("a name that another kind of registry has is no reason to take that over", async () => {
        const { bench } = registries;
        const uid = await bench.create(
            "/v1/registries/oci/ecr",
            bench.ecrRegistry({ name: "harbor" }),
        );
        await expect(ociRegistry.create(basic({ adopt: true }))).rejects.toThrow(
            `registry "harbor" exists already (uid ${uid}) as another kind of registry`,
        );
        await bench.call("DELETE", `/v1/registries/oci/${uid}/ecr`);
    });

    test("another kind under the same name is a replacement, the old one first", async () => {
        const { aws } = registries.bench.sandbox;
        const outs = { ...basic({ name: "moving" }), uid: "1" };
        const { tls: _, kind: __, ...rest } = outs;
        const ecr: OciRegistryInputs = {
            ...rest,
            endpoint: aws.registryHost,
            credentials: {
                type: "secret",
                accessKey: aws.accessKeyId,
                secretKey: aws.secretAccessKey,
            },
        };
        expect(await ociRegistry.diff("1", outs, ecr)).toEqual({
            changes: true,
            replaces: ["kind"],
            deleteBeforeReplace: true,
        });
        const renamed = { ...ecr, name: "moved" };
        expect(await ociRegistry.diff("1", outs, renamed)).toEqual({
            changes: true,
            replaces: ["name", "kind"],
            deleteBeforeReplace: false,
        });
        const spelledOut = { ...ecr, kind: "ecr" as const };
        expect(await ociRegistry.diff("1", { ...ecr, uid: "1" }, spelledOut)).toMatchObject({
            changes: false,
        });
        const old = await ociRegistry.create(basic({ name: "moving" }));
        await ociRegistry.delete(old.id, old.outs);
        const { id, outs: made } = await ociRegistry.create(ecr);
        await ociRegistry.delete(id, made);
    });

    test("a name that Palette refuses because another kind of registry has it is explained", async () => {
        const { id, outs } = await ociRegistry.create(basic({ name: "taken" }));
        const refusing = (code: string) =>
            registries.bench.control("POST", "/faults", {
                ...{ service: "palette", method: "POST", route: "/v1/registries/pack" },
                ...{ times: 1, status: 500, body: { code, message: "no" } },
            });
        await refusing("RegistryAlreadyExists");
        await expect(spectroRegistry.create(legacy({ name: "taken" }))).rejects.toThrow(
            new RegExp(
                `^registry "taken": .*RegistryAlreadyExists.*another kind of registry has the name \\(uid ${id}\\): choose another name`,
            ),
        );
        await refusing("Other");
        await expect(spectroRegistry.create(legacy({ name: "free" }))).rejects.toThrow(
            /Other: no; run the command again, and ask Spectro Cloud if it stays like this$/,
        );
        // Where Palette lets both be, the engine deletes the old one after the new one is there.
        const namesake = await spectroRegistry.create(legacy({ name: "taken" }));
        await ociRegistry.delete(id, outs);
        expect(await registered()).toContain("taken");
        await spectroRegistry.delete(namesake.id, namesake.outs);
    });

    test.each([
        ["any", true],
        ["that of a uid", "uid"],
    ])("an existing registration is taken over: %s", async (_, how) => {
        const inputs = basic({ basePath: `${BASE}/adopted` });
        const theirs = await ociRegistry.create({
            ...inputs,
            owner: { id: "theirs", stack: "o/p/theirs" },
        });
        await expect(ociRegistry.create(inputs)).rejects.toThrow(/exists already .*adopt/);
        await expect(ociRegistry.create({ ...inputs, adopt: "another" })).rejects.toThrow(
            /exists already/,
        );
        const adopt = how === "uid" ? theirs.id : true;
        const { id, outs } = await ociRegistry.create({ ...inputs, adopt });
        expect(id).toBe(theirs.id);
        // It is no longer for the stack that made it to delete.
        await ociRegistry.delete(id, theirs.outs);
        expect(await registered()).toContain("harbor");
        await ociRegistry.delete(id, outs);
    });

    test("a registration to be adopted by its uid has to be there", async () => {
        const message = (name: string, index: number) =>
            `registry "${name}" with uid 0123 does not exist, so it cannot be adopted; correct registries[${index}].adopt or the name`;
        await expect(ociRegistry.create(basic({ adopt: "0123" }))).rejects.toThrow(
            message("harbor", 1),
        );
        await expect(spectroRegistry.create(legacy({ adopt: "0123" }))).rejects.toThrow(
            message("legacy", 2),
        );
        expect(await registered()).toEqual(["Public Repo"]);
    });

    test("what a killed run has left is told before the owner id goes, whatever its kind", async () => {
        const oci = await ociRegistry.create(basic());
        const legacyRegistry = await spectroRegistry.create(legacy());
        const { id: ownerId, stack } = oci.outs.owner;
        await expect(ownerToken.delete!(ownerId, { ownerId, stack, tenant: "" })).rejects.toThrow(
            `: registry "harbor" (uid ${oci.id}), registry "legacy" (uid ${legacyRegistry.id}). An owner id is not replaced`,
        );
        await expect(
            ownerToken.delete!("m", { ownerId: "m", stack, tenant: "" }),
        ).resolves.toBeUndefined();
        await spectroRegistry.delete(legacyRegistry.id, legacyRegistry.outs);
        await ociRegistry.delete(oci.id, oci.outs);
        await expect(
            ownerToken.delete!(ownerId, { ownerId, stack, tenant: "" }),
        ).resolves.toBeUndefined();
    });

    describe("a registry that Palette knows already", () => {
        test.each(["basic", "spectro"] as const)(
            "is synchronized and left alone: %s",
            async (kind) => {
                const basePath = `${BASE}/existing`;
                const made =
                    kind === "basic"
                        ? await ociRegistry.create(basic({ basePath }))
                        : await spectroRegistry.create(legacy());
                const { name } = made.outs;
                const packs = [hello(await push(kind, basePath, "3.0.0"), "3.0.0")];
                const inputs = { name, packs, syncTimeout: 2 };
                const { id, outs } = await registrySync.create(inputs);
                expect([id, outs.uid]).toEqual([made.id, made.id]);
                expect(await registrySync.read(id, outs)).toEqual({ id, props: outs, inputs });
                expect(await registrySync.diff(id, outs, inputs)).toMatchObject({ changes: false });
                const news = {
                    ...inputs,
                    packs: [...packs, hello(await push(kind, basePath, "3.1.0"), "3.1.0")],
                };
                expect(await registrySync.diff(id, outs, news)).toMatchObject({ changes: true });
                await registrySync.update(id, outs, news);
                await registrySync.delete(id, outs);
                expect(await registered()).toContain(name);
                await (
                    kind === "basic"
                        ? ociRegistry
                        : (spectroRegistry as never as typeof ociRegistry)
                ).delete(made.id, made.outs as never);
            },
        );

        const sync = (name: string) => registrySync.create({ name, packs: [], syncTimeout: 2 });

        test("has to be there", async () => {
            await expect(sync("nobody")).rejects.toThrow(
                /^registries: "nobody" \(kind existing\) is not known to Palette; it knows .*Public Repo/,
            );
        });
        test("has to be one of packs", async () => {
            const { bench } = registries;
            const spec = { providerType: "helm", isSyncSupported: false };
            const uid = await bench.create(
                "/v1/registries/oci/ecr",
                bench.ecrRegistry({ name: "charts", spec }),
            );
            await expect(sync("charts")).rejects.toThrow(/"charts" has the provider type helm/);
            await bench.call("DELETE", `/v1/registries/oci/${uid}/ecr`);
        });
        test("has to be the only one of its name", async () => {
            await registries.bench.control("PATCH", "/switches", { duplicateName: "secondObject" });
            const first = await ociRegistry.create(basic({ basePath: `${BASE}/twice` }));
            const second = await registries.bench.create(
                "/v1/registries/oci/ecr",
                registries.bench.ecrRegistry({ name: "harbor" }),
            );
            await expect(sync("harbor")).rejects.toThrow(/several registries named "harbor"/);
            await registries.bench.call("DELETE", `/v1/registries/oci/${second}/ecr`);
            await ociRegistry.delete(first.id, first.outs);
        });
    });

    describe("a pack that does not appear is looked for:", () => {
        /** A registration that was made well, then changed by somebody; the error of the next update. */
        async function invisible(
            basePath: string,
            change: (uid: string, spec: Record<string, unknown>) => Promise<unknown>,
            packs: () => Promise<OciRegistryInputs["packs"]>,
        ): Promise<string> {
            const inputs = basic({ basePath });
            const { id, outs } = await ociRegistry.create(inputs);
            const path = `/v1/registries/oci/${id}/basic`;
            const { spec } = await registries.bench.get(path);
            await change(path, spec);
            // What is short is the time that a pack gets to appear.
            const news = { ...inputs, packs: await packs(), syncTimeout: 100 };
            mockPatience = 0.01;
            const error = await ociRegistry
                .update(id, outs, news)
                .then(() => "no error")
                .catch((cause: Error) => cause.message);
            mockPatience = 1;
            await ociRegistry.delete(id, outs);
            return error;
        }
        const put = (fields: object) => (path: string, spec: Record<string, unknown>) => {
            const { harbor } = registries.bench.sandbox;
            const auth = { type: "basic", username: harbor.username, password: harbor.password };
            const body = { metadata: { name: "harbor" }, spec: { ...spec, auth, ...fields } };
            return registries.bench.call("PUT", path, body);
        };
        const nothing = async () => undefined;

        test("the provider type is helm", async () => {
            const basePath = `${BASE}/helm`;
            expect(
                await invisible(basePath, put({ providerType: "helm" }), async () => [
                    hello(await push("basic", basePath)),
                ]),
            ).toMatch(
                /^registry "[^"]+": pack hellouniverse:1\.0\.0 does not appear: .*provider type helm.*has to be pack/,
            );
        });
        test("the base path has spectro-packs in it", async () => {
            const basePath = `${BASE}/doubled`;
            const doubled = put({ baseContentPath: `${basePath}/spectro-packs/archive` });
            expect(
                await invisible(basePath, doubled, async () => [
                    hello(await push("basic", basePath)),
                ]),
            ).toMatch(
                /adds spectro-packs\/archive by itself, so the path has to end before that: spectro-oci-registry\/doubled$/,
            );
        });
        test("the base path is another one", async () => {
            const basePath = `${BASE}/here`;
            expect(
                await invisible(basePath, put({ baseContentPath: "there" }), async () => [
                    hello(await push("basic", basePath)),
                ]),
            ).toMatch(
                /Palette looks below there, and the pack was published below spectro-oci-registry\/here/,
            );
        });
        test("it is not in the registry", async () => {
            expect(
                await invisible(`${BASE}/absent`, nothing, async () => [hello("sha256:1")]),
            ).toMatch(
                /spectro-oci-registry\/absent\/.*hellouniverse:1\.0\.0 is not in the registry: leave --target and --exclude away/,
            );
        });
        test("everything is as it should be", async () => {
            const basePath = `${BASE}/slow`;
            await registries.bench.control("PATCH", "/switches", { packVisibility: "300s" });
            await registries.bench.control("POST", "/faults", {
                service: "palette",
                method: "GET",
                route: "/v1/packs",
                status: 200,
                times: 10_000,
                body: { items: [], listmeta: {} },
            });
            expect(
                await invisible(basePath, nothing, async () => [
                    hello(await push("basic", basePath)),
                ]),
            ).toMatch(
                /waited .* for pack hellouniverse:1\.0\.0 to appear.*as it should be, and the registration is right: Palette may need longer/,
            );
        });
        test("the registry cannot be looked into", async () => {
            registries.configure([]);
            await provider.connect();
            expect(
                await invisible(`${BASE}/locked`, nothing, async () => [hello("sha256:1")]),
            ).toMatch(
                /to appear in registry "harbor".*The cause could not be looked for: registries: "harbor" .* is not in the stack's configuration/,
            );
            registries.reset();
            await provider.connect();
        });
    });

    test("a synchronization that fails tells that the credentials have stopped to work", async () => {
        const basePath = `${BASE}/failing`;
        const inputs = basic({ basePath });
        const { id, outs } = await ociRegistry.create(inputs);
        const path = `/v1/registries/oci/${id}/basic`;
        const { spec } = await registries.bench.get(path);
        const auth = { type: "basic", username: "nobody", password: "nothing" };
        await registries.bench.call("PUT", path, {
            metadata: { name: "harbor" },
            spec: { ...spec, auth },
        });
        await expect(
            ociRegistry.update(id, outs, { ...inputs, packs: [hello("sha256:1")] }),
        ).rejects.toThrow(
            /^registry "harbor": Palette's synchronization failed: .*; check that Palette may read https:.*\/spectro-oci-registry\/failing\/spectro-packs\/archive$/,
        );
        await ociRegistry.delete(id, outs);
    });
});
