import { isDeepStrictEqual } from "node:util";
import { asText, isMapping, valueAt } from "../format/sourceDocument";
import { readYamlDocuments } from "../format/yamlDocuments";
import { fieldChanges, type FieldChange } from "./fieldChanges";
import {
    imagesOf,
    renderPack,
    type RenderedDocument,
    type RenderOptions,
    type RenderProblem,
    type Rendering,
} from "./renderPack";
import type { Pack } from "../format/pack";

/** An object of Kubernetes that differs between two renderings. */
export interface ObjectChange {
    change: "added" | "removed" | "changed";
    apiVersion: string;
    kind: string;
    /** Its own namespace; absent where it is the pack's, or where the kind has none. */
    namespace?: string;
    name: string;
    /** The chart or manifest that it is from, as pack.json lists it. */
    source: string;
    /** What differs in one that is on both sides. */
    fields: FieldChange[];
}

/** What changes in a cluster from one pack to another. */
export interface RenderComparison {
    objects: ObjectChange[];
    /** Images of containers that only one side has. */
    images: { added: string[]; removed: string[] };
    /** Objects that are the same on both sides. */
    unchanged: number;
    /** Charts and manifests that cannot be rendered, and are not compared. */
    problems: { before: RenderProblem[]; after: RenderProblem[] };
}

interface KubernetesObject {
    document: RenderedDocument;
    value: Record<string, unknown>;
    apiVersion: string;
    kind: string;
    namespace?: string;
    name: string;
}

/** Renders two packs, and compares what they put into a cluster. @throws Error where they cannot be read. */
export async function renderAndCompare(
    before: Pack,
    after: Pack,
    options: RenderOptions,
): Promise<RenderComparison> {
    const [old, now] = [await renderPack(before, options), await renderPack(after, options)];
    return compareRenderings(old, now, () => renderPack(before, options));
}

/**
 * Compares what two packs put into a cluster. An object is the same one where group, kind, namespace
 * and name are; the values of a Secret are reported as changed, and not shown.
 *
 * @param again A second rendering of the first pack: what differs between the two is made up anew at
 *     each rendering (passwords, certificates), and is no change.
 */
export async function compareRenderings(
    before: Rendering,
    after: Rendering,
    again: () => Promise<Rendering>,
): Promise<RenderComparison> {
    // A source that one side could not render would have all its objects removed, or added.
    const broken = new Set(
        [...before.problems, ...after.problems].map(({ source }) => baseOf(source)),
    );
    const usable = ({ documents }: Rendering) =>
        documents.filter(({ source }) => !broken.has(baseOf(source)));
    const [old, now] = [usable(before), usable(after)];
    const { objects, unchanged } = compareDocuments(old, now);
    const [oldImages, nowImages] = [imagesOf(old), imagesOf(now)];
    return {
        objects: await withoutRandom(objects, old, again),
        images: {
            added: nowImages.filter((image) => !oldImages.includes(image)),
            removed: oldImages.filter((image) => !nowImages.includes(image)),
        },
        unchanged,
        problems: { before: before.problems, after: after.problems },
    };
}

/** The name of a chart or manifest without its version, which may change from pack to pack. */
function baseOf(source: string): string {
    return source.replace(/-v?\d[^/]*$/, "");
}

function compareDocuments(
    before: readonly RenderedDocument[],
    after: readonly RenderedDocument[],
): { objects: ObjectChange[]; unchanged: number } {
    // Equal documents are not parsed: custom resource definitions are large.
    const texts = (documents: readonly RenderedDocument[]) =>
        new Set(documents.map(({ text }) => text));
    const [oldTexts, nowTexts] = [texts(before), texts(after)];
    const old = objectsOf(before.filter(({ text }) => !nowTexts.has(text)));
    const now = objectsOf(after.filter(({ text }) => !oldTexts.has(text)));
    const objects: ObjectChange[] = [];
    let unchanged = after.filter(({ text }) => oldTexts.has(text)).length;
    for (const [id, object] of now) {
        const earlier = old.get(id);
        old.delete(id);
        if (!earlier) {
            objects.push(toChange("added", object, []));
        } else if (isDeepStrictEqual(earlier.value, object.value)) {
            unchanged += 1;
        } else {
            const fields = fieldChanges(earlier.value, object.value);
            objects.push(toChange("changed", object, fields.map(hideIfSecret(object.kind))));
        }
    }
    for (const object of old.values()) {
        objects.push(toChange("removed", object, []));
    }
    return { objects, unchanged };
}

