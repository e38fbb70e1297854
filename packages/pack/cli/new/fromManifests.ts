import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { readYamlDocuments } from "../../format/yamlDocuments";
import { placeInText, valueAt } from "../../format/sourceDocument";
import { yamlErrorMessage } from "../../format/yaml";
import { yamlFault } from "../../format/yamlMessages";
import { imagesOf, splitDocuments } from "../../render/renderPack";
import {
    commonFiles,
    makePackFolder,
    namespaceOfName,
    packSection,
    writeFiles,
} from "./packFolder";
import { UserError } from "../../userError";

/**
 * Writes a pack of Kubernetes manifests, as they are. Palette renders manifests as templates: braces
 * in files that are none are written so that they come out as they were.
 *
 * @param folder Folder to make; it must not be there yet.
 * @param paths Files, or folders with `.yaml` and `.yml` files.
 * @returns What the author has to know or to decide.
 * @throws Error when a file cannot be read or holds no YAML, when two have one name, or when the
 *     folder is there.
 */
export async function newPackFromManifests(
    folder: string,
    name: string,
    paths: readonly string[],
    version = "0.1.0",
): Promise<string[]> {
    const manifests = new Map<string, { path: string; text: string }>();
    for (const path of new Set((await Promise.all(paths.map(filesAt))).flat())) {
        const key = basename(path).replace(/\.[^.]*$/, "");
        const earlier = manifests.get(key);
        if (earlier) {
            throw new UserError(
                `${earlier.path} and ${path} would both have their values under manifests.${key}: rename one.`,
            );
        }
        manifests.set(key, { path, text: await readFile(path, "utf8") });
    }
    const notes: string[] = [];
    const namespaces = new Set<string>();
    const texts = [...manifests].map(([key, { path, text }]) => {
        const isTemplate = /\{\{[^}]*\.(Values|Release|Capabilities)\b/.test(text);
        if (isTemplate) {
            notes.push(
                `${path} is a template: give its values under manifests.${key} in values.yaml.`,
            );
        } else {
            for (const namespace of namespacesOf(path, text)) {
                namespaces.add(namespace);
            }
        }
        return { path: `manifests/${key}.yaml`, text: isTemplate ? text : escapeBraces(text) };
    });
    const [namespace = namespaceOfName(name)] = namespaces.size === 1 ? namespaces : [];
    if (namespaces.size > 1) {
        const list = [...namespaces].join(", ");
        notes.push(
            `The manifests name the namespaces ${list}; pack.namespace is for those without.`,
        );
    }
    const documents = texts.flatMap(({ text }) =>
        splitDocuments(text).map((one) => ({ text: one })),
    );
    const images = imagesOf(documents).filter((image) => !image.includes("{{"));
    await makePackFolder(folder, name, () =>
        writeFiles(folder, {
            ...commonFiles({
                name,
                version,
                lists: { kubeManifests: texts.map(({ path }) => path) },
            }),
            "values.yaml": packSection(namespace, images),
            ...Object.fromEntries(texts.map(({ path, text }) => [path, text])),
        }),
    );
    return notes;
}

async function filesAt(path: string): Promise<string[]> {
    const stats = await stat(path).catch(() => undefined);
    if (!stats) {
        throw new UserError(`${path} does not exist.`);
    }
    if (!stats.isDirectory()) {
        return [path];
    }
    const files = (await readdir(path)).filter((file) => /\.ya?ml$/.test(file)).sort();
    if (files.length === 0) {
        throw new UserError(`${path} has no .yaml files.`);
    }
    return files.map((file) => join(path, file));
}

/** The namespaces that the objects of a manifest name. */
function namespacesOf(path: string, text: string): string[] {
    let values: unknown[];
    try {
        const documents = readYamlDocuments(text);
        const [error] = documents.flatMap(({ errors }) => errors);
        if (error) {
            const fault = yamlFault(error.code, error.message, text, error.pos[0]);
            const { line } = placeInText(path, text, fault.offset);
            throw new UserError(`${path}, line ${line}, is not valid YAML: ${fault.message}`);
        }
        values = documents.map((document) => document.toJS() as unknown);
    } catch (error) {
        if (error instanceof UserError) {
            throw error;
        }
        throw new UserError(`${path} is not valid YAML: ${yamlErrorMessage(error)}`, {
            cause: error,
        });
    }
    if (values.every((value) => valueAt(value, ["kind"]) === undefined)) {
        throw new UserError(`${path} holds no Kubernetes object.`);
    }
    return values.flatMap((value) => {
        const namespace = valueAt(value, ["metadata", "namespace"]);
        return typeof namespace === "string" ? [namespace] : [];
    });
}

/** A text that a Go template renders to the given one. */
function escapeBraces(text: string): string {
    return text.replaceAll("{{", '{{ "{{" }}');
}
