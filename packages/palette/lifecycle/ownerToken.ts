import { randomUUID } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import { deleteKept } from "./claims";
import { objectsWithLabel, type LabelledObject } from "./orphans";
import { OWNER_LABEL } from "./ownership";
import { PaletteError } from "../api/paletteError";
import { palette } from "../api/session";
import { UserError } from "../../pack/userError";

/** The stack that owns. */
export interface OwnerTokenInputs {
    /** `organization/project/stack`. */
    stack: string;
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
                    "An owner id is not replaced while something bears it (up --replace). In a destroy these are objects that the " +
                    "stack's state does not know, as a run was interrupted or a deletion was confirmed and not done: " +
                    `delete them in Palette, or keep them by removing their tag ${OWNER_LABEL}; then run pulumi destroy again`,
            );
        }
    },
};

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
