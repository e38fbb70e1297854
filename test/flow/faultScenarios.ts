import { Life, requireSuccess, type Phase } from "./life";
import type { World } from "./world";

/** A bad day of Palette's that is more than the trouble of one call. */
export interface Scenario {
    name: string;
    /** @returns how it ended. @throws Error when it did not end as it should. */
    run(world: World, stack: string): Promise<string>;
}

/** Answers of calls that Palette never made, in the form of `POST /faults`. */
interface Answer {
    call: string;
    /** How many calls are answered like this; 0: all. */
    times: number;
    /** The first one, from 1. */
    nth?: number;
    status?: number;
    body?: object;
    action?: string;
}

/** What a run must come to, while the answers are what they are. */
type Expected = { passes: true } | { error: RegExp };

/** Lets a phase of a stack's life meet answers, then recovers: everything until destroy. */
function answered(
    name: string,
    phase: Phase,
    answers: (stack: string) => Answer[],
    expected: Expected,
): Scenario {
    return {
        name,
        async run(world, stack) {
            const { bench } = world.tutorial;
            const life = new Life(world, stack);
            await life.runBefore(phase);
            for (const { call, ...answer } of answers(stack)) {
                const [method, route] = call.split(" ");
                await bench.control("POST", "/faults", {
                    service: "palette",
                    method,
                    route,
                    ...answer,
                });
            }
            const ending = await endingOf(life, phase, expected, name);
            const { items } = await bench.control("GET", "/faults");
            await bench.control("DELETE", "/faults");
            if ((items as { hit: number }[]).some(({ hit }) => hit === 0)) {
                throw new Error(`${name}: a call was never made`);
            }
            await life.recover(phase);
            return ending;
        },
    };
}

/** Lets a phase meet trouble with the stack's cluster. */
function clusterTrouble(name: string, phase: Phase, fault: object, error: RegExp): Scenario {
    return {
        name,
        async run(world, stack) {
            const { bench } = world.tutorial;
            const life = new Life(world, stack);
            await life.runBefore(phase);
            await bench.control("PUT", `/clusters/${stack}/fault`, fault);
            const ending = await endingOf(life, phase, { error }, name);
            await bench.control("PUT", `/clusters/${stack}/fault`, {});
            await life.recover(phase);
            return ending;
        },
    };
}

/** Deadline of the runs that are expected to reach it, in the providers' minutes. */
const IMPATIENT = 3;

async function endingOf(life: Life, phase: Phase, expected: Expected, name: string) {
    const patience = "error" in expected ? IMPATIENT : undefined;
    const outcome = await life.run(phase, { patience });
    if ("passes" in expected) {
        requireSuccess(outcome, `the ${phase} with ${name}`);
        return "the run goes on and ends right";
    }
    if (!expected.error.test(outcome.error ?? "")) {
        throw new Error(`${name}: instead of ${expected.error}: ${outcome.error ?? "no error"}`);
    }
    // Uids and addresses differ from run to run, and the end of a message quotes events.
    const text = outcome
        .error!.replaceAll(life.stack, "…")
        .replace(/\b[0-9a-f]{24}\b|127\.0\.0\.1:\d+/g, "…")
        .replace(/\. (Latest events|The cause could not).*/, "");
    return `error: ${text}`;
}

const OVERVIEW = "GET /v1/dashboard/spectroclusters/{uid}/overview";
const CLUSTER = "GET /v1/spectroclusters/{uid}";
const SYNC_STATUS = "GET /v1/registries/oci/{uid}/ecr/sync/status";
const PACKS = "GET /v1/packs";
const nothing = { status: 200, body: { items: [], listmeta: {} } };
const notFound = { status: 404, body: { code: "ResourceNotFound", message: "not there" } };
const health = (state: string) => ({ status: 200, body: { status: { health: { state } } } });
const sync = (status: string, time: string) => ({
    status: 200,
    body: {
        status,
        message: "pull failed",
        isSyncSupported: true,
        lastRunTime: time,
        lastSyncedTime: time,
    },
});

