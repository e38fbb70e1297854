import { readFileSync } from "node:fs";
import * as providers from "../../packages/palette";
import type { AwsClusterOutputs } from "../../packages/palette/cluster/aws/awsInputs";
import type { ClusterProfileInputs } from "../../packages/palette/profile/profileInputs";
import type { Provider } from "../../packages/palette/lifecycle/provider";
import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";
import { forgetRun } from "../../packages/palette/lifecycle/runNotes";
import { describeWith } from "../sandbox/awsSandbox";
import { basicRegistry, legacyRegistry } from "./otherRegistries";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";

jest.mock("node:timers/promises", () => ({
    setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms / 150)),
}));
jest.setTimeout(120_000);

const OWNER_ID = "the-owner-id-of-this-stack";
const kinds = ["ecr", "basic", "spectro", "profile", "cluster"] as const;
type Kind = (typeof kinds)[number];
type Inputs = { name: string; adopt: boolean | string; description?: string };
type Any = Provider<Inputs, Inputs & { uid: string }>;

const labelSets: Record<string, Record<string, string>> = {
    "no label": {},
    "the stack's label": { [OWNER_LABEL]: OWNER_ID },
    "another stack's label": { [OWNER_LABEL]: "theirs" },
};

describeWith(...tutorialBinaries)("an object of the wanted name", () => {
    let tutorial: Tutorial;
    let found: Found;
    let base: { uid: string; revision: string };
    let asked = 0;
    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        found = await tutorial.preflight();
        base = (await providers.ClusterProfile.create(profile("base"))).outs;
    });
    afterAll(async () => {
        process.stderr.write(`${asked} combinations of a taken name\n`);
        jest.restoreAllMocks();
        await tutorial?.remove();
    });

    const options = () => ({ project: tutorial.bench.project });
    const profile = (name: string): ClusterProfileInputs => ({
        ...tutorial.profile({ name }, found, { registryUid: "" }),
        layers: found.layers,
    });
    const providerOf = (kind: Kind): Any =>
        (kind === "profile"
            ? providers.ClusterProfile
            : kind === "cluster"
              ? providers.AwsCluster
              : kind === "spectro"
                ? providers.SpectroRegistry
                : providers.OciRegistry) as unknown as Any;

    function inputsOf(kind: Kind, name: string): Inputs {
        const { sandbox } = tutorial.bench;
        switch (kind) {
            case "ecr":
                return tutorial.registry({ name, packs: [] });
            case "basic":
                return basicRegistry(sandbox, { name });
            case "spectro":
                return legacyRegistry(sandbox, { name });
            case "profile":
                return profile(name);
            case "cluster":
                return {
                    ...tutorial.cluster({ name }, found, base),
                    profiles: [{ ...base, packs: [] }],
                } as unknown as Inputs;
        }
    }

    /** The same wish with another specification: the registry elsewhere, another description. */
    function otherOf(kind: Kind, inputs: Inputs): Inputs {
        return kind === "profile" || kind === "cluster"
            ? { ...inputs, description: `other ${asked}` }
            : kind === "spectro"
              ? ({ ...inputs, tls: { insecureSkipVerify: true } } as Inputs)
              : ({ ...inputs, basePath: `other-${asked}` } as Inputs);
    }

    const routeOf = (kind: Kind, uid: string) =>
        ({
            ecr: `/v1/registries/oci/${uid}/ecr`,
            basic: `/v1/registries/oci/${uid}/basic`,
            spectro: `/v1/registries/pack/${uid}`,
            profile: `/v1/clusterprofiles/${uid}`,
            cluster: `/v1/spectroclusters/${uid}`,
        })[kind];

    const labelsOf = async (kind: Kind, uid: string) =>
        (await tutorial.bench.get(routeOf(kind, uid), options())).metadata.labels ?? {};

    /** Whoever made it, it has these labels now. */
    async function label(kind: Kind, uid: string, labels: object): Promise<void> {
        const { metadata, spec } = await tutorial.bench.get(routeOf(kind, uid), options());
        const { name, annotations } = metadata;
        if (kind === "profile" || kind === "cluster") {
            const { version } = spec;
            const body = {
                metadata: { name, labels, annotations: { description: annotations.description } },
                ...(version && { spec: { version } }),
            };
            await tutorial.bench.call("PATCH", `${routeOf(kind, uid)}/metadata`, body, options());
        } else {
            const { sandbox } = tutorial.bench;
            const { username, password } = kind === "spectro" ? sandbox.spectro : sandbox.harbor;
            const tls = { enabled: true, certificate: readFileSync(sandbox.caFile, "utf8") };
            const { accessKeyId: accessKey, secretAccessKey: secretKey } = sandbox.aws;
            const login =
                kind === "ecr"
                    ? { credentials: { credentialType: "secret", accessKey, secretKey } }
                    : { auth: { type: "basic", username, password, tls } };
            const body = { metadata: { name, labels }, spec: { ...spec, ...login } };
            await tutorial.bench.call("PUT", routeOf(kind, uid), body);
        }
        expect(await labelsOf(kind, uid)).toEqual(labels);
    }

    describe.each(kinds)("%s", (kind) => {
        test("is taken over only where it is the stack's own or the user says so; the preview tells", async () => {
            const provider = providerOf(kind);
            const name = `taken-${kind}`;
            const theirs = await provider.create(inputsOf(kind, name));
            const { id } = theirs;
            for (const [whose, labels] of Object.entries(labelSets)) {
                for (const specification of ["same", "other"]) {
                    for (const adopt of [false, true, id, "0123456789abcdef01234567"]) {
                        asked++;
                        forgetRun();
                        await label(kind, id, labels);
                        const wanted = { ...inputsOf(kind, name), adopt };
                        const inputs = specification === "same" ? wanted : otherOf(kind, wanted);
                        const isOurs =
                            whose === "the stack's label" || adopt === true || adopt === id;
                        const where = `${kind}, ${specification}, ${whose}, adopt ${adopt}`;
                        const { failures = [] } = await provider.check!({} as Inputs, inputs);
                        const made = await provider.create(inputs).catch((cause: Error) => cause);
                        expect([where, failures.length === 0]).toEqual([where, isOurs]);
                        expect([where, made instanceof Error]).toEqual([where, !isOurs]);
                        if (made instanceof Error) {
                            expect(made.message.startsWith(failures[0]!.reason.slice(0, 60))).toBe(
                                true,
                            );
                            expect(made.message).toMatch(
                                /exists already \(uid|does not exist, so it/,
                            );
                            expect(await labelsOf(kind, id)).toEqual(labels);
                        } else {
                            expect(made.id).toBe(id);
                            expect((await labelsOf(kind, id))[OWNER_LABEL]).toBe(OWNER_ID);
                        }
                    }
                }
            }
            // A destroy of the stack that made it leaves what is another's by now, and takes what is its own.
            forgetRun();
            await label(kind, id, labelSets["another stack's label"]!);
            await provider.delete(id, theirs.outs);
            expect(await labelsOf(kind, id)).toEqual(labelSets["another stack's label"]);
            await label(kind, id, labelSets["the stack's label"]!);
            await provider.delete(id, theirs.outs as AwsClusterOutputs);
            expect((await provider.read(id, theirs.outs)).id).toBe("");
        });

        test("is made where there is none, unless one of a uid is to be adopted", async () => {
            const provider = providerOf(kind);
            for (const adopt of [false, true]) {
                asked++;
                const inputs = { ...inputsOf(kind, `free-${kind}`), adopt };
                expect((await provider.check!({} as Inputs, inputs)).failures ?? []).toEqual([]);
                if (kind !== "cluster" || !adopt) {
                    const { id, outs } = await provider.create(inputs);
                    forgetRun();
                    await provider.delete(id, outs);
                }
            }
            for (const adopt of [base.uid, "0123456789abcdef01234567"]) {
                asked++;
                const inputs = { ...inputsOf(kind, `free-${kind}`), adopt };
                const { failures } = await provider.check!({} as Inputs, inputs);
                expect(failures).toMatchObject([{ reason: expect.stringContaining("adopt") }]);
                await expect(provider.create(inputs)).rejects.toThrow(
                    /does not exist, so it cannot/,
                );
            }
        });
    });
});
