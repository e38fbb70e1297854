import { registrySubject } from "./registryKind";
import { changes, type Provider } from "../lifecycle/provider";
import { whyInvisible } from "./registryDiagnosis";
import { hostOf } from "../../registry/host";
import { findRegistry, registryPath } from "./registryLookup";
import { palette } from "../api/session";
import { synchronize, type PublishedPack } from "./synchronization";

/** A registry, and the packs that it has to show. */
export interface RegistrySyncInputs {
    /** Name of a registry that Palette knows. */
    name: string;
    /** Another digest is another synchronization. */
    packs: PublishedPack[];
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

/** What is recorded of a synchronization. */
export interface RegistrySyncOutputs extends RegistrySyncInputs {
    /** Uid of the registry. */
    uid: string;
}

/** The synchronization of a registry that somebody else manages. Deleting it leaves everything as it is. */
export const registrySync: Provider<RegistrySyncInputs, RegistrySyncOutputs> = {
    async create(inputs) {
        const uid = await syncPacks(inputs);
        return { id: uid, outs: { ...inputs, uid } };
    },

    // Whether it is still there is asked when it is needed: a refresh has nothing to learn.
    async read(id, props) {
        const { uid: _, ...inputs } = props;
        return { id, props, inputs };
    },

    async diff(_id, olds, news) {
        return changes<RegistrySyncInputs>(olds, news, {
            replace: ["name"],
            update: ["packs"],
            deleteBeforeReplace: false,
        });
    },

    async update(_id, _olds, news) {
        return { outs: { ...news, uid: await syncPacks(news) } };
    },

    async delete() {},
};

async function syncPacks({ name, packs, syncTimeout }: RegistrySyncInputs): Promise<string> {
    const { uid, kind, endpoint, basePath } = await findRegistry(palette(), name);
    const subject = registrySubject({ name });
    const host = hostOf(endpoint);
    const at = {
        path: registryPath(kind, uid),
        subject,
        access: { name, kind, host },
        ...(kind !== "spectro" && { basePath }),
    };
    await synchronize(
        {
            uid,
            subject,
            path: at.path,
            place: kind === "spectro" ? endpoint : `${endpoint}/${basePath}/spectro-packs/archive`,
            whyFailed: async () => undefined,
            whyInvisible: (pack) => whyInvisible(at, pack),
        },
        packs,
        syncTimeout,
    );
    return uid;
}
