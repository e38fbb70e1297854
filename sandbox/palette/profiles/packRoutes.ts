import type { FastifyInstance } from "fastify";
import { type Context, notFound, uid } from "../context";
import {
    type Profile,
    type ProfileManifest,
    type ProfilePack,
    type ProfileTemplate,
} from "../stored";
import { describePack, type PackSummary } from "../packs/routes";
import { object, text } from "../schema";
import { answeredValues } from "../valuesLayout";
import { type PackInput, packName, packSchema, resolveLayers } from "./layers";
import { changeableProfile, editable, findProfile, putDraft } from "./profiles";

type Uid = { Params: { uid: string } };
type OfPack = { Params: { uid: string; packName: string } };
type OfManifest = { Params: { uid: string; packName: string; manifestUid: string } };
type Manifest = { Body: { name: string; content?: string } };

const manifestSchema = object({ name: text, content: text }, ["name"]);

/** `/v1/clusterprofiles/{uid}/packs`: single layers. Changes go to the draft. */
export function profilePackRoutes(app: FastifyInstance, context: Context): void {
    layers(app, context);
    manifests(app, context);
}

function layers(app: FastifyInstance, context: Context): void {
    const path = "/v1/clusterprofiles/:uid/packs";
    const schema = { body: object({ pack: packSchema }, ["pack"]) };
    app.get<Uid>(path, ({ scope, params }) => ({
        items: editable(findProfile(context, scope, params.uid)).packs.map((layer) =>
            summaryOf(context, layer),
        ),
    }));
    app.post<Uid & { Body: { pack: PackInput } }>(
        path,
        { schema },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            const draft = editable(profile);
            const packs = [...asInputs(draft.packs), body.pack];
            const resolved = resolveLayers(context, { ...draft, packs }, draft.packs);
            putDraft(context, profile, { ...draft, packs: resolved });
            return reply.code(201).send({ uid: layerOf(resolved, body.pack.name).uid });
        },
    );
    app.get<OfPack>(`${path}/:packName`, ({ scope, params }) => {
        const { packs } = editable(findProfile(context, scope, params.uid));
        const layer = layerOf(packs, params.packName);
        const { metadata, spec } = summaryOf(context, layer);
        return { metadata, spec: { pack: spec, macros: { resolved: {} } } };
    });
    app.put<OfPack & { Body: { pack: PackInput } }>(
        `${path}/:packName`,
        { schema },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            const draft = editable(profile);
            const before = layerOf(draft.packs, params.packName);
            const inputs = asInputs(draft.packs).map((input) =>
                input.name === params.packName
                    ? { ...input, ...body.pack, manifests: input.manifests }
                    : input,
            );
            const packs = resolveLayers(context, { ...draft, packs: inputs }, [
                ...draft.packs,
                { ...before, name: body.pack.name },
            ]);
            putDraft(context, profile, { ...draft, packs });
            return reply.code(204).send();
        },
    );
    app.delete<OfPack>(`${path}/:packName`, ({ scope, params }, reply) => {
        const profile = changeableProfile(context, scope, params.uid);
        const draft = editable(profile);
        layerOf(draft.packs, params.packName);
        const packs = draft.packs.filter(({ name }) => name !== params.packName);
        putDraft(context, profile, { ...draft, packs });
        return reply.code(204).send();
    });
    app.get<OfPack>(`${path}/:packName/config`, ({ scope, params }) => {
        const { packs } = editable(findProfile(context, scope, params.uid));
        const layer = layerOf(packs, params.packName);
        const { name, uid: packUid, tag, type, values, version } = layer;
        const own = layer.manifests.map((manifest) => ({ name: manifest.name, uid: manifest.uid }));
        const spec = {
            name,
            packUid,
            tag,
            type,
            values: answeredValues(context, values),
            version,
            scope: "cluster",
            manifests: own,
        };
        return { items: [{ spec }] };
    });
}

