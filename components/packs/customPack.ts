import pLimit from "p-limit";
import { describeArtifact } from "../../packages/pack/format/archive";
import { openPack } from "../../packages/pack/check/openPack";
import { readFileOf, readTextOf } from "../../packages/pack/format/packFile";
import type { Pack } from "../../packages/pack/format/pack";
import { parseYaml } from "../../packages/pack/format/yaml";
import { UserError } from "../../packages/pack/userError";

/** A pack folder or archive, checked, and what will be pushed of it. */
export interface CustomPack {
    /** Folder or archive, as configured. */
    path: string;
    /** Name of the registry that it goes to. */
    registry: string;
    name: string;
    version: string;
    /** Digest of the OCI manifest, the same on every machine. */
    digest: string;
    /** The one that the configuration demands of the registry. */
    pinnedDigest?: string;
    /** Whether a manifest has a Service of type LoadBalancer, whatever the values say. */
    loadBalancer: boolean;
    layer: Pack["layer"];
    packJson: Pack["packJson"];
    /** Text of values.yaml. */
    values: string;
    /** Texts of presets.yaml and schema.yaml, where they are there. */
    presets?: string;
    schema?: string;
    /** Names of its charts. */
    charts: string[];
    /** Chart → the range of Kubernetes versions that it wants. */
    kubeVersions: Record<string, string>;
}

/** So many packs are open at once: each one's files and compressor take memory, of which the compressors have little. */
const CONCURRENCY = 4;

/**
 * Loads all packs of the configuration.
 *
 * @throws UserError with every mistake found in the packs, or when a version of a pack is there twice.
 */
export async function loadPacks(
    configured: { path: string; registry: string; digest?: string }[],
): Promise<CustomPack[]> {
    const limit = pLimit(CONCURRENCY);
    const packs = await Promise.all(
        configured.map(({ path, registry, digest }) =>
            limit(async () => ({
                ...(await loadPack(path)),
                registry,
                ...(digest !== undefined && { pinnedDigest: digest }),
            })),
        ),
    );
    packs.forEach(({ name, version, path }, index) => {
        const other = packs.findIndex((pack) => pack.name === name && pack.version === version);
        if (other !== index) {
            throw new UserError(
                `packs[${index}].path: ${path} is ${name}:${version}, and so is packs[${other}].path, ${packs[other]!.path}: ` +
                    "give one of them another version in its pack.json, or remove it",
            );
        }
    });
    return packs;
}

/**
 * Opens a pack once: checks it, and computes the artifact that it makes.
 *
 * @throws UserError with every mistake found in the pack.
 */
export async function loadPack(path: string): Promise<Omit<CustomPack, "registry">> {
    const { findings, pack, charts } = await openPack(path);
    if (pack === undefined) {
        const errors = findings.filter(({ severity }) => severity === "error");
        const lines = errors.map(({ file, line, message, help }) =>
            [[path, file, line].filter(Boolean).join(":"), message, help]
                .filter(Boolean)
                .join(": "),
        );
        throw new UserError(`The pack is not right:\n  ${lines.join("\n  ")}`);
    }
    try {
        const { manifestDigest } = await describeArtifact(pack);
        const { name, version, layer, packJson, values, presets } = pack;
        const schema = pack.files.find((file) => file.path === "schema.yaml");
        return {
            path,
            name,
            version,
            digest: manifestDigest,
            loadBalancer: await hasLoadBalancer(pack),
            layer,
            packJson,
            values,
            ...(presets !== undefined && { presets }),
            ...(schema && { schema: await readTextOf(schema) }),
            charts: charts.map((chart) => chart.name),
            kubeVersions: Object.fromEntries(
                charts.flatMap((chart) =>
                    chart.kubeVersion === undefined ? [] : [[chart.name, chart.kubeVersion]],
                ),
            ),
        };
    } finally {
        pack.close();
    }
}

/** Whether a pack with these values has a Service of type LoadBalancer, so that a URL is to be expected. */
export function expectsLoadBalancer({ loadBalancer }: CustomPack, values: string): boolean {
    const isType = (value: unknown, key = ""): boolean =>
        typeof value === "object" && value !== null
            ? Object.entries(value).some(([name, item]) => isType(item, name))
            : /type$/i.test(key) && value === "LoadBalancer";
    return loadBalancer || isType(parseYaml("values.yaml", values).document?.value);
}

/** Manifests may be templates, and no YAML before they are rendered. */
async function hasLoadBalancer(pack: Pack): Promise<boolean> {
    const type = /^(?!\s*#).*\btype:\s*["']?LoadBalancer\b/m;
    const manifests = pack.files.filter(({ path }) => path.startsWith("manifests/"));
    const texts = await Promise.all(
        manifests.map(async (file) => (await readFileOf(file)).toString()),
    );
    return texts.some((text) => type.test(text));
}