/** The objects of documents by group, kind, namespace and name; lists are taken apart. */
function objectsOf(documents: readonly RenderedDocument[]): Map<string, KubernetesObject> {
    const objects = new Map<string, KubernetesObject>();
    for (const document of documents) {
        for (const parsed of parse(document.text)) {
            const value = parsed.toJS() as unknown;
            const isList = isMapping(value) && /List$/.test(asText(value.kind ?? ""));
            const items: unknown[] = isList && Array.isArray(value.items) ? value.items : [value];
            for (const item of items.filter(isMapping)) {
                const object = toObject(item, document);
                let id = idOf(object);
                for (let twin = 2; objects.has(id); twin += 1) {
                    id = `${idOf(object)}#${twin}`;
                }
                objects.set(id, object);
            }
        }
    }
    return objects;
}

function parse(text: string): ReturnType<typeof readYamlDocuments> {
    try {
        return readYamlDocuments(text).filter(({ errors }) => errors.length === 0);
    } catch {
        return [];
    }
}

function toObject(value: Record<string, unknown>, document: RenderedDocument): KubernetesObject {
    const name =
        valueAt(value, ["metadata", "name"]) ?? valueAt(value, ["metadata", "generateName"]);
    const namespace = valueAt(value, ["metadata", "namespace"]);
    return {
        document,
        value,
        apiVersion: asText(value.apiVersion ?? ""),
        kind: asText(value.kind ?? ""),
        ...(typeof namespace === "string" && namespace !== document.namespace ? { namespace } : {}),
        name: asText(name ?? ""),
    };
}

function idOf({ apiVersion, kind, namespace = "", name }: KubernetesObject): string {
    const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    return JSON.stringify([group, kind, namespace, name]);
}

function toChange(
    change: ObjectChange["change"],
    { apiVersion, kind, namespace, name, document }: KubernetesObject,
    fields: FieldChange[],
): ObjectChange {
    const place = namespace === undefined ? {} : { namespace };
    return { change, apiVersion, kind, ...place, name, source: document.source, fields };
}

const HIDDEN = "(not shown)";

function hideIfSecret(kind: string): (field: FieldChange) => FieldChange {
    return (field) => {
        if (kind !== "Secret" || !/^(data|stringData)\b/.test(field.path)) {
            return field;
        }
        const { path } = field;
        return {
            path,
            ...("before" in field ? { before: HIDDEN } : {}),
            ...("after" in field ? { after: HIDDEN } : {}),
        };
    };
}

async function withoutRandom(
    objects: ObjectChange[],
    before: readonly RenderedDocument[],
    again: () => Promise<Rendering>,
): Promise<ObjectChange[]> {
    if (objects.every(({ change }) => change !== "changed")) {
        return objects;
    }
    const key = ({ apiVersion, kind, namespace, name }: ObjectChange) =>
        JSON.stringify([apiVersion, kind, namespace, name]);
    const random = new Map<string, Set<string>>();
    for (const object of compareDocuments(before, (await again()).documents).objects) {
        random.set(key(object), new Set(object.fields.map(({ path }) => path)));
    }
    return objects.flatMap((object) => {
        const paths = random.get(key(object));
        if (!paths || object.change !== "changed") {
            return [object];
        }
        const fields = object.fields.filter(({ path }) => !paths.has(path));
        return fields.length > 0 ? [{ ...object, fields }] : [];
    });
}