function manifests(app: FastifyInstance, context: Context): void {
    const path = "/v1/clusterprofiles/:uid/packs/:packName/manifests";
    app.get<Uid>("/v1/clusterprofiles/:uid/packs/manifests", ({ scope, params }) => {
        const profile = findProfile(context, scope, params.uid);
        const packs = editable(profile).packs.map((layer) => {
            const { metadata, spec } = summaryOf(context, layer);
            // This list has all of a pack's members but one (`v1PackManifestsSpec`).
            const rest: Record<string, unknown> = { ...spec };
            delete rest["addonSubType"];
            return { metadata, spec: { ...rest, manifests: layer.manifests } };
        });
        return { metadata: { name: profile.name, uid: profile.uid }, spec: { packs } };
    });
    app.get<OfPack>(path, ({ scope, params }) => ({
        items: layerOf(
            editable(findProfile(context, scope, params.uid)).packs,
            params.packName,
        ).manifests.map((manifest) => describeManifest(manifest)),
    }));
    app.get<OfManifest>(`${path}/:manifestUid`, ({ scope, params }) => {
        const { packs } = editable(findProfile(context, scope, params.uid));
        return describeManifest(manifestOf(layerOf(packs, params.packName), params.manifestUid));
    });
    app.post<OfPack & Manifest>(
        path,
        { schema: { body: manifestSchema } },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            const manifest = { uid: uid(), name: body.name, content: body.content ?? "" };
            change(context, profile, params.packName, (before) => [...before, manifest]);
            return reply.code(201).send({ uid: manifest.uid });
        },
    );
    app.put<OfManifest & Manifest>(
        `${path}/:manifestUid`,
        { schema: { body: manifestSchema } },
        ({ scope, params, body }, reply) => {
            const profile = changeableProfile(context, scope, params.uid);
            manifestOf(layerOf(editable(profile).packs, params.packName), params.manifestUid);
            change(context, profile, params.packName, (before) =>
                before.map((manifest) =>
                    manifest.uid === params.manifestUid
                        ? { ...manifest, name: body.name, content: body.content ?? "" }
                        : manifest,
                ),
            );
            return reply.code(204).send();
        },
    );
    app.delete<OfManifest>(`${path}/:manifestUid`, ({ scope, params }, reply) => {
        const profile = changeableProfile(context, scope, params.uid);
        manifestOf(layerOf(editable(profile).packs, params.packName), params.manifestUid);
        change(context, profile, params.packName, (before) =>
            before.filter((manifest) => manifest.uid !== params.manifestUid),
        );
        return reply.code(204).send();
    });
}

function change(
    context: Context,
    profile: Profile,
    name: string,
    edit: (before: ProfileManifest[]) => ProfileManifest[],
): void {
    const draft: ProfileTemplate = editable(profile);
    layerOf(draft.packs, name);
    const packs = draft.packs.map((layer) =>
        layer.name === name ? { ...layer, manifests: edit(layer.manifests) } : layer,
    );
    putDraft(context, profile, { ...draft, packs });
}

function layerOf(layers: ProfilePack[], name: string): ProfilePack {
    const layer = layers.find((pack) => pack.name === name || packName(pack.name) === name);
    if (!layer) {
        throw notFound("Pack of the profile", name);
    }
    return layer;
}

function manifestOf(layer: ProfilePack, manifestUid: string): ProfileManifest {
    const manifest = layer.manifests.find((candidate) => candidate.uid === manifestUid);
    if (!manifest) {
        throw notFound("Manifest", manifestUid);
    }
    return manifest;
}

/** `v1ManifestEntity`. */
function describeManifest(manifest: ProfileManifest): object {
    const { name, uid: manifestUid, content } = manifest;
    return {
        metadata: { name, uid: manifestUid },
        spec: { published: { content } },
    };
}

/** Layers as they would be sent again. */
function asInputs(layers: ProfilePack[]): PackInput[] {
    return layers.map(({ name, uid: packUid, registryUid, type, tag, values, manifests: own }) => ({
        name,
        uid: packUid,
        registryUid,
        type,
        tag,
        values,
        manifests: own,
    }));
}

/** The layer's pack, with the profile's own values and manifests. */
function summaryOf(context: Context, layer: ProfilePack): PackSummary {
    const pack = context.packs.get(layer.uid);
    const { name, type, version, values, registryUid } = layer;
    const base = pack
        ? describePack(context, pack)
        : { metadata: { name, uid: layer.uid }, spec: {}, status: {} };
    const manifests = layer.manifests.map((manifest) => ({
        kind: "manifest",
        name: manifest.name,
        uid: manifest.uid,
    }));
    const own = {
        name,
        type,
        version,
        layer: layer.layer,
        values: answeredValues(context, values),
        registryUid,
        manifests,
    };
    return { ...base, spec: { ...base.spec, ...own } };
}
