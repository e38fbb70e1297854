import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isPackName } from "../../format/schema";
import { skeletonLogo } from "./skeletonLogo";
import { UserError } from "../../userError";

/** Content of the files of a new pack, by path. */
export type PackFiles = Record<string, string | Buffer>;

/**
 * Makes the folder of a new pack; nothing stays where that fails.
 *
 * @param folder Folder to make; it must not be there yet.
 * @param fill Writes into it.
 * @throws Error for a name that cannot be a pack's, or when the folder is there.
 */
export async function makePackFolder(
    folder: string,
    name: string,
    fill: () => Promise<void>,
): Promise<void> {
    if (!isPackName(name)) {
        throw new UserError(
            `${name} cannot be a pack name: use lower-case letters, digits and single separators.`,
        );
    }
    await mkdir(dirname(folder), { recursive: true });
    try {
        await mkdir(folder);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
            throw error;
        }
        throw new UserError(`${folder} is already there.`);
    }
    try {
        await fill();
    } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
    }
}

/** Writes files into a folder. */
export async function writeFiles(folder: string, files: PackFiles): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
    }
}

/** What pack.json says beside what every new pack has. */
export interface PackDescription {
    name: string;
    version: string;
    /** `charts` or `kubeManifests`, `constraints`. */
    lists: object;
    annotations?: Record<string, string>;
}

/** The files that every new pack has: pack.json, logo and README. */
export function commonFiles(
    { name, version, lists, annotations = {} }: PackDescription,
    about: string = "What the pack is for.",
    references: readonly string[] = [],
): PackFiles {
    const displayName = displayNameOf(name);
    const packJson = {
        name,
        displayName,
        version,
        layer: "addon",
        addonType: "app services",
        cloudTypes: ["all"],
        annotations: { source: "community", contributor: "", ...annotations },
        ...lists,
    };
    const sections = ["Prerequisites", "Parameters", "Upgrade", "Usage", "References"];
    const readme = [`# ${displayName}`, about, ...sections.map((title) => `## ${title}`)];
    readme.push(...references.map((reference) => `- <${reference}>`));
    return {
        "pack.json": `${JSON.stringify(packJson, null, 4)}\n`,
        "logo.png": skeletonLogo,
        "README.md": `${readme.join("\n\n")}\n`,
    };
}

/**
 * The `pack` section of values.yaml.
 *
 * @param images What content.images lists; undefined where nobody knows.
 */
export function packSection(namespace: string, images: readonly string[] | undefined): string {
    const list = images?.map((image) => `      - image: ${JSON.stringify(image)}\n`).join("");
    const content =
        list === undefined
            ? ""
            : "  # Images that an air-gapped or Edge cluster has to bring along.\n" +
              `  content:\n    images:${list === "" ? " []\n" : `\n${list}`}`;
    return `pack:
  # Where the pack is installed.
  namespace: "${namespace}"
${content}`;
}

/** A name as a namespace. */
export function namespaceOfName(name: string): string {
    return name.replace(/[._]+/g, "-").slice(0, 63).replace(/-+$/, "");
}

function displayNameOf(name: string): string {
    return name
        .split(/[._-]+/)
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join(" ");
}
