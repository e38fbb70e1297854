import type { Call } from "../api/call";
import { palette } from "../api/session";

/**
 * A version of a pack in one registry, as profiles find it: `GET /v1/packs`, which has no filter for the registry.
 *
 * @returns undefined when it is not there.
 */
export async function findRegistryPack<Pack extends { spec: { registryUid?: string } }>(
    { name, version, registryUid }: { name: string; version: string; registryUid: string },
    call: Pick<Call, "project" | "subject">,
): Promise<Pack | undefined> {
    const packs = await palette().list<Pack>({
        ...call,
        method: "GET",
        path: "/v1/packs",
        query: { filters: `spec.name=${name}ANDspec.version=${version}` },
    });
    return packs.find(({ spec }) => spec.registryUid === registryUid);
}
