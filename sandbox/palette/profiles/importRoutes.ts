import type { FastifyInstance, FastifyRequest } from "fastify";
import { parse, stringify } from "yaml";
import { type Context, invalid, notFound } from "../context";
import { type Profile, type ProfilePack, type Variable } from "../stored";
import { registries } from "../registries/registry";
import { flag, listOf, object, oneOf, optional, text, textMap } from "../schema";
import { answeredValues } from "../valuesLayout";
import { type PackInput, packSchema } from "./layers";
import { createProfile, editable, findProfile, publishProfile } from "./profiles";
import { variableSchema } from "./variables";

/** `v1PackRegistryMetadata`: how a file names the registry of a pack. */
interface RegistryName {
    uid?: string;
    name?: string;
    kind?: string;
}

/** `v1ClusterProfileImportEntity`: a profile in a file, its registries by name. */
interface ProfileFile {
    metadata?: { name?: string; description?: string; labels?: Record<string, string> };
    spec?: {
        version?: string;
        template?: {
            type?: "cluster" | "infra" | "add-on" | "system";
            cloudType?: string;
            packs?: (Omit<PackInput, "uid" | "registryUid"> & {
                version?: string;
                registry?: { metadata?: RegistryName; matchingRegistries?: RegistryName[] };
            })[];
        };
        variables?: Variable[];
    };
}

const registryName = object({
    uid: text,
    name: text,
    kind: text,
    isPrivate: flag,
    isSyncSupported: flag,
    providerType: text,
});
const { name, tag, layer, type, values } = (packSchema as { properties: Record<string, object> })
    .properties as Record<"name" | "tag" | "layer" | "type" | "values", object>;
const profileFile = object({
    metadata: object({ name: text, description: text, labels: textMap }),
    spec: object({
        version: text,
        template: object({
            type: oneOf("cluster", "infra", "add-on", "system"),
            cloudType: text,
            packs: listOf(
                object(
                    {
                        ...{ name, tag, layer, type, values, version: text },
                        manifests: listOf(object({ name: text, content: text })),
                        registry: object({
                            metadata: registryName,
                            matchingRegistries: listOf(registryName),
                        }),
                    },
                    ["name"],
                ),
            ),
        }),
        variables: listOf(variableSchema),
    }),
});

type Import = { Querystring: { publish?: string } };
type FileFormat = { Querystring: { format?: "json" | "yaml" } };
const format = object({ format: oneOf("json", "yaml"), publish: text });

/**
 * A profile as a file: `/v1/clusterprofiles/import`, `import/validate`, `import/file` and
 * `{uid}/export`. What is exported can be imported, in another project or tenant, too: packs are
 * found by name and tag in the registries of the file's names.
 */
export function profileImportRoutes(app: FastifyInstance, context: Context): void {
    // Only the file's upload has a body that is not JSON; it is read below.
    app.addContentTypeParser(
        /^multipart\/form-data/,
        { parseAs: "buffer" },
        (_request, body, done) => done(null, body),
    );
    const create = (request: FastifyRequest<Import>, file: ProfileFile): { uid: string } => {
        const profile = importProfile(context, request, file);
        if (request.query.publish === "true") {
            publishProfile(context, profile);
        }
        return { uid: profile.uid };
    };
    app.post<Import & { Body?: ProfileFile }>(
        "/v1/clusterprofiles/import",
        { schema: { body: optional(profileFile) } },
        (request, reply) => reply.code(201).send(create(request, request.body ?? {})),
    );
    app.post<{ Body?: ProfileFile }>(
        "/v1/clusterprofiles/import/validate",
        { schema: { body: optional(profileFile) } },
        ({ body }) => withMatchingRegistries(context, body ?? {}),
    );
    app.post<Import & FileFormat>(
        "/v1/clusterprofiles/import/file",
        { schema: { querystring: format } },
        async (request, reply) => {
            const file = readFile(await uploadedFile(request), request.query.format);
            const fits = request.compileValidationSchema(profileFile);
            if (!fits(file)) {
                const [error] = fits.errors ?? [];
                throw invalid(`importFile${error?.instancePath ?? ""} ${error?.message ?? ""}`);
            }
            return reply.code(201).send(create(request, file as ProfileFile));
        },
    );
    app.get<FileFormat & { Params: { uid: string } }>(
        "/v1/clusterprofiles/:uid/export",
        { schema: { querystring: format } },
        ({ scope, params, query }, reply) => {
            const file = exportProfile(context, findProfile(context, scope, params.uid));
            const ending = query.format ?? "json";
            const name = `${file.metadata!.name!}.${ending}`;
            return reply
                .header("content-disposition", `attachment; filename="${name}"`)
                .type("application/octet-stream")
                .send(ending === "yaml" ? stringify(file) : JSON.stringify(file));
        },
    );
}

