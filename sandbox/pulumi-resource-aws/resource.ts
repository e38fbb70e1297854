import type { Input } from "./check";
import type { Clients } from "./configuration";
import type { Properties } from "./values";

type Tags = Record<string, string>;

/** A resource type of the real provider, as far as this one knows it. */
export interface ResourceType<Inputs> {
    inputs: Record<string, Input>;
    /** Outputs that no input gives, unknown until the resource is there. */
    outputs: string[];
    /** Those of the outputs that are secrets. */
    secrets?: string[];
    /** It has `tags` and `tagsAll`. */
    tagged?: true;
    /** It is named after the Pulumi resource and a random suffix when no name is given. */
    autoName?: { longest: number; lowerCase?: true };
    deleteBeforeReplace?: true;
    /** Gives back the id, and what can be had only once. */
    create(
        inputs: Inputs,
        clients: Clients,
        tagsAll: Tags,
    ): Promise<string | { id: string; outputs: Properties }>;
    /** The outputs as the service has them; `undefined` when it is gone. `old` is empty at an import. */
    read(id: string, old: Properties, clients: Clients): Promise<Properties | undefined>;
    /** Absent when every change makes a new resource. */
    update?(
        id: string,
        old: Properties,
        inputs: Inputs,
        changed: string[],
        clients: Clients,
        tagsAll: Tags,
    ): Promise<void>;
    /** One that is gone already is no error. */
    delete(id: string, old: Properties, clients: Clients): Promise<void>;
}

/** For `catch`: these errors of the service are `undefined`, all others are thrown again. */
export const ignoring =
    (...names: string[]) =>
    (error: Error): undefined => {
        if (!names.includes(error.name)) {
            throw error;
        }
    };
