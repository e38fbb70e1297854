import { scryptSync } from "node:crypto";
import { applyPresets, mergeValues, ValuesError, type Preset } from "../../pack/format/values";
import { digestOf, valuesDigest } from "./valuesDigest";
import { observedOverrides } from "./valuesDrift";
import { inOrderOf, isUnknown, mapKnown, UNKNOWN } from "../lifecycle/comparison";
import {
    profilePacks,
    profileCall,
    profileSubject,
    type PackEntity,
    type Profile,
    type ProfileRef,
    type ObservedPack,
} from "./profileApi";
import { findRegistryPack } from "./packLookup";
import {
    packNameOf,
    type ClusterProfileInputs,
    type Layer,
    type ProfileVariable,
} from "./profileInputs";
import { UserError } from "../../pack/userError";

export { digestOf };

/** The inputs that make the content of a version; the owner id salts the hash of secrets. */
type Content = Pick<ClusterProfileInputs, "layers" | "variables" | "owner">;

/** SHA-256 of what makes the content of a version, as the inputs say it. */
export function contentDigest(inputs: Content): string {
    return digestOf(JSON.stringify(contentOf(inputs)));
}

/**
 * What makes the content of a version: its layers and variables. The default of a sensitive variable is there as a slow
 * hash only; secrets in overrides are there as they are, so that a digest of all has to be kept as a secret.
 */
export function contentOf({ layers, variables, owner }: Content): object {
    return {
        layers: mapKnown(layers, ({ name, version, registryUid, digest, presets, overrides }) => ({
            name,
            version,
            registryUid,
            digest,
            presets: presets?.length ? presets : undefined,
            overrides: overrides?.trim() || undefined,
        })),
        variables: mapKnown(variables ?? [], (variable) => {
            const { isSensitive, defaultValue = "" } = variable;
            const secret = () =>
                isUnknown([defaultValue, owner])
                    ? UNKNOWN
                    : scryptSync(defaultValue, owner.id, 16).toString("hex");
            return plain(isSensitive ? { ...variable, defaultValue: secret() } : variable);
        }),
    };
}

/** Changes with what is sent to Palette as the content of a version. */
export function revisionOf(
    packs: PackEntity[],
    { variables, owner }: ClusterProfileInputs,
): string {
    const reported = variables?.length && contentOf({ layers: [], variables, owner });
    return digestOf(JSON.stringify(reported ? { packs, variables: reported } : packs));
}

/** The fields of a pack that are read (`v1Pack`). */
interface Pack {
    metadata: { uid: string };
    spec: {
        registryUid: string;
        type?: string;
        layer?: string;
        values?: string;
        presets?: Preset[] | null;
    };
}

/** Looks every layer's pack up in its registry and makes the values that will be sent. */
export function resolveLayers(inputs: ClusterProfileInputs): Promise<PackEntity[]> {
    return Promise.all(inputs.layers.map((layer) => resolveLayer(inputs, layer)));
}

/** Layer → digest of its values. */
export function valuesDigests(packs: { name: string; values?: string }[]): Record<string, string> {
    return Object.fromEntries(packs.map(({ name, values = "" }) => [name, valuesDigest(values)]));
}

/** Whether a profile in Palette has just these layers, with values of these digests. */
export function hasContent(
    profile: Profile,
    layers: Layer[],
    digests: Record<string, string>,
): boolean {
    const packs = profilePacks(profile);
    return (
        packs.length === layers.length &&
        layers.every((layer) =>
            packs.some(
                (pack) =>
                    pack.name === layer.name &&
                    isVersion(pack, layer.version) &&
                    (pack.registryUid ?? layer.registryUid) === layer.registryUid &&
                    !isEdited(pack, digests),
            ),
        )
    );
}

/**
 * The layers that Palette has, in the recorded form and order wherever nothing was changed: Palette may put packs in an
 * order of its own. Edited values become the overrides that would make them.
 */
