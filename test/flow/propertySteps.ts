import fc from "fast-check";
import { MiniEngine, type Outcome } from "./miniEngine";
import type { Trouble } from "./mortalProcess";
import { FIRST_CHOICE, type Choice, type World } from "./world";

/** What happens to a stack, one after the other. */
export type Step =
    | { do: "configure"; choice: Partial<Choice> }
    | { do: "up" | "refresh" | "destroy"; troubles: { at: number; trouble: Trouble }[] }
    | { do: "console"; edit: Edit };

/** What a colleague does in Palette's console. */
export type Edit =
    | "deletes the cluster"
    | "deletes the registry"
    | "renames the cluster's tags"
    | "scales the worker pool"
    | "describes the profile otherwise"
    | "moves the registry's base path"
    | "changes the scans";

const troubles: Trouble[] = [
    ...(["killBefore", "killAfter", "killBefore", "killAfter"] as const),
    ...(["reset", "lost", "truncated", "page"] as const),
    ...([401, 404, 429, 500, 503] as const),
];

const choice = fc.record(
    {
        pack: fc.constantFrom("1.0.0", "1.1.0"),
        profile: fc.constantFrom("automatic", "in place"),
        description: fc.constantFrom("First.", "Second."),
        tag: fc.constantFrom("app:hello-universe", "app:other"),
        size: fc.constantFrom(1, 2),
        extraPool: fc.boolean(),
        scan: fc.constantFrom("0 0 * * SUN", "0 1 * * MON"),
        image: fc.constantFrom("1.2.0", "1.3.0"),
        clusterName: fc.constantFrom("", "-b"),
        registryName: fc.constantFrom("", "-b"),
        withCluster: fc.boolean(),
    },
    { requiredKeys: [] },
) as fc.Arbitrary<Partial<Choice>>;

const trouble = fc.record({
    // A refresh and a destroy make few calls, a first up about thirty.
    at: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 30 })),
    trouble: fc.constantFrom(...troubles),
});

const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("configure" as const), choice }) },
    {
        weight: 6,
        arbitrary: fc.record({
            do: fc.constantFrom("up", "up", "up", "refresh", "destroy"),
            troubles: fc.array(trouble, { maxLength: 4, size: "max" }),
        }),
    },
    {
        weight: 2,
        arbitrary: fc.record({
            do: fc.constant("console" as const),
            edit: fc.constantFrom<Edit>(
                "deletes the cluster",
                "deletes the registry",
                "renames the cluster's tags",
                "scales the worker pool",
                "describes the profile otherwise",
                "moves the registry's base path",
                "changes the scans",
            ),
        }),
    },
);

/** The life of a stack. */
export const sequence = fc.array(step, { minLength: 1, maxLength: 7 });

