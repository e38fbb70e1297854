import { finding, type Finding } from "./finding";
import type { Pack } from "./readPack";

/** Where packs are published to, as the user wrote it. */
export interface Destination {
    kind: "ecr" | "basic";
    /** Registry host, with a port where it has one. */
    endpoint: string;
    /** Base content path: the repository path before `spectro-packs/archive`. */
    basePath: string;
    /** AWS region of an ECR registry, where it is known. */
    region?: string;
}

/**
 * Checks an address before anything is sent to it. The host of an ECR registry is checked against
 * the public form `<account>.dkr.ecr.<region>.amazonaws.com`; leave `kind` at `basic` for an
 * endpoint of another form.
 */
export function checkDestination(destination: Destination): Finding[] {
    const { kind, endpoint, basePath, region } = destination;
    const findings: Finding[] = [];
    const address = (message: string, help: string) =>
        findings.push(finding("destination-address", {}, message, { help }));
    const host = endpoint.replace(/^[a-z]+:\/\//i, "").replace(/\/+$/, "");
    if (host !== endpoint) {
        address(`The registry endpoint ${endpoint} is not a bare host.`, `Write ${host}.`);
    }
    if (!/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d+)?$/.test(host)) {
        address(
            `The registry endpoint ${endpoint} is not a host name.`,
            "Write host or host:port.",
        );
    }
    if (/(^|\/)spectro-packs(\/|$)/.test(basePath)) {
        const message = `The base content path ${basePath} contains spectro-packs.`;
        const help = "Write only what comes before it; spectro-packs/archive is added.";
        findings.push(finding("destination-base-path", {}, message, { help }));
    } else if (basePath !== "" && !isRepositoryPath(basePath)) {
        const proposal = basePath.toLowerCase().replace(/^[a-z]+:\/\/|^\/+|\/+$/g, "");
        const help = isRepositoryPath(proposal)
            ? `Write ${proposal}.`
            : "Use lower-case letters, digits, single separators and slashes in between.";
        address(`The base content path ${basePath} is not a repository path.`, help);
    }
    if (kind === "ecr") findings.push(...checkEcrHost(host, region));
    return findings;
}

function checkEcrHost(host: string, region: string | undefined): Finding[] {
    const match = /^(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(
        host,
    );
    if (!match) {
        const message = `${host} does not look like an ECR registry.`;
        const help = "Write <12-digit account>.dkr.ecr.<region>.amazonaws.com.";
        return [finding("destination-not-ecr", {}, message, { help })];
    }
    if (region === undefined || region === match[2]) return [];
    const message = `The ECR registry ${host} is in ${match[2]}, not in ${region}.`;
    return [finding("destination-not-ecr", {}, message)];
}

/** Whether a text is a repository path (OCI Distribution Specification, "name"). */
function isRepositoryPath(path: string): boolean {
    const segment = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
    return path.length <= 200 && new RegExp(`^${segment}(?:/${segment})*$`).test(path);
}

/**
 * Checks that the last repository segment and the tag a pack is to have are its own name and
 * version.
 */
export function checkReference(
    pack: Pick<Pack, "name" | "version">,
    reference: { name?: string; version?: string },
): Finding[] {
    return (["name", "version"] as const).flatMap((key) => {
        const wanted = reference[key];
        if (wanted === undefined || wanted === pack[key]) return [];
        const what = key === "name" ? "repository" : "tag";
        const message = `The ${what} ${wanted} differs from the pack's ${key}, ${pack[key]}.`;
        const help = `Change ${key} in pack.json, or leave the ${what} to the pack.`;
        return [finding("destination-reference", { file: "pack.json" }, message, { help })];
    });
}

/**
 * Checks that a version which is already published has the same content. Digests are those of the
 * manifests.
 *
 * @param published Digest found under the pack's version in the registry; undefined where there is
 *     none.
 */
export function checkPublished(
    pack: Pick<Pack, "name" | "version">,
    digest: string,
    published: string | undefined,
): Finding[] {
    if (published === undefined || published === digest) return [];
    const message =
        `${pack.name} ${pack.version} is already published with other content: ` +
        `${published} is there, ${digest} would be pushed.`;
    const next = nextVersion(pack.version);
    const help = `Set another version in pack.json${next ? `, such as ${next}` : ""}.`;
    return [finding("destination-conflict", { file: "pack.json" }, message, { help })];
}

/**
 * The version with its last number one higher, keeping what stands around it; undefined where it
 * has no number.
 */
export function nextVersion(version: string): string | undefined {
    const match = /^(v?(?:\d+\.)*)(\d+)((?:[-_].*)?)$/.exec(version);
    if (!match) return undefined;
    const [, head, last, tail] = match as unknown as [string, string, string, string];
    return `${head}${String(Number(last) + 1).padStart(last.length, "0")}${tail}`;
}
