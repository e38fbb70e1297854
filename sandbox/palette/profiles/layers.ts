import { parseDocument } from "yaml";
import { ApiError, type Context, notFound, uid } from "../context";
import {
    type Layer,
    type Pack,
    type PackType,
    type ProfileManifest,
    type ProfilePack,
    type ProfileTemplate,
} from "../stored";
import { packByTag } from "../packs/resolve";
import { stateOf } from "../packs/state";
import { listOf, object, oneOf, text } from "../schema";
import { dependencyErrors, type LayerError } from "./constraints";

export type { LayerError } from "./constraints";

/** `v1PackManifestEntity`, and `v1PackManifestUpdateEntity` with manifest uids. */
export interface PackInput {
    name: string;
    tag?: string;
    uid?: string;
    registryUid?: string;
    layer?: string;
    type?: PackType;
    values?: string;
    manifests?: { name: string; content?: string; uid?: string }[];
}

export const packSchema = object(
    {
        name: text,
        tag: text,
        uid: text,
        registryUid: text,
        layer: text,
        type: oneOf("spectro", "helm", "manifest", "oci"),
        values: text,
        manifests: listOf(object({ name: text, content: text, uid: text })),
    },
    ["name"],
);

/** Uid of the layers that consist of manifests alone. */
const MANIFEST_PACK_UID = "spectro-manifest-pack";

/** A profile may hold a pack twice, as `alias--pack`. */
export function packName(name: string): string {
    return name.split("--").at(-1)!;
}

/**
 * The layers of a template, each with its pack. Throws 404 for a pack that is not there and 400 for
 * what else `layerErrors` finds.
 */
export function resolveLayers(
    context: Context,
    template: { type: ProfileTemplate["type"]; cloudType: string; packs: PackInput[] },
    before: ProfilePack[] = [],
): ProfilePack[] {
    const layers = template.packs.map((input) => {
        const [error] = layerErrors(context, template, input, before);
        if (error) {
            const status =
                error.code === "ResourceNotFound"
                    ? 404
                    : error.code === "DuplicateLayer"
                      ? Number(context.switches.get("duplicateLayer"))
                      : 400;
            throw new ApiError(status, error.code, `Pack '${input.name}': ${error.message}`);
        }
        const old = before.find(({ name }) => name === input.name);
        return resolveLayer(context, input, old?.manifests ?? []);
    });
    const order: Layer[] = ["kernel", "os", "k8s", "cni", "csi", "addon"];
    return context.switches.get("packOrder") === "byLayer"
        ? layers.sort((a, b) => order.indexOf(a.layer) - order.indexOf(b.layer))
        : layers;
}

/**
 * What `validate/packs` reports of one layer; nothing for a good one. `before`: the layers that the
 * profile has already.
 */
export function layerErrors(
    context: Context,
    template: { type?: string; cloudType?: string; packs: PackInput[] },
    input: PackInput,
    before: ProfilePack[] = [],
): LayerError[] {
    const errors: LayerError[] = [];
    if (template.packs.filter(({ name }) => name === input.name).length > 1) {
        errors.push({ code: "DuplicatePack", message: "the profile holds the pack twice" });
    }
    errors.push(...valuesErrors(input.values ?? ""));
    errors.push(...duplicateLayer(context, template.packs, input));
    if (isManifestLayer(input)) {
        return errors;
    }
    const pack = findPack(context, input);
    if (!pack) {
        const message = `no pack ${packName(input.name)} with ${describeWish(input)} is found`;
        return [...errors, { code: "ResourceNotFound", message }];
    }
    if (pack.name !== packName(input.name)) {
        const message = `uid ${pack.uid} is of pack '${pack.name}'`;
        errors.push({ code: "PackNameMismatch", message });
    }
    if (
        stateOf(pack) === "disabled" &&
        context.switches.get("disabledPackInNewProfile") === "refused" &&
        !before.some(({ uid }) => uid === pack.uid)
    ) {
        const message = `version ${pack.version} is disabled; use a newer one`;
        errors.push({ code: "PackDisabled", message });
    }
    const clouds = pack.cloudTypes;
    const { cloudType } = template;
    if (
        cloudType &&
        cloudType !== "all" &&
        !clouds.includes("all") &&
        !clouds.includes(cloudType)
    ) {
        const message = `the pack is for ${clouds.join(", ")}, the profile for ${cloudType}`;
        errors.push({ code: "CloudTypeMismatch", message });
    }
    const { dependencies = [] } = pack;
    return dependencies.length === 0
        ? errors
        : [
              ...errors,
              ...dependencyErrors(
                  dependencies,
                  template.packs.flatMap((layer) => findPack(context, layer) ?? []),
                  template.type === "cluster",
              ),
          ];
}

