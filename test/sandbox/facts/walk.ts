import { type Answer, Outsider } from "../factsClient";

/** The region of the tutorial's cluster. */
export const region = "us-east-1";

type Call = (
    method: string,
    url: string,
    expected: number,
    body?: unknown,
) => Promise<Answer["body"]>;

/**
 * A walk through the facts. The steps build on each other, as the steps of the tutorial do: what one of them makes
 * in the sandbox stands here for those after it.
 */
export class Walk {
    out!: Outsider;
    registryUid = "";
    /** The packs of the tutorial's profile, by name, as Palette lists them. */
    readonly packs: Record<string, Answer["body"]> = {};
    profileUid = "";
    /** The version of the profile that replaces the first. */
    newProfileUid = "";
    accountUid = "";
    clusterUid = "";
    configUid = "";

    /** Calls in tenant scope: the body of the answer, which must have the expected status. */
    readonly admin: Call = (...call) => this.call("tenant", ...call);
    /** Calls in the project. */
    readonly user: Call = (...call) => this.call("palette", ...call);
    readonly get = (url: string): Promise<Answer["body"]> => this.user("GET", url, 200);

    async start(): Promise<void> {
        this.out = await Outsider.start();
    }

    cluster(): Promise<Answer["body"]> {
        return this.get(`/v1/spectroclusters/${this.clusterUid}`);
    }

    /** The template of the tutorial's profile, with other values of its own pack. */
    template(values?: string) {
        return {
            type: "cluster",
            cloudType: "aws",
            packs: Object.entries(this.packs).map(([name, { metadata, spec }]) => ({
                name,
                tag: spec.version,
                layer: spec.layer,
                type: "spectro",
                uid: metadata.uid,
                registryUid: spec.registryUid,
                values: name === "hellouniverse" && values ? values : spec.values,
                ...(name === "hellouniverse" && { manifests: [] }),
            })),
        };
    }

    pool(name: string, size: number, isControlPlane = false) {
        return {
            poolConfig: {
                name,
                size,
                isControlPlane,
                useControlPlaneAsWorker: isControlPlane,
                labels: [isControlPlane ? "control-plane" : "worker"],
                additionalLabels: { owner: "docs" },
                updateStrategy: { type: "RollingUpdateScaleOut" },
                taints: [],
                skipK8sUpgrade: "disabled",
            },
            cloudConfig: {
                instanceType: "m4.xlarge",
                rootDeviceSize: 60,
                capacityType: "on-demand",
                azs: ["us-east-1a"],
                subnets: [],
                licenseConfigurationArns: null,
            },
        };
    }

    private async call(
        scope: "tenant" | "palette",
        method: string,
        url: string,
        expected: number,
        body?: unknown,
    ): Promise<Answer["body"]> {
        const answer = await this.out[scope](method, url, body);
        if (answer.status !== expected) {
            throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
        }
        return answer.body;
    }
}
