import { readFileSync } from "node:fs";
import path from "node:path";
import { type Context, timestamp, uid } from "../context";
import { type Layer,type Pack } from "../stored";
import { sha256 } from "../registries/archive";
import { registries } from "../registries/registry";
import { movingTags } from "./tags";

/** Palette's public registry of packs. */
const PUBLIC_REPO_NAME = "Public Repo";

interface PublicPack {
    displayName: string;
    layer: Layer;
    addonType?: string;
    group?: string;
    cloudTypes: string[];
    versions: string[];
}

/** The packs of the tutorial; their values lie in `public-repo/<name>.yaml`. */
const packs: Record<string, PublicPack> = {
    "ubuntu-aws": {
        displayName: "Ubuntu",
        layer: "os",
        group: "LTS",
        cloudTypes: ["aws"],
        versions: ["22.04"],
    },
    kubernetes: {
        displayName: "Kubernetes",
        layer: "k8s",
        cloudTypes: ["aws", "azure", "gcp", "vsphere", "openstack", "maas"],
        versions: ["1.28.2", "1.32.3"],
    },
    "cni-calico": {
        displayName: "Calico",
        layer: "cni",
        cloudTypes: ["all"],
        versions: ["3.26.1", "3.29.3"],
    },
    "csi-aws-ebs": {
        displayName: "Amazon EBS CSI",
        layer: "csi",
        cloudTypes: ["aws", "eks"],
        versions: ["1.22.0", "1.41.0"],
    },
    "spectro-proxy": {
        displayName: "Spectro Proxy",
        layer: "addon",
        addonType: "authentication",
        cloudTypes: ["all"],
        versions: ["1.4.1"],
    },
};

/** Puts the public registry and its packs in, the first time. */
export function seedPublicRepo(context: Context): void {
    const stored = registries(context);
    if (stored.values().some(({ name, owner }) => name === PUBLIC_REPO_NAME && owner.scope === "system")) {
        return;
    }
    const now = timestamp(context);
    const registryUid = uid();
    for (const [name, pack] of Object.entries(packs)) {
        const file = path.join(__dirname, "..", "public-repo", `${name}.yaml`);
        const template = readFileSync(file, "utf8");
        for (const version of pack.versions) {
            const made = publicPack(name, pack, version, template, { registryUid, created: now });
            context.packs.put(made.uid, made);
        }
    }
    // The registry comes last: where it is, its packs are all there.
    stored.put(registryUid, {
        uid: registryUid,
        name: PUBLIC_REPO_NAME,
        owner: { scope: "system" },
        labels: {},
        annotations: {},
        created: now,
        modified: now,
        kind: "pack",
        spec: {
            name: PUBLIC_REPO_NAME,
            endpoint: "https://registry.spectrocloud.com",
            private: false,
            auth: { type: "noAuth" },
        },
        sync: { phase: "done", message: "", lastRunTime: now, lastSyncedTime: now },
        isDefault: true,
    });
}

function publicPack(
    name: string,
    pack: PublicPack,
    version: string,
    template: string,
    where: { registryUid: string; created: string },
): Pack {
    const values = template.replaceAll("<version>", version);
    return {
        ...where,
        ...movingTags(version, pack.group ?? ""),
        uid: uid(),
        name,
        displayName: pack.displayName,
        version,
        group: pack.group ?? "",
        layer: pack.layer,
        type: "spectro",
        addonType: pack.addonType ?? "",
        cloudTypes: pack.cloudTypes,
        annotations: { source: "spectrocloud" },
        values,
        presets: [],
        readme: `# ${pack.displayName}\n\nVersion ${version}.\n`,
        digest: sha256(Buffer.from(`${name} ${version}\n${values}`)),
        kubeManifests: [],
        charts: [],
    };
}
