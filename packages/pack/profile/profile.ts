import { asText, isMapping } from "../format/sourceDocument";
import type { Layer } from "../format/schema";
import { parseYaml, type PositionedYaml } from "../format/yaml";

/** A pack of a profile that is in a registry already: all that is known of it. */
export interface ProfileLayer {
    name: string;
    version: string;
    /** Where it is in the profile; infrastructure, when it is not known. */
    layer?: Layer;
    /** Text of the values that the profile sets for it, where they are known. */
    values?: string;
}

/** A custom pack of a profile. */
export interface ProfilePack {
    packJson: Readonly<Record<string, unknown>>;
    /** Text of its values as the profile has them: with presets and overrides. */
    values: string;
    /** Text of its schema.yaml, where it has one. */
    schema?: string;
    /** Names of its charts, where it has some. */
    charts?: readonly string[];
    /** Chart → the range of Kubernetes versions that it wants (`kubeVersion` of its Chart.yaml). */
    kubeVersions?: Readonly<Record<string, string>>;
}

/** A machine pool of the cluster that runs a profile. */
export interface ProfilePool {
    name: string;
    controlPlane: boolean;
    /** Whether workloads may run on the machines of the control plane. */
    controlPlaneAsWorker?: boolean;
    /** Number of machines. */
    size: number;
    /** What one machine has, where it is known: CPU in cores, memory in MiB, disk in GB. */
    cpu?: number;
    memory?: number;
    diskSize?: number;
}

/** A profile as far as the packs in it matter to each other. */
export interface Profile {
    /** In the order of the profile. */
    layers: readonly ProfileLayer[];
    packs: readonly ProfilePack[];
    /** Pools of every cluster that runs it; resources are not checked without. */
    pools?: readonly ProfilePool[];
    /** Names of the profile's variables; `.spectro.var.…` is not checked without. */
    variables?: readonly string[];
    /** Version by pack name in the version of the profile that is deployed now. */
    deployed?: ReadonlyMap<string, string>;
}

/** One pack of a profile, custom or not, as the rules see it. */
export interface Member {
    name: string;
    version: string;
    layer?: Layer;
    /** Its values, where they are known and YAML. */
    values?: PositionedYaml;
    /** The mapping in its values, empty where there is none. */
    valuesRoot: Readonly<Record<string, unknown>>;
    /** The `pack` section of its values, empty where there is none. */
    section: Readonly<Record<string, unknown>>;
    /** The custom pack, where it is one. */
    pack?: ProfilePack;
}

/** All packs of a profile: the layers first. */
export function membersOf({ layers, packs }: Profile): Member[] {
    return [
        ...layers.map(({ name, version, layer, values }) => ({
            ...member(name, version, values),
            ...(layer ? { layer } : {}),
        })),
        ...packs.map((pack) => {
            const { name, version, layer } = pack.packJson;
            return {
                ...member(asText(name), asText(version), pack.values),
                layer: layer as Layer,
                pack,
            };
        }),
    ];
}

function member(name: string, version: string, text: string | undefined): Member {
    const values = text === undefined ? undefined : parseYaml("values.yaml", text).document;
    const valuesRoot = isMapping(values?.value) ? values.value : {};
    const section = isMapping(valuesRoot.pack) ? valuesRoot.pack : {};
    return { name, version, valuesRoot, section, ...(values ? { values } : {}) };
}
