import { createHash } from "node:crypto";
import { mergeValues } from "../../pack/values";
import { PaletteError, type Call } from "./client";
import { changes, createOnce, differ, notReady, remove, type Provider } from "./lifecycle";
import { labelsOf, requireOwn, tagsOf, type Owner } from "./ownership";
import { palette } from "./session";
import { reporter, waitFor } from "./wait";

/** One layer of a profile: a pack version from a registry, and what differs from the pack's own values. */
export interface Layer {
    /** Name of the pack. */
    name: string;
    /** Exact version of the pack. */
    version: string;
    /** Uid in Palette of the registry that holds the pack. */
    registryUid: string;
    /** Digest of a custom pack's manifest, so that other content is another profile. */
    digest?: string;
    /** YAML text that is merged into the pack's values. The pack's own values are not kept in the state. */
    overrides?: string;
}

export interface ClusterProfileInputs {
    name: string;
    /** Version of the profile; each (name, version) is an object of its own in Palette. */
    version: string;
    description: string;
    /** `key:value` or bare words. */
    tags: string[];
    /** Uid of the project. */
    project: string;
    /** In order: OS, Kubernetes, network, storage, add-ons. */
    layers: Layer[];
    owner: Owner;
    /** Take over a profile of this name and version that somebody else made. */
    adopt: boolean;
}

export interface ClusterProfileOutputs extends ClusterProfileInputs {
    uid: string;
    /** Layer name → SHA-256 of the values that were sent, to recognise an edit in the console. */
    valuesDigests: Record<string, string>;
    /** Changes with the layers or their values. */
    revision: string;
}

/** The fields of `v1ClusterProfile` that this provider reads. */
interface Profile {
    metadata: {
        uid: string;
        name: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
    };
    spec: { version?: string; published?: Template; draft?: Template };
    status?: { isPublished?: boolean };
}

interface Template {
    packs?: {
        name: string;
        tag?: string;
        version?: string;
        registryUid?: string;
        values?: string;
        isInvalid?: boolean;
        inValidReason?: string;
    }[];
}

/** A refusal to delete a profile may be left over from the cluster that has just gone. */
const DELETE_MINUTES = 5;

/** A published cluster profile of type Full for AWS: `/v1/clusterprofiles`, in project scope. */
export const clusterProfile: Provider<ClusterProfileInputs, ClusterProfileOutputs> = {
    async create(inputs) {
        const existing = await findByNameAndVersion(inputs);
        const packs = await resolveLayers(inputs);
        if (existing !== undefined) {
            const profile = await get(existing, inputs);
            await requireOwn(
                { uid: existing, labels: profile?.metadata.labels },
                {
                    subject: subjectOf(inputs),
                    type: "ClusterProfile",
                    name: inputs.name,
                    owner: inputs.owner,
                    adopt: inputs.adopt,
                    adoptKey: "profile.adopt",
                    sameSpecification: () =>
                        !differ(
                            seenLayers(profile!, inputs, {}).map(identityOf),
                            inputs.layers.map(identityOf),
                        ),
                },
            );
        }
        await validatePacks(inputs, packs);
        const uid =
            existing ??
            (await createOnce(
                {
                    ...callOf(inputs, "POST", "/v1/clusterprofiles"),
                    query: { publish: true },
                    body: {
                        metadata: metadataOf(inputs),
                        spec: {
                            version: inputs.version,
                            template: { type: "cluster", cloudType: "aws", packs },
                        },
                    },
                },
                () => findByNameAndVersion(inputs),
            ));
        const outs = { ...inputs, uid, ...fingerprints(packs) };
        try {
            if (existing !== undefined) {
                await put(uid, inputs, packs);
            }
            await requirePublished(uid, inputs);
        } catch (error) {
            throw notReady(error, uid, outs);
        }
        return { id: uid, outs };
    },

    async read(id, props) {
        const profile = await get(id, props);
        if (profile === undefined) {
            return { id: "" };
        }
        const seen: ClusterProfileInputs = {
            ...props,
            name: profile.metadata.name,
            version: profile.spec.version ?? props.version,
            description: profile.metadata.annotations?.description ?? props.description,
            tags: tagsOf(profile.metadata.labels, props.tags, props.owner),
            layers: seenLayers(profile, props, props.valuesDigests),
        };
        const { uid, valuesDigests, revision, ...inputs } = { ...props, ...seen };
        return { id, props: { ...inputs, uid, valuesDigests, revision }, inputs };
    },

    async diff(_id, olds, news) {
        return changes<ClusterProfileInputs>(olds, news, {
            replace: ["name", "version", "project"],
            update: ["description", "tags", "layers"],
            deleteBeforeReplace: false,
        });
    },

    async update(id, _olds, news) {
        const packs = await resolveLayers(news);
        await validatePacks(news, packs);
        await put(id, news, packs);
        await requirePublished(id, news);
        return { outs: { ...news, uid: id, ...fingerprints(packs) } };
    },

    async delete(id, props) {
        await waitFor(
            `${subjectOf(props)} to be deleted`,
            DELETE_MINUTES,
            reporter(subjectOf(props)),
            async () => {
                try {
                    await remove(callOf(props, "DELETE", pathOf(id)));
                    return {};
                } catch (error) {
                    // Palette may refuse for as long as a cluster uses the profile; how it says so is not known.
                    if (error instanceof PaletteError && ![401, 403].includes(error.status ?? 0)) {
                        return error.message;
                    }
                    throw error;
                }
            },
        );
    },
};

