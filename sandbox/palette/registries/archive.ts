import { createHash } from "node:crypto";
import { mkdirSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { parse } from "yaml";
import type { Layer, PackDependency, Preset } from "../stored";

/** Bounds of an archive: the largest known pack has 5 MB in 426 files. */
export const limits = { compressed: 32 * 2 ** 20, unpacked: 64 * 2 ** 20, files: 10_000 };

/** What is read from a pack's files. */
export interface PackContent {
    name: string;
    displayName: string;
    version: string;
    layer: Layer;
    addonType: string;
    group: string;
    cloudTypes: string[];
    annotations: Record<string, string>;
    kubeManifests: string[];
    charts: string[];
    values: string;
    presets: Preset[];
    dependencies: PackDependency[];
    readme: string;
}

/** Files by path below the pack's folder. */
export type PackFiles = Map<string, Buffer>;

/**
 * Unpacks a gzipped tar in memory. Throws an Error that says why for anything but plain files and
 * folders below one top folder: links, devices, paths that leave it, too many or too large files.
 * `anyRoot`: files may also lie at the root, or below `./`.
 */
export async function unpack(archive: Buffer, anyRoot: boolean): Promise<PackFiles> {
    const files = new Map<string, Buffer>();
    const tar = extract();
    // What fails first makes the other side fail too: that error is the one to report.
    const failures: Error[] = [];
    const fail = (error: unknown): void => {
        failures.push(error as Error);
        tar.destroy(error as Error);
    };
    let left = limits.unpacked;
    const take = async (entry: AsyncIterable<unknown> & { header: Header }): Promise<void> => {
        const { name, type, size = 0 } = entry.header;
        checkPath(name);
        if (type !== "file" && type !== "directory") {
            throw new Error(`the archive holds a ${type} (${name}): only files and folders may be`);
        }
        left -= size;
        if (left < 0) {
            throw new Error(`the archive unpacks to more than ${limits.unpacked} bytes`);
        }
        const chunks: Buffer[] = [];
        for await (const chunk of entry) {
            chunks.push(chunk as Buffer);
        }
        if (type === "file") {
            files.set(name, Buffer.concat(chunks));
        }
        if (files.size > limits.files) {
            throw new Error(`the archive holds more than ${limits.files} files`);
        }
    };
    const read = async (): Promise<void> => {
        for await (const entry of tar) {
            // Here, not around the loop: leaving it destroys the stream first.
            await take(entry).catch(fail);
        }
    };
    // A bomb of headers or padding passes `left` by: count what the decompressor gives, too.
    let inflated = 0;
    const count = async function* (source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
        for await (const chunk of source) {
            inflated += chunk.length;
            if (inflated > limits.unpacked + limits.files * 1024) {
                throw new Error(`the archive unpacks to more than ${limits.unpacked} bytes`);
            }
            yield chunk;
        }
    };
    await Promise.all([
        read().catch(fail),
        pipeline(Readable.from([archive]), createGunzip(), count, tar).catch(fail),
    ]);
    if (failures.length > 0) {
        throw failures[0]!;
    }
    return belowFolder(files, anyRoot);
}

/**
 * Reads a pack and checks what Palette needs of it: pack.json with its required fields, the name
 * and version of its repository and tag, values.yaml, and every file that pack.json names. Throws
 * an Error that says what is wrong.
 */
export function readPack(files: PackFiles, name: string, version: string): PackContent {
    const json = parsePackJson(files);
    const content: PackContent = {
        name: requiredText(json, "name"),
        displayName: requiredText(json, "displayName"),
        version: requiredText(json, "version"),
        layer: requiredText(json, "layer") as Layer,
        addonType: textOf(json, "addonType"),
        group: textOf(json, "group").trim(),
        cloudTypes: textsOf(json, "cloudTypes"),
        annotations: annotationsOf(json),
        kubeManifests: textsOf(json, "kubeManifests"),
        charts: textsOf(json, "charts"),
        values: valuesOf(files),
        presets: presetsOf(files),
        dependencies: dependenciesOf(json),
        readme: files.get("README.md")?.toString("utf8") ?? "",
    };
    if (!["kernel", "os", "k8s", "cni", "csi", "addon"].includes(content.layer)) {
        throw new Error(`pack.json: layer '${content.layer}' is not one that Palette knows`);
    }
    if (content.name !== name) {
        throw new Error(`pack.json says name '${content.name}', the repository is '${name}'`);
    }
    if (content.version !== version) {
        throw new Error(`pack.json says version '${content.version}', the tag is '${version}'`);
    }
    for (const file of [...content.kubeManifests, ...content.charts]) {
        if (!files.has(path.posix.normalize(file))) {
            throw new Error(`pack.json names ${file}, which the archive does not hold`);
        }
    }
    const odd = content.charts.find((chart) => !chart.endsWith(".tgz"));
    if (odd !== undefined) {
        throw new Error(`pack.json: charts holds ${odd}, which is not a .tgz`);
    }
    return content;
}

/**
 * Writes the files to `<dir>/packs/<name of the digest>` unless they are there; the path relative
 * to `dir`. A folder of that name is always whole.
 */
export function store(dir: string, digest: string, files: PackFiles): string {
    const folder = path.join("packs", digest.replace(":", "-"));
    const target = path.join(dir, folder);
    if (existsSync(target)) {
        return folder;
    }
    const partial = `${target}.partial`;
    rmSync(partial, { recursive: true, force: true });
    for (const [name, content] of files) {
        const file = path.join(partial, name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, content);
    }
    renameSync(partial, target);
    return folder;
}

export function sha256(content: Buffer): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

function checkPath(name: string): void {
    const parts = name.split("/");
    if (
        name.startsWith("/") ||
        name.includes("\\") ||
        name.includes("\0") ||
        parts.includes("..")
    ) {
        throw new Error(`the archive holds the unsafe path ${JSON.stringify(name)}`);
    }
}

function belowFolder(files: PackFiles, anyRoot: boolean): PackFiles {
    const names = [...files.keys()];
    if (anyRoot && names.some((name) => /^(\.\/)?pack\.json$/.test(name))) {
        return new Map(names.map((name) => [name.replace(/^\.\//, ""), files.get(name)!]));
    }
    const folders = new Set(names.map((name) => name.split("/")[0]!));
    const [folder] = folders;
    if (folders.size !== 1 || folder === "." || !names.every((name) => name.includes("/"))) {
        throw new Error("the archive must hold exactly one top-level folder with the pack in it");
    }
    return new Map(names.map((name) => [name.slice(folder!.length + 1), files.get(name)!]));
}

function parsePackJson(files: PackFiles): Record<string, unknown> {
    const file = files.get("pack.json");
    if (!file) {
        throw new Error("the pack's folder holds no pack.json");
    }
    let json: unknown;
    try {
        json = JSON.parse(file.toString("utf8"));
    } catch (error) {
        throw new Error(`pack.json is not JSON: ${(error as Error).message}`);
    }
    if (json === null || typeof json !== "object" || Array.isArray(json)) {
        throw new Error("pack.json is not a JSON object");
    }
    return json as Record<string, unknown>;
}

function requiredText(json: Record<string, unknown>, key: string): string {
    const value = textOf(json, key);
    if (value === "") {
        throw new Error(`pack.json: ${key} is missing`);
    }
    return value;
}

function textOf(json: Record<string, unknown>, key: string): string {
    const value = json[key] ?? "";
    if (typeof value !== "string") {
        throw new Error(`pack.json: ${key} is not a string`);
    }
    return value;
}

function textsOf(json: Record<string, unknown>, key: string): string[] {
    const value = json[key] ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
        throw new Error(`pack.json: ${key} is not a list of strings`);
    }
    return value;
}

function annotationsOf(json: Record<string, unknown>): Record<string, string> {
    const value = json["annotations"] ?? {};
    if (typeof value !== "object" || Array.isArray(value)) {
        throw new Error("pack.json: annotations is not an object");
    }
    if (!Object.values(value as object).every((item) => typeof item === "string")) {
        throw new Error("pack.json: annotations has a value that is not a string");
    }
    return value as Record<string, string>;
}

/** Packs without a `type` there occur; they are read as optional. */
function dependenciesOf(json: Record<string, unknown>): PackDependency[] {
    const { dependencies = [] } = (json["constraints"] ?? {}) as {
        dependencies?: Partial<PackDependency>[];
    };
    return dependencies.map((dependency) => ({
        packName: dependency.packName ?? "",
        layer: dependency.layer ?? "",
        type: dependency.type ?? "optional",
        minVersion: dependency.minVersion ?? "",
        maxVersion: dependency.maxVersion ?? "",
    }));
}

function valuesOf(files: PackFiles): string {
    const file = files.get("values.yaml");
    if (!file) {
        throw new Error("the pack's folder holds no values.yaml");
    }
    const text = file.toString("utf8");
    try {
        parse(text);
    } catch (error) {
        throw new Error(`values.yaml is not YAML: ${(error as Error).message}`);
    }
    return text;
}

function presetsOf(files: PackFiles): Preset[] {
    const text = files.get("presets.yaml")?.toString("utf8");
    const yaml = text === undefined ? undefined : (parse(text) as { presets?: Partial<Preset>[] });
    return (yaml?.presets ?? []).map((preset) => ({
        name: preset.name ?? "",
        displayName: preset.displayName ?? preset.name ?? "",
        group: preset.group ?? "",
        add: String(preset.add ?? ""),
        remove: preset.remove ?? [],
    }));
}
