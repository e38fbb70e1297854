import type { FastifyInstance } from "fastify";
import { type Scope, notFound } from "../context";
import { object } from "../schema";
import { answeredValues } from "../valuesLayout";
import type { RouteParts } from "./routeParts";
import { profiles } from "./bodies";
import type { ProfileRequest, ProfilesRequest, Uid } from "./profiles";
import type { ClusterPack } from "./records";
import { packs } from "./timeline";
import { packFindings } from "./validation";

/** Packs of a cluster: validation of those it is to have, and the manifests of those it has. */
export function packRoutes(app: FastifyInstance, { store, context }: RouteParts): void {
    const base = "/v1/spectroclusters/:uid";
    const validate = (scope: Scope, requested: ProfileRequest[] = []): object => ({
        profiles: requested.map((request) => ({
            uid: request.uid ?? "",
            packs: { results: packFindings(context, scope, requested, request) },
        })),
    });
    const body = object({ profiles });
    app.post<{ Body: ProfilesRequest }>(
        "/v1/spectroclusters/validate/packs",
        { schema: { body } },
        ({ body: request, scope }) => validate(scope, request.profiles),
    );
    app.post<Uid & { Body: ProfilesRequest }>(
        `${base}/validate/packs`,
        { schema: { body } },
        ({ params, body: request, scope }) => {
            store.find(params.uid, scope);
            return validate(scope, request.profiles);
        },
    );
    app.get<Uid>(`${base}/profiles/packs/manifests`, ({ params, scope }) => ({
        profiles: store.find(params.uid, scope).profiles.map((profile) => ({
            metadata: { uid: profile.uid, name: profile.name },
            spec: {
                packs: profile.packs.map((pack) => ({
                    metadata: { uid: pack.uid, name: pack.name },
                    spec: {
                        name: pack.name,
                        version: pack.version,
                        layer: pack.layer,
                        type: pack.type,
                        registryUid: pack.registryUid,
                        values: answeredValues(context, store.text(pack.values)),
                        manifests: pack.manifests.map(({ uid, name, content }) => ({
                            uid,
                            name,
                            content: store.text(content),
                        })),
                    },
                })),
            },
        })),
    }));
    const manifest = ({ uid, name, content }: ClusterPack["manifests"][number]): object => ({
        metadata: { uid, name },
        spec: { published: { content: store.text(content), digest: content } },
    });
    app.get<{ Params: { uid: string; manifestUid: string } }>(
        `${base}/pack/manifests/:manifestUid`,
        ({ params, scope }) => {
            const found = packs(store.find(params.uid, scope))
                .flatMap(({ pack }) => pack.manifests)
                .find(({ uid }) => uid === params.manifestUid);
            if (!found) {
                throw notFound("Manifest", params.manifestUid);
            }
            return manifest(found);
        },
    );
    app.get<{ Params: { uid: string; profileUid: string; packName: string } }>(
        `${base}/profiles/:profileUid/packs/:packName/manifests`,
        ({ params, scope }) => {
            const found = packs(store.find(params.uid, scope)).find(
                ({ pack, profileUid }) =>
                    profileUid === params.profileUid && pack.name === params.packName,
            );
            if (!found) {
                throw notFound("Pack", params.packName);
            }
            return { items: found.pack.manifests.map(manifest) };
        },
    );
}
