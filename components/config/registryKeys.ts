import * as v from "valibot";
import { named } from "./fields";

/** An entry of `registries[]`: the keys that all kinds have. Those of one kind stand in its file in components/registries. */
export interface RegistryConfig {
    kind: string;
    /** Name in Palette. */
    name: string;
    /** Deadline of a synchronization, in minutes. */
    syncTimeout: number;
    /** Take over a registration of this name that somebody else made: any, or the one of this uid. */
    adopt?: boolean | string;
}

/** What a kind of registry says about its entries. */
export interface RegistryKeys<Entry extends RegistryConfig = RegistryConfig> {
    /** The keys, of which `kind` is a literal. */
    schema: v.GenericSchema;
    /** The entry with the defaults that depend on the stack's name. Absent: it has none. */
    complete?(entry: Entry, stack: string): Entry;
    /** What is wrong with the entries of this kind together; each message begins with their key. */
    mistakes?(entries: { key: string; entry: Entry }[]): string[];
}

/** The schema of `registries`. An entry without a kind is of the first one of the table. */
export function registriesOf(kinds: Record<string, RegistryKeys>) {
    const [defaultKind] = Object.keys(kinds);
    const schemas = Object.values(kinds).map(({ schema }) => schema);
    const registry = v.pipe(
        v.unknown(),
        v.transform((entry) =>
            typeof entry === "object" && entry !== null && !("kind" in entry)
                ? { kind: defaultKind, ...entry }
                : entry,
        ),
        // The table is not a tuple of schemas, which the type of variant() asks for.
        v.variant("kind", schemas as never) as v.GenericSchema<
            unknown,
            Omit<RegistryConfig, "name"> & { name?: string }
        >,
    );
    return v.pipe(named(registry, "registry"), v.minLength(1, "expected at least one registry"));
}
