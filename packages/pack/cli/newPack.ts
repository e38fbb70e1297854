import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { packageChart } from "../format/packageChart";
import { isPackName } from "../format/schema";
import { skeletonLogo } from "./skeletonLogo";

/** Settings of a new pack. */
export interface NewPackOptions {
    /** A Helm-based pack with one chart instead of a manifest-based one. */
    helm: boolean;
}

/**
 * Writes a pack that is valid as it is and shows where everything goes: a web server behind a
 * Service.
 *
 * @param folder Folder to make; it must not be there yet.
 * @param name Name of the pack.
 * @throws Error for a name that cannot be a pack's, or when the folder is there.
 */
export async function newPack(
    folder: string,
    name: string,
    options: NewPackOptions,
): Promise<void> {
    if (!isPackName(name)) {
        throw new Error(
            `${name} cannot be a pack name: use lower-case letters, digits and single separators.`,
        );
    }
    await mkdir(dirname(folder), { recursive: true });
    try {
        await mkdir(folder);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        throw new Error(`${folder} is already there.`);
    }
    try {
        const files = options.helm ? helmFiles(name) : manifestFiles(name);
        for (const [path, content] of Object.entries(files)) {
            await mkdir(dirname(join(folder, path)), { recursive: true });
            await writeFile(join(folder, path), content);
        }
        if (options.helm) await packageChart(join(folder, "charts", name), join(folder, "charts"));
    } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
    }
}

const image = { registry: "docker.io", repository: "library/nginx", tag: "1.27.3" };
const imageReference = `${image.registry}/${image.repository}:${image.tag}`;

function commonFiles(
    name: string,
    lists: object,
    valuesBlock: string,
): Record<string, string | Buffer> {
    const displayName = name
        .split(/[._-]+/)
        .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
        .join(" ");
    const packJson = {
        name,
        displayName,
        version: "0.1.0",
        layer: "addon",
        addonType: "app services",
        cloudTypes: ["all"],
        annotations: { source: "community", contributor: "" },
        ...lists,
    };
    return {
        "pack.json": `${JSON.stringify(packJson, null, 4)}\n`,
        "values.yaml": `pack:
  # Where the pack is installed.
  namespace: "${name.replace(/[._]+/g, "-")}"
  # Images that an air-gapped or Edge cluster has to bring along.
  content:
    images:
      - image: ${imageReference}

${valuesBlock}`,
        "logo.png": skeletonLogo,
        "README.md": `# ${displayName}

What the pack is for.

## Prerequisites

## Parameters

## Upgrade

## Usage

## References
`,
    };
}

function manifestFiles(name: string): Record<string, string | Buffer> {
    const values = `manifests:
  # The values of manifests/${name}.yaml, which reads them as .Values.
  ${name}:
    registry: ${image.registry}
    repository: ${image.repository}
    tag: ${image.tag}
`;
    return {
        ...commonFiles(name, { kubeManifests: [`manifests/${name}.yaml`] }, values),
        [`manifests/${name}.yaml`]: workload(
            name.replace(/[._]+/g, "-"),
            "{{ .Values.registry }}/{{ .Values.repository }}:{{ .Values.tag }}",
        ),
    };
}

function helmFiles(name: string): Record<string, string | Buffer> {
    const values = `charts:
  # Overrides of the chart's own values; the key is the name in its Chart.yaml.
  ${name}:
    image:
      registry: ${image.registry}
      repository: ${image.repository}
      tag: ${image.tag}
`;
    return {
        ...commonFiles(name, { charts: [`charts/${name}-0.1.0.tgz`] }, values),
        [`charts/${name}/Chart.yaml`]: `apiVersion: v2
name: ${name}
version: "0.1.0"
appVersion: "${image.tag}"
type: application
description: What the chart installs.
`,
        [`charts/${name}/values.yaml`]: `image:
  registry: ${image.registry}
  repository: ${image.repository}
  tag: ${image.tag}
`,
        [`charts/${name}/templates/${name}.yaml`]: workload(
            "{{ .Release.Name }}",
            "{{ .Values.image.registry }}/{{ .Values.image.repository }}:{{ .Values.image.tag }}",
        ),
    };
}

function workload(name: string, imageTemplate: string): string {
    return `apiVersion: v1
kind: Service
metadata:
  name: "${name}"
spec:
  type: LoadBalancer
  selector:
    app: "${name}"
  ports:
    - port: 80
      targetPort: 80
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "${name}"
spec:
  replicas: 1
  selector:
    matchLabels:
      app: "${name}"
  template:
    metadata:
      labels:
        app: "${name}"
    spec:
      containers:
        - name: server
          image: "${imageTemplate}"
          ports:
            - containerPort: 80
`;
}
