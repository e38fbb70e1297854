import { describeArtifact } from "./pack/archive";
import { checkPack } from "./pack/checkPack";
import { readFileOf } from "./pack/packSource";
import { readPack, type Pack } from "./pack/readPack";

/** A pack folder, checked, and what will be pushed of it. */
export interface CustomPack {
    /** Folder, as configured. */
    path: string;
    name: string;
    version: string;
    /** Digest of the OCI manifest, the same on every machine. */
    digest: string;
    /** Whether it has a Service of type LoadBalancer, so that a URL is to be expected. */
    loadBalancer: boolean;
}

/**
 * Loads all packs of the configuration.
 *
 * @throws Error with every mistake found in the packs, or when a pack is there twice.
 */
export async function loadPacks(paths: string[]): Promise<CustomPack[]> {
    const packs = await Promise.all(paths.map(loadPack));
    packs.forEach(({ name, path }, index) => {
        const other = packs.findIndex((pack) => pack.name === name);
        if (other !== index) {
            throw new Error(
                `packs[${index}].path: ${path} is the pack ${name}, and so is packs[${other}].path, ${packs[other]!.path}: ` +
                    "a cluster profile holds a pack once; name one of them",
            );
        }
    });
    return packs;
}

/**
 * Reads a pack folder, checks it, and computes the artifact that it makes.
 *
 * @throws Error with every mistake found in the pack.
 */
export async function loadPack(path: string): Promise<CustomPack> {
    const findings = (await checkPack(path)).filter(({ severity }) => severity === "error");
    if (findings.length > 0) {
        const lines = findings.map(({ file, line, message, help }) =>
            [[path, file, line].filter(Boolean).join(":"), message, help]
                .filter(Boolean)
                .join(": "),
        );
        throw new Error(`The pack is not right:\n  ${lines.join("\n  ")}`);
    }
    const pack = await readPack(path);
    try {
        const { manifestDigest } = await describeArtifact(pack);
        return {
            path,
            name: pack.name,
            version: pack.version,
            digest: manifestDigest,
            loadBalancer: await hasLoadBalancer(pack),
        };
    } finally {
        pack.close();
    }
}

/** The type is written in a manifest or, for charts and templated manifests, in the values. */
async function hasLoadBalancer(pack: Pack): Promise<boolean> {
    const type = /\btype:\s*["']?LoadBalancer\b/i;
    const manifests = pack.files.filter(({ path }) => path.startsWith("manifests/"));
    const texts = await Promise.all(
        manifests.map(async (file) => (await readFileOf(file)).toString()),
    );
    return [pack.values, ...texts].some((text) => type.test(text));
}
