import * as pulumi from "@pulumi/pulumi";
import { knownValue } from "../config/knownValue";
import type { PackRegistry } from "../registries/registryKind";
import { readPack } from "../../packages/pack/check/readPack";
import { clusterSummary } from "../../packages/pack/cli/showRendered";
import type { Pack } from "../../packages/pack/format/pack";
import { compareVersions } from "../../packages/pack/format/schema";
import { renderAndCompare } from "../../packages/pack/render/compareRenderings";
import { findHelm } from "../../packages/pack/render/helm";
import type { PackRepository } from "../../packages/palette/resources";
import { lazyRegistry } from "../../packages/registry/lazyRegistry";
import type { RepositoryClient } from "../../packages/registry/repository";
import { configOf } from "../../packages/registry/stackConfig";

/** The wanted versions of a pack, and their repository. */
interface PackVersions {
    /** Path in the registry. */
    path: string;
    pack: string;
    versions: Record<string, { path: string }>;
    resource: PackRepository;
}

/**
 * Tells in a preview what a new version of a pack changes in the cluster: its objects and images, against the version before
 * it that the registry has. Only where Helm is there to render both; nothing that fails here stops the preview.
 */
export async function showClusterChanges(
    registry: PackRegistry,
    { path, pack, versions, resource }: PackVersions,
): Promise<void> {
    const helm = findHelm();
    const images = helm === undefined ? undefined : await knownValue(resource.images);
    const recorded = (images ?? []).map(({ version }) => version);
    // A repository that has one version only has none to compare it with.
    if (helm === undefined || new Set([...recorded, ...Object.keys(versions)]).size < 2) {
        return;
    }
    try {
        const keys = (await knownValue(registry.pushConfig())) ?? {};
        const config = configOf(keys);
        const address = { registry: registry.access, repository: path, pack };
        const client = await lazyRegistry().openRepository(address, config);
        try {
            for (const text of await changesOf(client, recorded, versions, helm)) {
                await pulumi.log.info(text, resource);
            }
        } finally {
            await client.close();
            await lazyRegistry().logOut(config);
        }
    } catch (error) {
        await pulumi.log.debug(
            `${pack}: its changes in the cluster are not told: ${(error as Error).message}`,
            resource,
        );
    }
}

/**
 * What each version that the registry has not yet changes in the cluster.
 *
 * @param recorded Versions that the stack knows of.
 * @param versions The wanted ones, with their folders or archives.
 */
export async function changesOf(
    client: RepositoryClient,
    recorded: readonly string[],
    versions: Record<string, { path: string }>,
    helm: string,
): Promise<string[]> {
    const found = await client.lookUp([...new Set([...recorded, ...Object.keys(versions)])]);
    const texts: string[] = [];
    for (const [version, { path }] of Object.entries(versions)) {
        const earlier = Object.keys(found ?? {})
            .filter((other) => (compareVersions(other, version) ?? 0) < 0)
            .sort((a, b) => compareVersions(a, b) ?? 0)
            .at(-1);
        if (found?.[version] !== undefined || earlier === undefined) {
            continue;
        }
        const text = await client.withPublished?.(earlier, async (before) => {
            const after = await readPack(path);
            try {
                return await summary(before, after, helm);
            } finally {
                after.close();
            }
        });
        if (text !== undefined) {
            texts.push(text);
        }
    }
    return texts;
}

async function summary(before: Pack, after: Pack, helm: string): Promise<string> {
    const rendered = await renderAndCompare(before, after, { helm });
    const title = `${after.name} ${before.version} → ${after.version} in the cluster, with the pack's own values: `;
    return title + clusterSummary(rendered);
}