/** Why a layer can't be deployed any more; nothing when it can. */
export function invalidReason(context: Context, layer: ProfilePack): string | undefined {
    const pack = context.packs.get(layer.uid);
    return layer.uid === MANIFEST_PACK_UID || (pack && !pack.deleted)
        ? undefined
        : `Pack '${packName(layer.name)}' version '${layer.version}' is not in its registry any more`;
}

/** Of each layer of the infrastructure a profile has one pack: switch `duplicateLayer`. */
function duplicateLayer(context: Context, packs: PackInput[], input: PackInput): LayerError[] {
    const layerOf = (pack: PackInput): string | undefined =>
        isManifestLayer(pack) ? pack.layer : findPack(context, pack)?.layer;
    const layer = layerOf(input);
    const rivals = packs.filter((pack) => pack.name !== input.name && layerOf(pack) === layer);
    const isInfrastructure = layer && ["os", "k8s", "cni", "csi"].includes(layer);
    if (
        !isInfrastructure ||
        rivals.length === 0 ||
        context.switches.get("duplicateLayer") === "accepted"
    ) {
        return [];
    }
    const message = `the profile has another pack of layer ${layer}: ${rivals[0]!.name}`;
    return [{ code: "DuplicateLayer", message }];
}

function describeWish({ uid: packUid, tag, registryUid }: PackInput): string {
    const wishes = Object.entries({ uid: packUid, tag, registryUid }).filter(([, value]) => value);
    return wishes.map(([key, value]) => `${key} ${value}`).join(", ") || "no uid or tag";
}

function valuesErrors(values: string): LayerError[] {
    return parseDocument(values)
        .errors.slice(0, 1)
        .map(({ message }) => ({
            code: "InvalidPackValues",
            message: `the values are not YAML: ${message.split("\n")[0]}`,
        }));
}

function isManifestLayer(input: PackInput): boolean {
    return input.type === "manifest" && (!input.uid || input.uid === MANIFEST_PACK_UID);
}

/** By uid or by tag; the switch `uidOrTag` decides where both are given and disagree. */
function findPack(context: Context, input: PackInput): Pack | undefined {
    const { uid: packUid, tag } = input;
    const name = packName(input.name);
    const byUid = packUid ? context.packs.get(packUid) : undefined;
    const present = byUid?.deleted ? undefined : byUid;
    if (!tag) {
        return present;
    }
    if (!packUid) {
        return packByTag(context, { name, tag, registryUid: input.registryUid });
    }
    if (!present || [present.version, present.tag, ...present.parentTags].includes(tag)) {
        return present;
    }
    switch (context.switches.get("uidOrTag")) {
        case "uid":
            return present;
        case "tag":
            return packByTag(context, { name, tag, registryUid: present.registryUid });
        case "refused":
            return undefined;
    }
}

function resolveLayer(
    context: Context,
    input: PackInput,
    oldManifests: ProfileManifest[],
): ProfilePack {
    const manifests = (input.manifests ?? []).map((manifest) => {
        const old = oldManifests.find(
            (candidate) => candidate.uid === manifest.uid || candidate.name === manifest.name,
        );
        return {
            uid: old?.uid ?? uid(),
            name: manifest.name,
            content: manifest.content ?? old?.content ?? "",
        };
    });
    if (isManifestLayer(input)) {
        return {
            name: input.name,
            uid: MANIFEST_PACK_UID,
            registryUid: "",
            layer: (input.layer || "addon") as Layer,
            type: "manifest",
            tag: input.tag ?? "",
            version: input.tag ?? "",
            values: input.values ?? "",
            manifests,
        };
    }
    const pack = findPack(context, input);
    if (!pack) {
        throw notFound("Pack", input.name);
    }
    return {
        name: input.name,
        uid: pack.uid,
        registryUid: pack.registryUid,
        layer: pack.layer,
        type: input.type ?? pack.type,
        tag: input.tag || pack.version,
        version: pack.version,
        values: chosenValues(context, pack, input.values),
        manifests,
    };
}

/** As they were sent; switch `valuesLeftOut` where none were. */
function chosenValues(context: Context, pack: Pack, sent: string | undefined): string {
    if (!sent) {
        return context.switches.get("valuesLeftOut") === "ofPack" ? pack.values : "";
    }
    // One string for all profiles that leave the values as they are.
    return sent === pack.values ? pack.values : sent;
}
