import { randomUUID } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { deleteKept } from "./claims";
import { objectsWithLabel, type LabelledObject } from "./orphans";
import { OWNER_LABEL } from "./ownership";
import { LIFT_PROTECTION, protectedClusters } from "./protection";
import { PaletteError } from "../api/paletteError";
import { palette } from "../api/session";
import { UserError } from "../../pack/userError";

/** The stack that owns. */
export interface OwnerTokenInputs {
    /** `organization/project/stack`. */
    stack: string;
    /** Names of the stack's clusters: one that goes is reported. */
    clusters?: string[];
    /** Whether the engine is to refuse their deletion: a change is reported. */
    protectClusters?: boolean;
}

/** What is recorded of an owner. */
export interface OwnerTokenOutputs extends OwnerTokenInputs {
    ownerId: string;
    /** Uid of the tenant that the stack's objects are in; empty where Palette does not report it. */
    tenant: string;
}

/**
 * A random id, made once in a stack's life before anything in Palette. A create that was cut off left an
 * object behind that no state knows; the id tells the next run that the object is its own. The id goes last, and not before
 * everything that carries it.
 */
export const ownerToken: pulumi.dynamic.ResourceProvider<OwnerTokenInputs, OwnerTokenOutputs> = {
    async check(olds: Partial<OwnerTokenInputs>, news) {
        const reason = await refusalOfDeletion(olds, news);
        if (reason === undefined) {
            reportProtection(olds, news);
        }
        // Of no property: the engine would print its value before the reason.
        return { inputs: news, failures: reason === undefined ? [] : [{ property: "", reason }] };
    },

    async create(inputs) {
        const ownerId = randomUUID();
        return {
            id: ownerId,
            outs: { ...inputs, ownerId, tenant: (await unlessRefused(palette().tenant())) ?? "" },
        };
    },

    async diff(_id, { tenant, ownerId, stack }, { stack: now }) {
        // Another tenant has none of the stack's objects: a run would plan to create all of them again.
        await unlessRefused(palette().requireTenant("the stack", tenant));
        if (stack !== now) {
            await unlessRefused(reportRename(ownerId, stack, now));
        }
        return { changes: false };
    },

    async delete(_id, { ownerId }) {
        let left: LabelledObject[] = [];
        for (const object of await objectsWithLabel(OWNER_LABEL, ownerId)) {
            if (!(await deleteKept(object.uid))) {
                left = [...left, object];
            }
        }
        if (left.length > 0) {
            throw new UserError(
                `Palette still has what this stack has made: ${left.map(({ title }) => title).join(", ")}. ` +
                    "An owner id is not replaced while something bears it: leave --replace of it away, and take back " +
                    "`pulumi state taint` with `pulumi state untaint`. In a destroy these are objects that the " +
                    "stack's state does not know, as a run was interrupted or a deletion was confirmed and not done: " +
                    `delete them in Palette, or keep them by removing their tag ${OWNER_LABEL}; then run pulumi destroy again`,
            );
        }
    },
};

/**
 * Why a run stops that would delete a protected cluster, as it is not in the configuration any more (another name of it, or
 * `clusters` in place of `cluster`). The engine would say so without a word of the configuration, and only after it has
 * made what is new.
 */
async function refusalOfDeletion(
    olds: Partial<OwnerTokenInputs>,
    news: OwnerTokenInputs,
): Promise<string | undefined> {
    const { stack, clusters = [] } = news;
    const gone = (olds.clusters ?? []).filter((name) => !clusters.includes(name));
    const names = gone.length === 0 ? [] : await protectedClusters(stack, gone);
    if (names.length === 0) {
        return undefined;
    }
    const titles = names.map((name) => `"${name}"`).join(", ");
    const renamed =
        olds.stack === stack
            ? ""
            : ` (the stack was called ${olds.stack}, and names that the configuration does not set end with the stack's name)`;
    return (
        `cluster ${titles}: the configuration does not name it any more${renamed}; it names ${clusters.join(", ")}. ` +
        "The run would delete the cluster, which is protected from that: " +
        `give cluster.name, or the name of an entry of clusters[], its name again, or, ${LIFT_PROTECTION}`
    );
}

/** Reports that the protection of the clusters changes: the engine counts them as unchanged. */
function reportProtection(olds: Partial<OwnerTokenInputs>, news: OwnerTokenInputs): void {
    const { protectClusters: before } = olds;
    const kept = (olds.clusters ?? []).filter((name) => news.clusters?.includes(name));
    if (before !== undefined && before !== news.protectClusters && kept.length > 0) {
        const what = news.protectClusters
            ? "protected from deletion again"
            : "not protected from deletion any more (allowClusterDeletion)";
        console.log(`cluster ${kept.join(", ")}: ${what}`);
    }
}

/**
 * Reports what another name of the stack means for names that its configuration does not set: they end with the stack's
 * name, so that the objects which bear the old ones are replaced. Says nothing once there are none.
 */
async function reportRename(ownerId: string, before: string, now: string): Promise<void> {
    const ending = (stack: string) =>
        `-${stack.split("/").at(-1)!.toLowerCase().replace(/[_.]/g, "-")}"`;
    const objects = await objectsWithLabel(OWNER_LABEL, ownerId);
    const old = objects.map(({ title }) => title).filter((title) => title.includes(ending(before)));
    if (old.length > 0 && ending(before) !== ending(now)) {
        console.log(
            `the stack was called ${before} and is called ${now}: default names end with the stack's name, so others take the ` +
                `place of ${old.join(", ")}. To keep them, set registries[].name and basePath, profile.name and ` +
                "cluster.name to the names that they have",
        );
    }
}

/** The answer, or undefined where Palette refuses it: the tenant of the API key is a help only. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof PaletteError) {
            return undefined;
        }
        throw error;
    }
}