export async function observedLayers(
    profile: Profile,
    recorded: ClusterProfileInputs,
    digests: Record<string, string>,
): Promise<Layer[]> {
    const packs = inOrderOf<{ name: string }>(
        profilePacks(profile),
        recorded.layers,
        ({ name }) => name,
    ) as ObservedPack[];
    return Promise.all(
        packs.map(async (pack) => {
            const layer = recorded.layers.find(({ name }) => name === pack.name);
            const version = pack.tag ?? pack.version ?? "";
            const registryUid = pack.registryUid ?? layer?.registryUid ?? "";
            if (layer === undefined) {
                return { name: pack.name, version, registryUid };
            }
            const observed = {
                ...layer,
                version: isVersion(pack, layer.version) ? layer.version : version,
                registryUid,
            };
            if (!isEdited(pack, digests)) {
                return observed;
            }
            const sent = await resolveLayer(recorded, observed).catch(() => undefined);
            const overrides = observedOverrides(pack.values!, sent?.values, layer.overrides);
            return { ...observed, overrides };
        }),
    );
}

const MASKED = /^\*+$/;

/** The variables that Palette has, in the recorded form and order wherever nothing was changed. */
export function observedVariables(
    observed: ProfileVariable[],
    recorded: ProfileVariable[] | undefined,
): ProfileVariable[] | undefined {
    if (observed.length === 0) {
        return recorded?.length ? [] : recorded;
    }
    return inOrderOf(observed, recorded ?? [], ({ name }) => name).map((variable) => {
        const known = recorded?.find(({ name }) => name === variable.name);
        const { isSensitive, defaultValue } = variable;
        const masked = isSensitive && (!defaultValue || MASKED.test(defaultValue));
        const reported = masked ? { ...variable, defaultValue: known?.defaultValue } : variable;
        return known && isSame(reported, known) ? known : plain(reported);
    });
}

async function resolveLayer(of: ProfileRef, layer: Layer): Promise<PackEntity> {
    const wanted = { ...layer, name: packNameOf(layer) };
    const pack = await findRegistryPack<Pack>(wanted, profileCall(of, "GET", "/v1/packs"));
    if (pack === undefined) {
        throw new UserError(
            `${profileSubject(of)}: pack ${layer.name}:${layer.version} is not in the registry ${layer.registryUid}; ` +
                "synchronize the registry in Palette or correct the layer's version",
        );
    }
    return {
        name: layer.name,
        tag: layer.version,
        uid: pack.metadata.uid,
        registryUid: layer.registryUid,
        type: pack.spec.type,
        layer: pack.spec.layer,
        values: valuesOf(of, layer, pack),
    };
}

/** The pack's own values with the presets applied and the overrides merged in. */
function valuesOf(of: ProfileRef, layer: Layer, { spec }: Pack): string {
    const { values = "", presets } = spec;
    if (!layer.presets?.length && !layer.overrides) {
        return values;
    }
    try {
        const preset = layer.presets?.length
            ? applyPresets(values, presets ?? [], layer.presets)
            : values;
        return layer.overrides ? mergeValues(preset, layer.overrides) : preset;
    } catch (error) {
        if (error instanceof ValuesError) {
            throw new UserError(`${profileSubject(of)}: layer ${layer.name}: ${error.message}`);
        }
        throw error;
    }
}

/** Whether a pack in Palette is that version: by its version or its tag, which tutorials let disagree. */
function isVersion({ tag, version }: ObservedPack, wanted: string): boolean {
    return tag === wanted || version === wanted;
}

function isEdited({ name, values }: ObservedPack, digests: Record<string, string>): boolean {
    return (
        values !== undefined &&
        digests[name] !== undefined &&
        valuesDigest(values) !== digests[name]
    );
}

function isSame(a: ProfileVariable, b: ProfileVariable): boolean {
    return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

const VARIABLE_FIELDS = [
    "defaultValue",
    "description",
    "displayName",
    "format",
    "hidden",
    "immutable",
    "inputType",
    "isSensitive",
    "name",
    "options",
    "regex",
    "required",
] as const satisfies (keyof ProfileVariable)[];

const VARIABLE_DEFAULTS: Partial<ProfileVariable> = { format: "string", inputType: "text" };

/** Without what only says the default, and what is not managed, in one order. */
function plain(variable: ProfileVariable): ProfileVariable {
    const reported = VARIABLE_FIELDS.map((key) => [key, variable[key]] as const).filter(
        ([key, value]) => value && value !== VARIABLE_DEFAULTS[key] && String(value) !== "",
    );
    return Object.fromEntries(reported) as unknown as ProfileVariable;
}
