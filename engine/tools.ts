/** A tool that the project runs: the Pulumi CLI, two of its plugins, and what the sandbox is made of. */
export type Tool = "pulumi" | "command" | "aws" | "oras" | "registry" | "helm";

/** A binary that is built from a module pinned in engine/go. */
export interface GoBinary {
    /** Folder under engine/go that holds the go.mod and go.sum. */
    module: string;
    package: string;
    /** Name of the executable. */
    output: string;
    /** Go variable that holds the version, and its value. */
    stamp?: { variable: string; version: string };
}

/** Where one tool comes from, in the order of the fields. */
export interface Recipe {
    /** The pinned version: what is downloaded. */
    version: string;
    /** The executable. */
    executable: string;
    /** Executables that have to stand beside it. */
    companions?: string[];
    /** Asks an executable on PATH for its version; `accepts` is a semver range. */
    probe?: { args: string[]; pattern: RegExp; accepts: string };
    /** Folder of an installation, relative to PULUMI_HOME, whose name tells the version. */
    installedIn?: string;
    /** Folder in the project's cache for an official release. */
    folder: string;
    /** The official release for a platform: archive, and the file that lists its SHA-256. */
    release: (platform: Platform) => { url: string; checksums: string };
    /** What is built when no release can be had, and the folder in the cache for it. */
    build?: { folder: string; binaries: GoBinary[]; scripts?: string[]; minutes: number };
    /** Folder in the project with a replacement for the sandbox, used when no release can be had. */
    standIn?: string;
}

/** Node's names for the machine: `linux` or `darwin`, `x64` or `arm64`. */
export interface Platform {
    os: NodeJS.Platform;
    arch: string;
}

const PULUMI = "3.259.0";
const COMMAND = "1.2.1";
const AWS = "7.48.0";
const ORAS = "1.3.6";
const REGISTRY = "3.1.2";
const HELM = "3.20.0";

/** The command plugin's newest version whose source the Go module proxy has. */
const COMMAND_FROM_SOURCE = "0.9.2";

const github = (repository: string, version: string, file: string) =>
    `https://github.com/${repository}/releases/download/v${version}/${file}`;

/** The machine's architecture in Go's names, which most release files carry. */
const goArch = (platform: Platform) => (platform.arch === "x64" ? "amd64" : platform.arch);

/** A plugin's release as Pulumi's providers publish it (archive and checksums by goreleaser). */
const pluginRelease = (name: string, version: string) => (platform: Platform) => ({
    url: github(
        `pulumi/pulumi-${name}`,
        version,
        `pulumi-resource-${name}-v${version}-${platform.os}-${goArch(platform)}.tar.gz`,
    ),
    checksums: github(`pulumi/pulumi-${name}`, version, `pulumi-${name}_${version}_checksums.txt`),
});

/**
 * Every tool with its pinned version. The versions of `@pulumi/pulumi`, `@pulumi/command` and
 * `@pulumi/aws` in package.json and of the modules in engine/go are the same ones.
 */
export const recipes: Record<Tool, Recipe> = {
    pulumi: {
        version: PULUMI,
        executable: "pulumi",
        companions: ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"],
        probe: { args: ["version"], pattern: /^v(\S+)/, accepts: PULUMI },
        installedIn: `versions/${PULUMI}/bin`,
        folder: `versions/${PULUMI}/bin`,
        release: ({ os, arch }) => ({
            url: `https://get.pulumi.com/releases/sdk/pulumi-v${PULUMI}-${os}-${arch}.tar.gz`,
            checksums: github("pulumi/pulumi", PULUMI, `pulumi-${PULUMI}-checksums.txt`),
        }),
        build: {
            folder: `versions/${PULUMI}/bin`,
            minutes: 6,
            binaries: [
                {
                    module: "core",
                    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                    output: "pulumi",
                    stamp: {
                        variable: "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version",
                        version: `v${PULUMI}`,
                    },
                },
                {
                    module: "nodejs",
                    package: "github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3",
                    output: "pulumi-language-nodejs",
                },
            ],
            scripts: ["pulumi-resource-pulumi-nodejs"],
        },
    },
    command: {
        version: COMMAND,
        executable: "pulumi-resource-command",
        installedIn: `plugins/resource-command-v${COMMAND}`,
        folder: `plugins/resource-command-v${COMMAND}`,
        release: pluginRelease("command", COMMAND),
        build: {
            folder: `command/${COMMAND_FROM_SOURCE}`,
            minutes: 1,
            binaries: [
                {
                    module: "command",
                    package:
                        "github.com/pulumi/pulumi-command/provider/cmd/pulumi-resource-command",
                    output: "pulumi-resource-command",
                    stamp: {
                        variable: "github.com/pulumi/pulumi-command/provider/pkg/version.Version",
                        version: COMMAND_FROM_SOURCE,
                    },
                },
            ],
        },
    },
    aws: {
        version: AWS,
        executable: "pulumi-resource-aws",
        installedIn: `plugins/resource-aws-v${AWS}`,
        folder: `plugins/resource-aws-v${AWS}`,
        release: pluginRelease("aws", AWS),
        standIn: "sandbox/pulumi-resource-aws",
    },
    oras: {
        version: ORAS,
        executable: "oras",
        probe: { args: ["version"], pattern: /^Version:\s+(\S+)/m, accepts: "^1.0.0" },
        folder: `oras/${ORAS}`,
        release: (platform) => ({
            url: github(
                "oras-project/oras",
                ORAS,
                `oras_${ORAS}_${platform.os}_${goArch(platform)}.tar.gz`,
            ),
            checksums: github("oras-project/oras", ORAS, `oras_${ORAS}_checksums.txt`),
        }),
        build: {
            folder: `oras/${ORAS}`,
            minutes: 1,
            binaries: [{ module: "core", package: "oras.land/oras/cmd/oras", output: "oras" }],
        },
    },
    registry: {
        version: REGISTRY,
        executable: "registry",
        probe: {
            args: ["--version"],
            pattern: /distribution\/distribution\/v3 v?(\S+)/,
            accepts: "^3.0.0",
        },
        folder: `registry/${REGISTRY}`,
        release: (platform) => {
            const file = `registry_${REGISTRY}_${platform.os}_${goArch(platform)}.tar.gz`;
            const url = github("distribution/distribution", REGISTRY, file);
            return { url, checksums: `${url}.sha256` };
        },
        build: {
            folder: `registry/${REGISTRY}`,
            minutes: 1,
            binaries: [
                {
                    module: "core",
                    package: "github.com/distribution/distribution/v3/cmd/registry",
                    output: "registry",
                },
            ],
        },
    },
    helm: {
        version: HELM,
        executable: "helm",
        probe: { args: ["version", "--short"], pattern: /v(\S+)/, accepts: "^3.8.0" },
        folder: `helm/${HELM}`,
        release: (platform) => {
            const url = `https://get.helm.sh/helm-v${HELM}-${platform.os}-${goArch(platform)}.tar.gz`;
            return { url, checksums: `${url}.sha256sum` };
        },
        build: {
            folder: `helm/${HELM}`,
            minutes: 1,
            binaries: [{ module: "helm", package: "helm.sh/helm/v3/cmd/helm", output: "helm" }],
        },
    },
};