/** Words that no message for a user has: those of a mistake of the program's. */
const MISTAKE = /undefined|Cannot read|is not (a function|iterable)|\[object|NaN|TypeError/;

/** What happened in all sequences, for the report. */
export interface Tally {
    runs: number;
    killed: number;
    failed: number;
    calls: number;
    /** Objects that were left behind and that destroy named. */
    strays: number;
}

/**
 * Lives through a sequence and checks what must hold whatever happened; at its end the stack converges and is destroyed.
 *
 * @param stack A name that no other sequence has.
 * @param said What the providers have told the user so far.
 * @throws Error that says what did not hold.
 */
export async function live(
    world: World,
    stack: string,
    steps: Step[],
    tally: Tally,
    said: () => string,
): Promise<void> {
    const engine = new MiniEngine(world.providers);
    let wanted: Choice = FIRST_CHOICE;
    const note = (outcome: Outcome) => {
        tally.runs++;
        tally.calls += outcome.calls.length;
        tally.killed += Number(outcome.killed);
        tally.failed += Number(!outcome.killed && outcome.error !== undefined);
        return outcome;
    };
    const check = async (after: string) => {
        const objects = await world.objects(stack);
        const twice = objects.filter((object, index) => objects.indexOf(object) !== index);
        if (twice.length > 0) {
            throw new Error(`after ${after} there are duplicates: ${twice.join(", ")}`);
        }
    };
    for (const earlier of steps) {
        if (earlier.do === "configure") {
            wanted = { ...wanted, ...earlier.choice };
            continue;
        }
        if (earlier.do === "console") {
            await edit(world, stack, earlier.edit);
            continue;
        }
        const meets = ({ number }: { number: number }) =>
            earlier.troubles.find(({ at }) => at === number)?.trouble;
        const outcome = note(
            earlier.do === "up"
                ? await engine.up(world.program(stack, wanted), meets)
                : await engine[earlier.do](meets),
        );
        requirePlainError(outcome, world, said());
        await check(earlier.do);
    }

    const converge = async () => {
        const refreshed = note(await engine.refresh());
        const up = note(await engine.up(world.program(stack, wanted)));
        for (const { error } of [refreshed, up]) {
            if (error !== undefined) {
                throw new Error(`it does not converge: ${error}`);
            }
        }
    };
    await converge();
    // A create that was killed and then configured otherwise has left something that only its owner id tells.
    const expected = world.expected(stack, wanted, engine.state);
    const objects = await world.objects(stack);
    const strays = objects.filter((object) => !expected.includes(object));
    equal(
        objects.filter((object) => expected.includes(object)),
        expected,
        "the objects of the stack",
    );
    const state = engine.state;
    equal(state.pending, [], "pending operations");
    const cluster = state.resources.find(({ name }) => name === "cluster");
    if (cluster !== undefined) {
        const { state: phase, health, kubeconfig } = cluster.outs;
        equal([phase, health, typeof kubeconfig], ["Running", "Healthy", "string"], "the cluster");
    }
    const quiet = [
        note(await engine.refresh()),
        note(await engine.up(world.program(stack, wanted))),
    ];
    equal(
        quiet.flatMap(({ changes }) => changes),
        [],
        "changes of a refresh and an up without a cause",
    );

    let destroyed = note(await engine.destroy());
    if (strays.length > 0) {
        await removeStrays(world, stack, strays, destroyed.error);
        tally.strays += strays.length;
        destroyed = note(await engine.destroy());
    }
    equal(destroyed.error, undefined, "the end of destroy");
    equal(engine.state, { resources: [], pending: [] }, "the state after destroy");
    equal(await world.objects(stack), [], "leftovers");
}

function requirePlainError({ error, killed }: Outcome, world: World, said: string): void {
    if (error !== undefined && !killed && MISTAKE.test(error)) {
        throw new Error(`not a message for a user: ${error}`);
    }
    const { palette, aws } = world.tutorial.bench.sandbox;
    for (const secret of [palette.apiKey, aws.secretAccessKey]) {
        if (`${error}${said}`.includes(secret)) {
            throw new Error("a secret is in the output");
        }
    }
}

function equal(seen: unknown, wanted: unknown, what: string): void {
    if (JSON.stringify(seen) !== JSON.stringify(wanted)) {
        throw new Error(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(wanted)}`);
    }
}

/** Does what the message of a destroy asks for, which names everything that was left behind. */
async function removeStrays(
    world: World,
    stack: string,
    strays: string[],
    message = "no error",
): Promise<void> {
    const { bench } = world.tutorial;
    for (const stray of strays) {
        const [kind, name] = stray.split(" ");
        const [, uid] = new RegExp(`${kind} "${name}" \\(uid (\\w+)\\)`).exec(message) ?? [];
        if (uid === undefined) {
            throw new Error(`destroy does not tell of ${stray}: ${message}`);
        }
        const [url, options] = {
            registry: [`/v1/registries/oci/${uid}/ecr`, {}],
            profile: [`/v1/clusterprofiles/${uid}`, { project: bench.project }],
            cluster: [`/v1/spectroclusters/${uid}`, { project: bench.project }],
        }[kind as "registry"] as [string, object];
        await bench.call("DELETE", url, undefined, options);
        await bench.until(
            async () =>
                !(await world.objects(stack)).some((object) =>
                    object.startsWith(`${kind} ${name}`),
                ),
        );
    }
}

/** Does what a colleague does, where the object is there. */
async function edit(world: World, stack: string, what: Edit): Promise<void> {
    const { bench } = world.tutorial;
    const options = { project: bench.project };
    const clusters = await world.clusters(stack);
    const cluster = clusters.find(({ state }) => state !== "Deleting");
    const { items } = await bench.get("/v1/registries/metadata?scope=all");
    const registry = (items as { name: string; uid: string }[]).find(({ name }) => name === stack);
    const call = async (method: string, url: string, body?: unknown, scope = {}) => {
        const { status, text } = await bench.call(method, url, body, scope);
        if (status >= 400) {
            throw new Error(`the console: ${method} ${url}: ${text}`);
        }
    };
    switch (what) {
        case "deletes the cluster":
            if (cluster) {
                await call("DELETE", `/v1/spectroclusters/${cluster.uid}`, undefined, options);
            }
            return;
        case "renames the cluster's tags":
            if (cluster) {
                const url = `/v1/spectroclusters/${cluster.uid}`;
                const { metadata } = await bench.get(url, options);
                const { name, labels, annotations } = metadata;
                const body = {
                    metadata: { name, annotations, labels: { ...labels, seen: "by-a-colleague" } },
                };
                await call("PATCH", `${url}/metadata`, body, options);
            }
            return;
        case "scales the worker pool":
            if (cluster) {
                const { spec } = await bench.get(`/v1/spectroclusters/${cluster.uid}`, options);
                const pools = `/v1/cloudconfigs/aws/${spec.cloudConfigRef.uid}/machinePools`;
                const body = {
                    poolConfig: { name: "worker-pool", size: 3, labels: ["worker"] },
                    cloudConfig: {
                        instanceType: "m4.xlarge",
                        rootDeviceSize: 60,
                        azs: ["us-east-1a"],
                    },
                };
                await call("PUT", `${pools}/worker-pool`, body, options);
            }
            return;
        case "changes the scans":
            if (cluster) {
                const at = (scheduledRunTime: string) => ({ schedule: { scheduledRunTime } });
                const body = {
                    kubeBench: at("0 5 * * *"),
                    kubeHunter: at("0 5 * * *"),
                    sonobuoy: at("0 5 * * *"),
                };
                const url = `/v1/spectroclusters/${cluster.uid}/features/complianceScan`;
                await call("PUT", url, body, options);
            }
            return;
        case "describes the profile otherwise": {
            const profiles = await bench.get("/v1/dashboard/clusterprofiles/metadata", options);
            type Item = { metadata: { name: string; uid: string }; spec: { version: string } };
            const profile = (profiles.items as Item[]).find(
                ({ metadata }) => metadata.name === stack,
            );
            if (profile) {
                const url = `/v1/clusterprofiles/${profile.metadata.uid}`;
                const { metadata } = await bench.get(url, options);
                const { name, labels } = metadata;
                const body = {
                    metadata: { name, labels, annotations: { description: "edited" } },
                    spec: { version: profile.spec.version },
                };
                await call("PATCH", `${url}/metadata`, body, options);
            }
            return;
        }
        case "deletes the registry":
            if (registry) {
                await call("DELETE", `/v1/registries/oci/${registry.uid}/ecr`);
            }
            return;
        case "moves the registry's base path":
            if (registry) {
                const url = `/v1/registries/oci/${registry.uid}/ecr`;
                const { metadata, spec } = await bench.get(url);
                const { accessKeyId, secretAccessKey } = bench.sandbox.aws;
                const credentials = {
                    credentialType: "secret",
                    accessKey: accessKeyId,
                    secretKey: secretAccessKey,
                };
                const body = {
                    metadata: { name: metadata.name, labels: metadata.labels },
                    spec: { ...spec, credentials, baseContentPath: "elsewhere" },
                };
                await call("PUT", url, body);
            }
    }
}
