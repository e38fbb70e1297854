import { partitionOf } from "../../aws/partitions";
import type { Context } from "../context";

/** `v1InstanceType`: memory in GiB, prices in US dollars an hour. */
export interface InstanceType {
    type: string;
    category: string;
    cpu: number;
    memory: number;
    price: number;
    nonSupportedZones: string[];
}

/** Region: place name, country code, latitude and longitude. */
const regions: Record<
    string,
    [place: string, country: string, latitude: number, longitude: number]
> = {
    "us-east-1": ["N. Virginia", "US", 38.13, -78.45],
    "us-east-2": ["Ohio", "US", 39.96, -83],
    "us-west-1": ["N. California", "US", 37.35, -121.96],
    "us-west-2": ["Oregon", "US", 45.87, -119.69],
    "us-gov-east-1": ["Ohio", "US", 39.96, -83],
    "us-gov-west-1": ["Oregon", "US", 45.87, -119.69],
    "cn-north-1": ["Beijing", "CN", 39.9, 116.4],
    "cn-northwest-1": ["Ningxia", "CN", 37.5, 105.2],
    "ca-central-1": ["Montreal", "CA", 45.5, -73.6],
    "eu-central-1": ["Frankfurt", "DE", 50.12, 8.68],
    "eu-west-1": ["Dublin", "IE", 53, -8],
    "eu-west-2": ["London", "GB", 51, -0.1],
    "eu-west-3": ["Paris", "FR", 48.86, 2.35],
    "eu-north-1": ["Stockholm", "SE", 59.25, 17.81],
    "ap-northeast-1": ["Tokyo", "JP", 35.41, 139.42],
    "ap-northeast-2": ["Seoul", "KR", 37.56, 126.98],
    "ap-south-1": ["Mumbai", "IN", 19.08, 72.88],
    "ap-southeast-1": ["Singapore", "SG", 1.37, 103.8],
    "ap-southeast-2": ["Sydney", "AU", -33.86, 151.2],
    "sa-east-1": ["Sao Paulo", "BR", -23.34, -46.38],
};

const countries: Record<string, string> = {
    US: "United States",
    CA: "Canada",
    DE: "Germany",
    IE: "Ireland",
    GB: "United Kingdom",
    FR: "France",
    SE: "Sweden",
    JP: "Japan",
    KR: "South Korea",
    IN: "India",
    SG: "Singapore",
    AU: "Australia",
    BR: "Brazil",
};

const instanceTypes: InstanceType[] = [
    ...family("t3", ["large", "xlarge", "2xlarge"], 2, 8, 0.0832, ["us-east-1e"]),
    ...family("m4", ["large", "xlarge", "2xlarge", "4xlarge"], 2, 8, 0.1, []),
    ...family("m5", ["large", "xlarge", "2xlarge", "4xlarge"], 2, 8, 0.096, ["us-east-1e"]),
    ...family("c5", ["large", "xlarge", "2xlarge", "4xlarge"], 2, 4, 0.085, ["us-east-1e"]),
    ...family("r5", ["large", "xlarge", "2xlarge", "4xlarge"], 2, 16, 0.126, ["us-east-1e"]),
];

/** Price of a gp3 volume, US dollars for a GiB and hour. */
export const VOLUME_PRICE = 0.08 / 730;

/** What exists in every region of the sandbox's AWS account. */
export class AwsCatalog {
    constructor(private readonly context: Context) {}

    regions(): string[] {
        return Object.keys(regions).filter((region) => this.has(region));
    }

    has(region: string): boolean {
        return (
            Object.hasOwn(regions, region) &&
            partitionOf(region) === partitionOf(this.context.seed.region)
        );
    }

    zones(region: string): string[] {
        const { seed } = this.context;
        return region === seed.region
            ? seed.availabilityZones
            : ["a", "b", "c"].map((letter) => region + letter);
    }

    keyPairs(region: string): string[] {
        return region === this.context.seed.region ? [this.context.seed.sshKeyName] : [];
    }

    instanceTypes(region: string): InstanceType[] {
        const zones = this.zones(region);
        return instanceTypes.map((type) => ({
            ...type,
            nonSupportedZones: type.nonSupportedZones.filter((zone) => zones.includes(zone)),
        }));
    }

    /** The default VPC, with a private and a public subnet in each zone. */
    vpcs(region: string): { vpcId: string; name: string; cidrBlock: string; subnets: Subnet[] }[] {
        const tag = Buffer.from(region).toString("hex").padEnd(17, "0").slice(0, 15);
        const subnets = this.zones(region).flatMap((az, index) =>
            [false, true].map((isPrivate) => ({
                az,
                isPrivate,
                mapPublicIpOnLaunch: !isPrivate,
                name: `${isPrivate ? "private" : "public"}-${az}`,
                subnetId: `subnet-${tag}${(index * 2 + Number(isPrivate)).toString(16).padStart(2, "0")}`,
            })),
        );
        return [{ vpcId: `vpc-${tag}00`, name: "default", cidrBlock: "172.31.0.0/16", subnets }];
    }

    /** `v1ClusterLocation` of a region. */
    location(region: string): {
        countryCode: string;
        countryName: string;
        regionCode: string;
        regionName: string;
        geoLoc: { latitude: number; longitude: number };
    } {
        const [place, country, latitude, longitude] = regions[region] ?? ["", "", 0, 0];
        return {
            countryCode: country,
            countryName: countries[country] ?? "",
            regionCode: region,
            regionName: place,
            geoLoc: { latitude, longitude },
        };
    }
}

/** Each size of a family is twice the one before. */
function family(
    name: string,
    sizes: string[],
    cpu: number,
    memory: number,
    price: number,
    nonSupportedZones: string[],
): InstanceType[] {
    const categories: Record<string, string> = { c: "Compute optimized", r: "Memory optimized" };
    return sizes.map((size, index) => ({
        type: `${name}.${size}`,
        category: categories[name[0]!] ?? "General purpose",
        cpu: cpu * 2 ** index,
        memory: memory * 2 ** index,
        price: Number((price * 2 ** index).toFixed(4)),
        nonSupportedZones,
    }));
}

export interface Subnet {
    az: string;
    isPrivate: boolean;
    mapPublicIpOnLaunch: boolean;
    name: string;
    subnetId: string;
}
