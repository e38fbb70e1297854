import { type Context, type Scope } from "../context";
import type { AwsCatalog } from "./awsCatalog";
import type { PoolRequest } from "./pools";
import { attachable, duplicatePack, type ProfileRequest } from "./profiles";

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

/** What AWS would refuse, pool by pool; what concerns the whole cluster is told with the first. */
export function poolFindings(catalog: AwsCatalog, spec: CloudSpec): Findings[] {
    const { region, sshKeyName } = spec.cloudConfig;
    const of = (condition: boolean, code: string, message: string): Findings["errors"] =>
        condition ? [{ code, message }] : [];
    const known = catalog.has(region);
    const common = [
        ...of(!known, "InvalidRegion", `Region '${region}' is not known to AWS`),
        ...of(
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
            .find((one) => one.type === cloudConfig.instanceType);
        const lost = known ? azs.filter((az) => !catalog.zones(region).includes(az)) : [];
        const unsupported = azs.filter((az) => type?.nonSupportedZones.includes(az));
        const networks = catalog.vpcs(region).map(({ vpcId }) => vpcId);
        const { vpcId } = spec.cloudConfig;
        return {
            name,
            errors: [
                ...(index === 0 ? common : []),
                ...of(
                    index === 0 && known && !!vpcId && !networks.includes(vpcId),
                    "InvalidVpc",
                    `The VPC '${vpcId}' does not exist in region ${region}`,
                ),
                ...of(
                    lost.length > 0,
                    "InvalidZone",
                    `pool '${name}': region ${region} has no zone ${lost.join(", ")}`,
                ),
                ...of(
                    !type,
                    "InvalidInstanceType",
                    `pool '${name}': instance type '${cloudConfig.instanceType}' is not known`,
                ),
                ...of(
                    unsupported.length > 0,
                    "UnsupportedInstanceType",
                    `pool '${name}': ${cloudConfig.instanceType} is not offered in ${unsupported.join(", ")}`,
                ),
            ],
        };
    });
}

/** Packs of one of the profiles that a cluster cannot have. */
export function packFindings(
    context: Context,
    scope: Scope,
    all: ProfileRequest[],
    request: ProfileRequest,
): Findings[] {
    const { template } = attachable(context, scope, request.uid);
    const others = all.map(({ uid: one }) => attachable(context, scope, one).template);
    const duplicate = duplicatePack(others);
    return template.packs.map((pack) => ({
        name: pack.name,
        displayName: context.packs.get(pack.uid)?.displayName ?? pack.name,
        errors: [
            ...(context.packs.get(pack.uid)?.deleted
                ? [
                      {
                          code: "PackInvalid",
                          message: `Pack ${pack.name} ${pack.version} is not in its registry any more`,
                      },
                  ]
                : []),
            ...(pack.name === duplicate
                ? [
                      {
                          code: "DuplicateClusterPacksForbidden",
                          message: `Cluster profiles have the same pack '${pack.name}'`,
                      },
                  ]
                : []),
        ],
    }));
}