/** A pack of a profile as the API takes it (`v1PackManifestEntity`). */
interface PackEntity {
    name: string;
    tag: string;
    uid: string;
    registryUid: string;
    type?: string;
    layer?: string;
    values: string;
}

const subjectOf = ({ name, version }: { name: string; version: string }) =>
    `cluster profile "${name}" ${version}`;
const pathOf = (uid: string) => `/v1/clusterprofiles/${uid}`;
const identityOf = ({ name, version, registryUid }: Layer) => ({ name, version, registryUid });

function callOf(inputs: ClusterProfileInputs, method: Call["method"], path: string): Call {
    return { method, path, project: inputs.project, subject: subjectOf(inputs) };
}

function metadataOf({ name, description, tags, owner }: ClusterProfileInputs) {
    return { name, annotations: { description }, labels: labelsOf(tags, owner) };
}

function get(uid: string, inputs: ClusterProfileInputs): Promise<Profile | undefined> {
    return palette().find<Profile>(callOf(inputs, "GET", pathOf(uid)));
}

async function findByNameAndVersion(inputs: ClusterProfileInputs): Promise<string | undefined> {
    const { items } = await palette().request<{
        items: { metadata: { uid: string; name: string }; spec?: { version?: string } }[];
    }>(callOf(inputs, "GET", "/v1/dashboard/clusterprofiles/metadata"));
    return items.find(
        ({ metadata, spec }) => metadata.name === inputs.name && spec?.version === inputs.version,
    )?.metadata.uid;
}

/** Looks every layer's pack up in its registry and makes the values that will be sent. */
function resolveLayers(inputs: ClusterProfileInputs): Promise<PackEntity[]> {
    return Promise.all(
        inputs.layers.map(async (layer) => {
            const matches = await palette().list<{
                metadata: { uid: string };
                spec: { registryUid: string; type?: string; layer?: string; values?: string };
            }>({
                ...callOf(inputs, "GET", "/v1/packs"),
                query: { filters: `spec.name=${layer.name}ANDspec.version=${layer.version}` },
            });
            const pack = matches.find(({ spec }) => spec.registryUid === layer.registryUid);
            if (pack === undefined) {
                throw new Error(
                    `${subjectOf(inputs)}: pack ${layer.name}:${layer.version} is not in the registry ${layer.registryUid}; ` +
                        "synchronize the registry in Palette or correct the layer's version",
                );
            }
            const values = pack.spec.values ?? "";
            return {
                name: layer.name,
                tag: layer.version,
                uid: pack.metadata.uid,
                registryUid: layer.registryUid,
                type: pack.spec.type,
                layer: pack.spec.layer,
                values: layer.overrides ? mergeValues(values, layer.overrides) : values,
            };
        }),
    );
}

