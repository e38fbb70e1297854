import { UserError } from "../../pack/userError";
import { parseDocument } from "yaml";
import { mergeValues } from "../../pack/format/values";
import { isNew } from "../lifecycle/nameCheck";
import { isUnknown, mapKnown, surelyDiffer } from "../lifecycle/comparison";
import { isComplete } from "../lifecycle/provider";
import { profileSubject } from "./profileApi";
import { contentDigest, contentOf } from "./profileContent";
import type {
    ClusterProfileInputs,
    ClusterProfileOutputs,
    Layer,
    UnresolvedLayer,
} from "./profileInputs";

/** Unresolved layers by profile, as its last check got them: facts of the registry, which the state has no place for. */
const notes = new Map<string, UnresolvedLayer[]>();

/**
 * Takes layers that their registry does not offer any more as they are recorded, and keeps them for
 * {@link requireResolved}.
 *
 * @param olds The recorded inputs; empty for a new profile.
 * @returns the inputs as they are to be recorded, and why a new profile cannot be made.
 */
export function takeRecorded(
    olds: ClusterProfileInputs,
    { unresolved = [], ...news }: ClusterProfileInputs,
): { inputs: ClusterProfileInputs; reasons: string[] } {
    notes.set(noteOf(news), unresolved);
    if (unresolved.length === 0 || isNew(olds)) {
        return { inputs: news, reasons: unresolved.map(({ message }) => message) };
    }
    const layers = mapKnown(news.layers, (layer) => {
        const gone = unresolved.find(({ name }) => name === layer.name);
        const recorded = gone && mapKnown(olds.layers, (layer) => layer).find(isRecordOf(gone));
        return recorded ? asRecorded(layer, recorded, gone.derived) : layer;
    });
    return { inputs: { ...news, layers }, reasons: [] };
}

/**
 * Warns of each layer that is only there because the profile has it already.
 *
 * @throws Error where a version of the profile would have to be made with it, or changed.
 */
export function requireResolved(olds: ClusterProfileOutputs, news: ClusterProfileInputs): void {
    const unresolved = notes.get(noteOf(news)) ?? [];
    if (unresolved.length === 0) {
        return;
    }
    if (needsPacks(olds, news)) {
        const ways = unresolved.map(({ name, successor }) =>
            successor === undefined ? `another pack than ${name}` : `${name} ${successor}`,
        );
        throw new UserError(
            `${unresolved.map(({ message }) => message).join("; ")}. ${profileSubject(olds)} goes on with what it has, ` +
                "but its layers or variables are changed, and another version of it needs all packs: " +
                `take ${ways.join(", ")}, or take the change back`,
        );
    }
    for (const { message, name, successor } of unresolved) {
        console.log(
            `warning: ${message}. ${profileSubject(olds)} goes on with what is recorded; its next version needs ` +
                (successor === undefined ? `another pack than ${name}` : `${name} ${successor}`),
        );
    }
}

function noteOf({ project, scope = "project", name }: ClusterProfileInputs): string {
    return JSON.stringify([project, scope, name]);
}

function isRecordOf({ name, registryUid, version }: UnresolvedLayer) {
    return (layer: Layer) =>
        layer.name === name &&
        layer.registryUid === registryUid &&
        (layer.version === version || standsFor(version, layer.version));
}

/** Whether a moving tag (`1.28.x`, `LTS__22.4.x`) has stood for a version. */
function standsFor(tag: string, version: string): boolean {
    const [, fixed] = /^(?:[A-Za-z]+_+)?(\d[\d.]*)\.x$/.exec(tag) ?? [];
    const numbers = version.split(".").map(Number);
    return (
        fixed !== undefined &&
        fixed.split(".").every((number, index) => Number(number) === numbers[index])
    );
}

/** The layer in its recorded version. A list in its overrides that cannot be computed again is the recorded one. */
function asRecorded(layer: Layer, recorded: Layer, derived?: string[]): Layer {
    const { version, movingTag, overrides } = recorded;
    const kept = { ...layer, version, ...(movingTag !== undefined && { movingTag }) };
    if (derived === undefined || overrides === undefined || isUnknown([layer, overrides])) {
        return kept;
    }
    const list: unknown = parseDocument(overrides).toJS();
    const value = derived.reduce(
        (object, key) => (object as Record<string, unknown> | undefined)?.[key],
        list,
    );
    const changes = derived.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
    return {
        ...kept,
        overrides: mergeValues(layer.overrides ?? "", changes as Record<string, unknown>),
    };
}

/** Whether other content is wanted for sure, and no version has it. */
function needsPacks(olds: ClusterProfileOutputs, news: ClusterProfileInputs): boolean {
    if (!surelyDiffer(contentOf(olds), contentOf(news))) {
        return false;
    }
    const wanted = isUnknown(news) ? undefined : contentDigest(news);
    return !olds.versions.some(
        ({ uid, partial, contentDigest: digest }) =>
            digest === wanted && !partial && (uid !== olds.uid || !isComplete(olds)),
    );
}
