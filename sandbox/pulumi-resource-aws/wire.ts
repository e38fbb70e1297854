import { ResourceProviderService as service } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/**
 * What `provider.main` of @pulumi/pulumi keeps to itself, read off the messages as they arrive: the
 * provider's configuration, whether a create or update is only a preview, and reads without a state.
 */

/** The key under which inputs say that nothing must be done yet. */
export const PREVIEW_KEY = "__preview";

/** Calls back with the provider's configuration (`accessKey`, …: texts, or JSON of other values). */
export function onConfigure(configured: (values: Record<string, string>) => void): void {
    const { configure, create, read, update } = service;
    const readConfigure = configure.requestDeserialize;
    configure.requestDeserialize = (bytes) => {
        const request = readConfigure(bytes);
        const values = request
            .getVariablesMap()
            .toArray()
            .map(([key, value]) => [key.split(":").pop()!, value] as const);
        configured(Object.fromEntries(values));
        return request;
    };
    const writeConfigure = configure.responseSerialize;
    configure.responseSerialize = (response) => {
        response.setSupportspreview(true);
        return writeConfigure(response);
    };
    const readRead = read.requestDeserialize;
    read.requestDeserialize = (bytes) => {
        const request = readRead(bytes);
        // An import has no state, which `provider.main` takes for granted.
        return request.setProperties(request.getProperties() ?? new Struct());
    };
    const writeRead = read.responseSerialize;
    read.responseSerialize = (response) => {
        if (response.getId() === "") {
            // What is gone has no properties; the engine takes even empty ones for something.
            response.setProperties(undefined).setInputs(undefined);
        }
        return writeRead(response);
    };
    const readCreate = create.requestDeserialize;
    create.requestDeserialize = (bytes) => {
        const request = readCreate(bytes);
        return request.setProperties(mark(request.getProperties(), request.getPreview()));
    };
    const readUpdate = update.requestDeserialize;
    update.requestDeserialize = (bytes) => {
        const request = readUpdate(bytes);
        return request.setNews(mark(request.getNews(), request.getPreview()));
    };
}

function mark(properties: Struct | undefined, preview: boolean): Struct | undefined {
    const flag = Struct.fromJavaScript({ [PREVIEW_KEY]: true })
        .getFieldsMap()
        .get(PREVIEW_KEY)!;
    if (preview) {
        properties?.getFieldsMap().set(PREVIEW_KEY, flag);
    }
    return properties;
}