/** The text of the form's `importFile`. Throws 400 for a body that is no such form. */
async function uploadedFile({ headers, body }: FastifyRequest): Promise<string> {
    const form = await new Response(Buffer.isBuffer(body) ? body : null, {
        headers: { "content-type": headers["content-type"] ?? "" },
    })
        .formData()
        .catch(() => undefined);
    const file = form?.get("importFile");
    if (!file || typeof file === "string") {
        throw invalid("importFile of a multipart/form-data body is required");
    }
    return file.text();
}

function readFile(content: string, format: "json" | "yaml" = "json"): unknown {
    try {
        return format === "yaml" ? parse(content) : JSON.parse(content);
    } catch (error) {
        throw invalid(`importFile is not ${format}: ${(error as Error).message.split("\n")[0]}`);
    }
}

function importProfile(context: Context, { scope }: FastifyRequest, file: ProfileFile): Profile {
    const { metadata = {}, spec = {} } = file;
    const { packs = [], ...template } = spec.template ?? {};
    return createProfile(context, scope, {
        metadata: {
            name: metadata.name,
            labels: metadata.labels,
            annotations: metadata.description ? { description: metadata.description } : {},
        },
        spec: {
            version: spec.version,
            variables: spec.variables,
            template: {
                ...template,
                packs: packs.map(({ registry, version, ...pack }) => ({
                    ...pack,
                    tag: pack.tag || version,
                    registryUid: registry?.metadata && registryUid(context, registry.metadata),
                })),
            },
        },
    });
}

/** Throws 404 for a registry that is not there under any of its names. */
function registryUid(context: Context, wanted: RegistryName): string {
    const [registry] = matching(context, wanted);
    if (!registry) {
        throw notFound("Registry", wanted.name ?? wanted.uid ?? "");
    }
    return registry.uid;
}

/** The registry of that uid, else those of that name. */
function matching(context: Context, wanted: RegistryName = {}): Required<RegistryName>[] {
    const sources = registries(context)
        .values()
        .map((registry) => ({
            uid: registry.uid,
            name: registry.name,
            kind: registry.kind === "pack" || registry.kind === "helm" ? registry.kind : "oci",
        }));
    const same = sources.filter(({ uid }) => uid === wanted.uid);
    return same.length > 0 ? same : sources.filter(({ name }) => name === wanted.name);
}

function withMatchingRegistries(context: Context, file: ProfileFile): ProfileFile {
    const packs = file.spec?.template?.packs?.map((pack) => ({
        ...pack,
        registry: {
            ...pack.registry,
            matchingRegistries: matching(context, pack.registry?.metadata).map((registry) => ({
                ...registry,
                isPrivate: true,
                isSyncSupported: true,
            })),
        },
    }));
    return packs
        ? { ...file, spec: { ...file.spec, template: { ...file.spec!.template, packs } } }
        : file;
}

function exportProfile(context: Context, profile: Profile): ProfileFile {
    const { type, cloudType, packs } = editable(profile);
    const { description } = profile.annotations;
    return {
        metadata: { name: profile.name, labels: profile.labels, description },
        spec: {
            version: profile.version,
            template: { type, cloudType, packs: packs.map((pack) => exportPack(context, pack)) },
            variables: profile.variables,
        },
    };
}

function exportPack(
    context: Context,
    pack: ProfilePack,
): NonNullable<NonNullable<NonNullable<ProfileFile["spec"]>["template"]>["packs"]>[number] {
    const { name, layer, type, tag, version, manifests } = pack;
    const [registry] = matching(context, { uid: pack.registryUid });
    return {
        ...{ name, layer, type, tag, version },
        values: answeredValues(context, pack.values),
        manifests: manifests.map(({ name, content }) => ({ name, content })),
        ...(registry && { registry: { metadata: registry } }),
    };
}
