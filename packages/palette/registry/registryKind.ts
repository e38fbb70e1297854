import type { RegistryAccess } from "../../registry/access";
import type { Claimed, Owner } from "../lifecycle/ownership";
import type { PublishedPack } from "./synchronization";

/** How Palette trusts the certificate of a registry. */
export interface RegistryTls {
    /** PEM text of the CA. */
    certificate?: string;
    insecureSkipVerify?: boolean;
}

/** What the resources of all kinds of registries have in common. */
export interface RegistryInputs {
    /** Name in Palette, unique in the tenant. */
    name: string;
    /** ECR: a host without a scheme; all others: with `https://` (Palette's forms). */
    endpoint: string;
    /** OCI registries: repository prefix before `/spectro-packs/archive`. */
    basePath?: string;
    /** Basic registries: what Palette appends to the endpoint. */
    endpointSuffix?: string;
    /** Where packs are pushed to, if that is another address. */
    pushEndpoint?: string;
    packs: PublishedPack[];
    owner: Owner;
    /** Take over a registry of this name that somebody else made: any, or the one of this uid. */
    adopt: boolean | string;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
}

/** The part of a registry that the API answers for every kind. */
export interface RegistryObject {
    metadata: {
        uid: string;
        name: string;
        labels?: Record<string, string>;
        creationTimestamp?: string;
    };
    spec: { endpoint: string; basePath?: string; baseContentPath?: string };
}

/** A registry in messages: `registry "r"`. */
export const registrySubject = ({ name }: Pick<RegistryInputs, "name">) => `registry "${name}"`;

/** What one kind of registry has of its own. */
export interface RegistryKind<Inputs extends RegistryInputs> {
    /** Name of the resource type. */
    type: string;
    /** Inputs that say how Palette reads it; a change of them, or one that failed half-way, is validated and written. */
    specification: (keyof Inputs)[];
    /** Path that creates (POST), and with `/validate` validates. */
    collection(inputs: Inputs): string;
    /** Path of one registry. */
    path(inputs: Inputs, uid: string): string;
    /** The `spec` of the request. */
    specOf(inputs: Inputs): object;
    /** All registries of the API's list that this kind is in. */
    list(subject: string): Promise<RegistryObject[]>;
    access(inputs: Inputs): RegistryAccess;
    /** Checks what has to be right before Palette hears of it. @throws Error */
    prepare?(inputs: Inputs): Promise<void>;
    /** Refusals of the validation that may still pass by themselves: for how many minutes, and what is waited for. */
    retryPolicy?(
        inputs: Inputs,
    ): { minutes: number; what: string; passing(message: string): boolean } | undefined;
    /** Why Palette cannot read the registry, and what to do about it, as far as that can be seen from here. */
    whyRefused(inputs: Inputs): Promise<string>;
}

/** What a registry's resource records beside its inputs. */
export interface RegistryOutputs extends Pick<Claimed, "claim"> {
    uid: string;
}
