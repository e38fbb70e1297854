import type { Provider } from "../../packages/palette/lifecycle/provider";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { registrySync } from "../../packages/palette/registry/registrySync";
import { forgetRun } from "../../packages/palette/lifecycle/runNotes";
import { spectroRegistry } from "../../packages/palette/registry/spectroRegistry";
import { switchTable, type SwitchName } from "../../sandbox/palette/switches";
import { type RegistryBench } from "../registry/registryBench";
import { describeWith } from "../sandbox/awsSandbox";
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

/** The switches that are about registries and their synchronization; ECR's own are for switches.test.ts. */
const concerned: SwitchName[] = [
    ...(["duplicateName", "labels", "createValidates", "validateFailure", "maskedSecret"] as const),
    ...(["registryType", "packRegistryName", "packRegistryPrivate", "registryInUse"] as const),
    ...(["syncStatus", "syncOnUpdate", "packVisibility", "changedDigest", "invalidPack"] as const),
    ...(["manifestShape", "ociPackType", "basePaths", "harborChallenge"] as const),
];

/** What the registries beside ECR go through, whatever Palette turns out to do; see switches.test.ts for ECR. */
describeWith("registry", "oras")("the registries, whatever Palette turns out to do", () => {
    let provider: ProviderBench;
    let registries: RegistryBench;
    let digest: string;
    let runs = 0;
    beforeAll(async () => {
        provider = await ProviderBench.start();
        registries = provider.registries;
        const pack = await registries.pack("hello");
        digest = pack.digest;
        for (const kind of ["basic", "spectro"] as const) {
            const repository = await registries.repository(kind, BASE);
            await repository.upload("1.0.0", pack);
            await repository.close();
        }
    });
    afterAll(() => provider?.remove());
    afterEach(async () => {
        await registries.bench.control("DELETE", "/faults");
        await registries.bench.control("DELETE", "/switches");
    });

    const rows = concerned.flatMap((name) => {
        const [usual, ...deviating] = switchTable[name].values;
        return (name === "duplicateName" ? [usual, ...deviating] : deviating).map(
            (value) => [name, value] as const,
        );
    });

    test.each(rows)("%s=%s", async (name, value) => {
        await registries.bench.control("PATCH", "/switches", { [name]: value });
        const lost = name === "duplicateName";
        if (lost) {
            for (const route of ["/v1/registries/oci/basic", "/v1/registries/pack"]) {
                await registries.bench.control("POST", "/faults", {
                    service: "palette",
                    method: "POST",
                    route,
                    times: 1,
                    action: "resetAfter",
                });
            }
        }
        const { sandbox } = registries.bench;
        const run = `run-${++runs}`;
        const packs = [{ name: "hellouniverse", version: "1.0.0", digest }];
        await live(ociRegistry, basicRegistry(sandbox, { name: `${run}-basic`, packs }));
        await live(spectroRegistry, legacyRegistry(sandbox, { name: `${run}-legacy`, packs }));
        const { items } = await registries.bench.until(async () => {
            const answer = await registries.bench.call("GET", "/v1/registries/metadata?scope=all");
            return answer.status === 200 && answer.body;
        });
        const left = (items as { name: string }[]).filter((registry) =>
            registry.name.startsWith(run),
        );
        expect(left).toEqual([]);
    });

    /** From nothing to a registry without drift, changed in place, synchronized by another stack, and back. */
    async function live<
        I extends { name: string; tls?: object; packs: { digest: string }[] },
        O extends I & { uid: string },
    >(provider: Provider<I, O>, inputs: I): Promise<void> {
        const { id, outs } = await provider.create(inputs);
        const observed = await provider.read(id, outs);
        expect(observed).toEqual({ id, props: outs, inputs });
        expect(await provider.diff(id, observed.props!, inputs)).toMatchObject({ changes: false });
        const news = { ...inputs, tls: { insecureSkipVerify: true } };
        const updated = (await provider.update(id, outs, news)).outs;
        expect(await provider.read(id, updated)).toEqual({ id, props: updated, inputs: news });
        const theirs = await registrySync.create({
            name: inputs.name,
            packs: inputs.packs as never,
            syncTimeout: 2,
        });
        expect(theirs.id).toBe(id);
        // In a run of its own.
        forgetRun();
        await provider.delete(id, updated);
        await provider.delete(id, updated);
        expect((await provider.read(id, updated)).id).toBe("");
    }
});
