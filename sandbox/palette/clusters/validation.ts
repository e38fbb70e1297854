import { parseDocument } from "yaml";
import type { Context, Scope } from "../context";
import type { AwsCatalog } from "./awsCatalog";
import type { PoolRequest } from "./pools";
import { attachable, type ProfileRequest } from "./profiles";

/** Why the cloud or a pack would not take the specification, by pool or pack name. */
export interface Findings {
    name: string;
    errors: { code: string; message: string }[];
}

/** The part of a cluster's specification that AWS has to take. */
export interface CloudSpec {
    cloudConfig: { region: string; sshKeyName?: string; vpcId?: string };
    machinepoolconfig?: PoolRequest[];
}

/** What AWS would refuse, pool by pool; what concerns the whole cluster is reported with the first. */
export function poolFindings(catalog: AwsCatalog, spec: CloudSpec): Findings[] {
    const { region, sshKeyName } = spec.cloudConfig;
    const known = catalog.has(region);
    const common = [
        ...when(!known, "InvalidRegion", `Region '${region}' is not known to AWS`),
        ...when(
            known && !!sshKeyName && !catalog.keyPairs(region).includes(sshKeyName),
            "InvalidKeyPair",
            `InvalidKeyPair.NotFound: The key pair '${sshKeyName}' does not exist in region ${region}`,
        ),
    ];
    return (spec.machinepoolconfig ?? []).map(({ poolConfig, cloudConfig }, index) => {
        const { name } = poolConfig;
        const azs = cloudConfig.azs ?? [];
        const type = catalog
            .instanceTypes(region)
            .find((instanceType) => instanceType.type === cloudConfig.instanceType);
        const lost = known ? azs.filter((az) => !catalog.zones(region).includes(az)) : [];
        const unsupported = azs.filter((az) => type?.nonSupportedZones.includes(az));
        const networks = catalog.vpcs(region).map(({ vpcId }) => vpcId);
        const { vpcId } = spec.cloudConfig;
        return {
            name,
            errors: [
                ...(index === 0 ? common : []),
                ...when(
                    index === 0 && known && !!vpcId && !networks.includes(vpcId),
                    "InvalidVpc",
                    `The VPC '${vpcId}' does not exist in region ${region}`,
                ),
                ...when(
                    lost.length > 0,
                    "InvalidZone",
                    `pool '${name}': region ${region} has no zone ${lost.join(", ")}`,
                ),
                ...when(
                    !type,
                    "InvalidInstanceType",
                    `pool '${name}': instance type '${cloudConfig.instanceType}' is not known`,
                ),
                ...when(
                    unsupported.length > 0,
                    "UnsupportedInstanceType",
                    `pool '${name}': ${cloudConfig.instanceType} is not offered in ${unsupported.join(", ")}`,
                ),
            ],
        };
    });
}

/** Packs of one of the requested profiles that a cluster cannot have. Throws 404 or 400. */
export function packFindings(
    context: Context,
    scope: Scope,
    requested: ProfileRequest[],
    request: ProfileRequest,
): Findings[] {
    const names = requested.flatMap(({ uid }) =>
        attachable(context, scope, uid).template.packs.map(({ name }) => name),
    );
    return attachable(context, scope, request.uid).template.packs.map((pack) => {
        const { name, version } = pack;
        const stored = context.packs.get(pack.uid);
        const values =
            request.packValues?.find((packValue) => packValue.name === name)?.values ?? pack.values;
        const [problem] = parseDocument(values).errors;
        return {
            name,
            displayName: stored?.displayName ?? name,
            errors: [
                ...when(
                    stored?.deleted ?? false,
                    "PackInvalid",
                    `Pack ${name} ${version} is not in its registry any more`,
                ),
                ...when(
                    problem !== undefined,
                    "PackValuesInvalid",
                    `Values of pack ${name}: ${problem?.message}`,
                ),
                ...when(
                    names.filter((candidate) => candidate === name).length > 1,
                    "DuplicateClusterPacksForbidden",
                    `Cluster profiles have the same pack '${name}'`,
                ),
            ],
        };
    });
}

function when(condition: boolean, code: string, message: string): Findings["errors"] {
    return condition ? [{ code, message }] : [];
}