/** Palette's own check of the packs. It answers 200 whatever it finds: the findings are in the body. */
async function validatePacks(inputs: ClusterProfileInputs, packs: PackEntity[]): Promise<void> {
    const answer = await palette().request<ValidatorResponse>({
        ...callOf(inputs, "POST", "/v1/clusterprofiles/validate/packs"),
        body: { type: "cluster", cloudType: "aws", packs },
        repeatable: true,
    });
    requireNoFindings(subjectOf(inputs), answer.packs?.results);
}

interface ValidatorResponse {
    packs?: { results?: Finding[] };
}

/** `v1ConstraintValidatorResult`. */
export interface Finding {
    name?: string;
    displayName?: string;
    errors?: { code?: string; message?: string }[];
}

/** @throws Error with every finding of a validation, if there is one. */
export function requireNoFindings(subject: string, results: Finding[] | undefined): void {
    const findings = (results ?? []).flatMap(({ name, displayName, errors }) =>
        (errors ?? []).map(({ code, message }) => `${name ?? displayName}: ${message ?? code}`),
    );
    if (findings.length > 0) {
        throw new Error(`${subject}: Palette's validation found: ${findings.join("; ")}`);
    }
}

/** Overwrites the draft, then the metadata, and publishes both. */
async function put(uid: string, inputs: ClusterProfileInputs, packs: PackEntity[]): Promise<void> {
    await palette().request({
        ...callOf(inputs, "PUT", pathOf(uid)),
        body: {
            metadata: { name: inputs.name, uid },
            spec: { version: inputs.version, template: { type: "cluster", packs } },
        },
    });
    await palette().request({
        ...callOf(inputs, "PATCH", `${pathOf(uid)}/metadata`),
        body: { metadata: metadataOf(inputs), spec: { version: inputs.version } },
    });
    await publish(uid, inputs);
}

function publish(uid: string, inputs: ClusterProfileInputs): Promise<void> {
    return palette().request(callOf(inputs, "PATCH", `${pathOf(uid)}/publish`));
}

/** Makes sure that what was sent is published (an interrupted run may have left a draft) and that its packs are usable. */
async function requirePublished(uid: string, inputs: ClusterProfileInputs): Promise<void> {
    let profile = await get(uid, inputs);
    if (!profile?.spec.published?.packs?.length) {
        await publish(uid, inputs);
        profile = await get(uid, inputs);
    }
    const invalid = (profile?.spec.published?.packs ?? []).filter(({ isInvalid }) => isInvalid);
    if (invalid.length > 0) {
        throw new Error(
            `${subjectOf(inputs)}: Palette finds packs invalid: ` +
                invalid.map(({ name, inValidReason }) => `${name}: ${inValidReason}`).join("; "),
        );
    }
}

const digestOf = (values: string) => createHash("sha256").update(values.trim()).digest("hex");

function fingerprints(packs: PackEntity[]) {
    const valuesDigests = Object.fromEntries(
        packs.map(({ name, values }) => [name, digestOf(values)]),
    );
    return { valuesDigests, revision: digestOf(JSON.stringify(packs)) };
}

/**
 * The layers that Palette has, told with the recorded ones wherever nothing was changed, and in their order: Palette may
 * put packs in an order of its own.
 */
function seenLayers(
    profile: Profile,
    recorded: ClusterProfileInputs,
    digests: Record<string, string>,
): Layer[] {
    const order = new Map(recorded.layers.map(({ name }, index) => [name, index]));
    const positionOf = ({ name }: { name: string }) => order.get(name) ?? order.size;
    const packs = [...(profile.spec.published?.packs ?? profile.spec.draft?.packs ?? [])];
    packs.sort((one, other) => positionOf(one) - positionOf(other));
    return packs.map((pack) => {
        const version = pack.tag ?? pack.version ?? "";
        const layer = recorded.layers.find(({ name }) => name === pack.name);
        if (layer === undefined) {
            return { name: pack.name, version, registryUid: pack.registryUid ?? "" };
        }
        const edited =
            pack.values !== undefined &&
            digests[pack.name] !== undefined &&
            digestOf(pack.values) !== digests[pack.name];
        return {
            ...layer,
            version,
            registryUid: pack.registryUid ?? layer.registryUid,
            ...(edited && { overrides: "# the values were edited outside of this stack" }),
        };
    });
}