export const scenarios: Scenario[] = [
    answered(
        "a cluster goes from Running and Healthy to UnHealthy and back while it is waited for",
        "up",
        () => [{ call: OVERVIEW, times: 3, ...health("UnHealthy") }],
        { passes: true },
    ),
    answered(
        "a cluster's overview is missing for a while",
        "up",
        () => [{ call: OVERVIEW, times: 4, ...notFound }],
        { passes: true },
    ),
    answered(
        "a cluster's overview stays missing",
        "up",
        () => [{ call: OVERVIEW, times: 0, ...notFound }],
        {
            error: /waited 3 minutes for cluster .* to be Running and Healthy; last seen: Running, health unknown/,
        },
    ),
    answered(
        "a cluster answers without a status for a while",
        "up",
        (name) => [
            { call: CLUSTER, times: 3, status: 200, body: { metadata: { uid: "x", name } } },
        ],
        { passes: true },
    ),
    answered(
        "a cluster keeps answering without a status",
        "up",
        (name) => [
            { call: CLUSTER, times: 0, status: 200, body: { metadata: { uid: "x", name } } },
        ],
        { error: /waited 3 minutes for cluster .*; last seen: Unknown/ },
    ),
    answered(
        "a poll of a wait answers 500 with a business code for a while",
        "up",
        () => [
            {
                call: CLUSTER,
                times: 3,
                status: 500,
                body: { code: "InternalError", message: "a bad day" },
            },
        ],
        { passes: true },
    ),
    answered(
        "the API key is rotated in the middle of a wait",
        "up",
        () => [
            {
                call: CLUSTER,
                nth: 2,
                times: 0,
                status: 401,
                body: { code: "InvalidCredentials", message: "expired" },
            },
        ],
        {
            error: /cluster .*401.*the API key is wrong or has expired: set the environment variable SPECTROCLOUD_APIKEY/,
        },
    ),
    answered(
        "the synchronization fails",
        "up",
        () => [
            { call: SYNC_STATUS, nth: 2, times: 0, ...sync("Failed", "2030-01-01T00:00:00.000Z") },
        ],
        { error: /registry .*: Palette's synchronization failed: pull failed; / },
    ),
    answered(
        "the synchronization is stuck",
        "up",
        () => [{ call: SYNC_STATUS, times: 0, ...sync("InProgress", "2030-01-01T00:00:00.000Z") }],
        {
            error: /waited 3 minutes for registry .* to be synchronized; last seen: synchronization InProgress/,
        },
    ),
    answered(
        "the status is that of an earlier synchronization for a while",
        "up",
        () => [{ call: SYNC_STATUS, times: 5, ...sync("Success", "2020-01-01T00:00:00.000Z") }],
        { passes: true },
    ),
    answered("a pack appears late", "up", () => [{ call: PACKS, times: 4, ...nothing }], {
        passes: true,
    }),
    answered("a pack never appears", "up", () => [{ call: PACKS, times: 0, ...nothing }], {
        error: /waited 5 minutes for pack hellouniverse:1\.0\.0 to appear in registry /,
    }),
    answered(
        "the kubeconfig is missing for a while",
        "up",
        () => [
            { call: "GET /v1/spectroclusters/{uid}/assets/adminKubeconfig", times: 3, ...notFound },
        ],
        { passes: true },
    ),
    clusterTrouble(
        "a cluster ends in Error, with conditions",
        "up",
        { provisioning: "VPC limit exceeded" },
        /^cluster .* failed: Error; VPC limit exceeded.*Correct the pack, the profile or the cloud account and run pulumi up again/,
    ),
    clusterTrouble(
        "a cluster stays in Deleting",
        "destroy",
        { deletionSticks: true },
        /^waited 30 minutes for cluster .* to be deleted; last seen: Deleting; .*can be force-deleted in Palette, or with cluster\.forceDelete: true/,
    ),
];
