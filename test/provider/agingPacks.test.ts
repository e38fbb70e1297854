import { clusterProfile } from "../../packages/palette/profile/clusterProfile";
import type {
    ClusterProfileInputs,
    ClusterProfileOutputs,
} from "../../packages/palette/profile/profileInputs";
import { ociRegistry } from "../../packages/palette/registry/ociRegistry";
import { describeWith } from "../sandbox/awsSandbox";
import { Tutorial, tutorialBinaries, type Found } from "./tutorial";
import type { ResolvedLayer } from "../../components/profiles/profileLayers";

jest.setTimeout(60_000);

describeWith(...tutorialBinaries)("a version of a pack that its registry does not offer", () => {
    let tutorial: Tutorial;
    let registryUid: string;
    let printed: string[];

    beforeAll(async () => {
        tutorial = await Tutorial.start();
        jest.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
        printed = [];
        await tutorial.push();
        registryUid = (await ociRegistry.create(tutorial.registry({ name: "aging" }))).id;
    });
    beforeEach(() => void (printed = []));
    afterEach(async () => {
        await Promise.all(["kubernetes:1.32.3", "csi-aws-ebs:1.41.0"].map((pack) => age(pack, {})));
        await tutorial.bench.control("PATCH", "/switches", {
            packState: "annotation",
            disabledPacks: "hidden",
        });
    });
    afterAll(async () => {
        jest.restoreAllMocks();
        await tutorial?.remove();
    });

    function age(pack: string, fault: object) {
        const address = `/packs/Public%20Repo/${pack.replace(":", "/")}/fault`;
        return tutorial.bench.control("PUT", address, fault);
    }

    /** The inputs as the program gives them. */
    function inputsOf(found: Found, value: string, description = "One."): ClusterProfileInputs {
        const { version: _, ...inputs } = tutorial.profile({ name: "full", description }, found, {
            registryUid,
            overrides: `pack:\n  namespace: ${value}\n`,
        });
        const layers = inputs.layers as ResolvedLayer[];
        const unresolved = layers.flatMap((layer) => layer.unresolved ?? []);
        return {
            ...inputs,
            layers: layers.map(({ unresolved: _u, notice: _n, ...layer }) => layer),
            ...(unresolved.length > 0 && { unresolved }),
        };
    }

    interface Recorded {
        id: string;
        inputs: ClusterProfileInputs;
        outs: ClusterProfileOutputs;
    }

    /** A run as the engine does it. */
    async function up(news: ClusterProfileInputs, recorded?: Recorded): Promise<Recorded> {
        const none = {} as ClusterProfileInputs;
        const checked = await clusterProfile.check!(recorded?.inputs ?? none, news);
        if (checked.failures!.length > 0) {
            throw new Error(checked.failures!.map(({ reason }) => reason).join("\n"));
        }
        const inputs = checked.inputs!;
        expect(inputs).not.toHaveProperty("unresolved");
        if (recorded === undefined) {
            return { inputs, ...(await clusterProfile.create(inputs)) };
        }
        const { id, outs } = recorded;
        const { changes } = await clusterProfile.diff(id, outs, inputs);
        return changes
            ? { id, inputs, outs: (await clusterProfile.update(id, outs, inputs)).outs }
            : { id, inputs, outs };
    }

    const remove = async ({ id, outs }: Recorded) => clusterProfile.delete(id, outs);

    describe.each<[string, string, object, Record<string, string>]>([
        ["taken out of it", "csi-aws-ebs:1.41.0", { removed: true }, {}],
        ["disabled", "csi-aws-ebs:1.41.0", { disabled: true }, {}],
        [
            "disabled, and listed",
            "csi-aws-ebs:1.41.0",
            { disabled: true },
            { disabledPacks: "listed" },
        ],
        [
            "disabled, which no annotation tells",
            "csi-aws-ebs:1.41.0",
            { disabled: true },
            { packState: "filtersOnly" },
        ],
        ["that a moving tag stood for, and taken out", "kubernetes:1.32.3", { removed: true }, {}],
        ["that a moving tag stood for, and disabled", "kubernetes:1.32.3", { disabled: true }, {}],
    ])("%s", (_, pack, fault, switches) => {
        const [name] = pack.split(":") as [string];
        const gone = new RegExp(`profile\\.layers\\[\\d\\]\\.version of ${name}: "`);

        test("stays in a profile that has it, with a word, and no other version of the profile is made", async () => {
            const made = await up(inputsOf(await tutorial.preflight(), "one"));
            const first = made.outs;
            await age(pack, fault);
            await tutorial.bench.control("PATCH", "/switches", switches);
            const found = await tutorial.preflight();
            await tutorial.writes();

            expect(await up(inputsOf(found, "one"), made)).toEqual(made);
            expect(await tutorial.writes()).toEqual([]);
            expect(printed.filter((line) => gone.test(line))).toEqual([
                expect.stringMatching(/^warning: .* goes on with what is recorded; its next/),
            ]);

            // What is no content of a version can change.
            const described = await up(inputsOf(found, "one", "Two."), made);
            expect(described.outs).toEqual({ ...first, description: "Two." });

            const changed = up(inputsOf(found, "two"), described);
            await expect(changed).rejects.toThrow(gone);
            await expect(changed).rejects.toThrow(/layers or variables are changed.*take the/);
            await remove(described);
        });

        test("is not for a new profile", async () => {
            await age(pack, fault);
            await tutorial.bench.control("PATCH", "/switches", switches);
            await expect(tutorial.preflight()).rejects.toThrow(gone);
            // Another stack's profile has the name.
            const found = await withProfile(() => tutorial.preflight());
            await expect(up(inputsOf(found, "one"))).rejects.toThrow(gone);
        });

        test("is taken up again with a kept version of the profile", async () => {
            const first = await up(inputsOf(await tutorial.preflight(), "one"));
            const two = await up(inputsOf(await tutorial.preflight(), "two"), first);
            await age(pack, fault);
            await tutorial.bench.control("PATCH", "/switches", switches);
            const back = await up(inputsOf(await tutorial.preflight(), "one"), two);
            expect(back.outs).toMatchObject({ version: first.outs.version, uid: first.outs.uid });
            await remove(back);
        });

        /** What is done while a profile of the name is there that was made before. */
        async function withProfile<T>(work: () => Promise<T>): Promise<T> {
            await age(pack, {});
            const made = await up(inputsOf(await tutorial.preflight(), "one"));
            await age(pack, fault);
            const result = await work();
            await remove(made);
            return result;
        }
    });

    test("of a layer that is changed to it is refused where the profile is there", async () => {
        const made = await up(inputsOf(await tutorial.preflight(), "one"));
        const news = inputsOf(await tutorial.preflight(), "one");
        const [, kubernetes] = news.layers;
        const message = 'profile.layers[1].version of kubernetes: "9.9.9" is not known';
        const { registryUid: uid } = kubernetes!;
        const mistaken = {
            ...news,
            layers: news.layers.map((layer) =>
                layer === kubernetes ? { ...layer, version: "9.9.9" } : layer,
            ),
            unresolved: [{ name: "kubernetes", version: "9.9.9", registryUid: uid, message }],
        };
        await expect(up(mistaken, made)).rejects.toThrow(message);
        await remove(made);
    });

    test("keeps what was made of its values when these are not to be had", async () => {
        const made = await up(inputsOf(await tutorial.preflight(), "one"));
        const names = "kubeadmconfig:\n  apiServer:\n    certSANs:\n      - a.example\n";
        const withNames = (overrides: string, inputs: ClusterProfileInputs) => ({
            ...inputs,
            layers: inputs.layers.map((layer) =>
                layer.name === "kubernetes" ? { ...layer, overrides } : layer,
            ),
        });
        const recorded = withNames(`a: 1\n${names}`, made.inputs);
        const path = ["kubeadmconfig", "apiServer", "certSANs"];
        const { version, registryUid: uid } = recorded.layers[1]!;
        const gone = { name: "kubernetes", version, registryUid: uid, message: "gone" };
        const check = (overrides: string) =>
            clusterProfile.check!(recorded, {
                ...withNames(overrides, made.inputs),
                unresolved: [{ ...gone, derived: path }],
            });
        expect((await check("a: 1\n")).inputs).toEqual(recorded);
        expect((await check("a: 2\n")).inputs).toEqual(withNames(`a: 2\n${names}`, made.inputs));
        await remove(made);
    });

    test("that is deprecated goes into new profiles, with a word", async () => {
        await age("csi-aws-ebs:1.41.0", { deprecated: true });
        const found = await tutorial.preflight();
        const notices = (found.layers as ResolvedLayer[]).flatMap(({ notice }) => notice ?? []);
        expect(notices).toEqual([
            expect.stringMatching(
                /^profile\.layers\[3\]\.version of csi-aws-ebs: "1\.41\.0" is deprecated in Public Repo/,
            ),
        ]);
        await remove(await up(inputsOf(found, "one")));
    });
});
