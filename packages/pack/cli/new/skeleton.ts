import { join } from "node:path";
import { packageChart } from "../../format/packageChart";
import {
    commonFiles,
    makePackFolder,
    namespaceOfName,
    packSection,
    writeFiles,
    type PackFiles,
} from "./packFolder";

/** Settings of a new pack. */
export interface NewPackOptions {
    /** A Helm-based pack with one chart instead of a manifest-based one. */
    helm: boolean;
    /** Version of the pack. Default: 0.1.0. */
    packVersion?: string;
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
    { helm, packVersion = "0.1.0" }: NewPackOptions,
): Promise<void> {
    await makePackFolder(folder, name, async () => {
        await writeFiles(folder, (helm ? helmFiles : manifestFiles)(name, packVersion));
        if (helm) {
            await packageChart(join(folder, "charts", name), join(folder, "charts"));
        }
    });
}

const image = { registry: "docker.io", repository: "library/nginx", tag: "1.27.3" };
const imageReference = `${image.registry}/${image.repository}:${image.tag}`;

function skeletonFiles(
    name: string,
    version: string,
    lists: object,
    valuesBlock: string,
): PackFiles {
    return {
        ...commonFiles({ name, version, lists }),
        "values.yaml": `${packSection(namespaceOfName(name), [imageReference])}\n${valuesBlock}`,
    };
}

function manifestFiles(name: string, version: string): PackFiles {
    const values = `manifests:
  # The values of manifests/${name}.yaml, which reads them as .Values.
  ${name}:
    registry: ${image.registry}
    repository: ${image.repository}
    tag: ${image.tag}
`;
    return {
        ...skeletonFiles(name, version, { kubeManifests: [`manifests/${name}.yaml`] }, values),
        [`manifests/${name}.yaml`]: workload(
            namespaceOfName(name),
            "{{ .Values.registry }}/{{ .Values.repository }}:{{ .Values.tag }}",
        ),
    };
}

function helmFiles(name: string, version: string): PackFiles {
    const values = `charts:
  # Overrides of the chart's own values; the key is the name in its Chart.yaml.
  ${name}:
    image:
      registry: ${image.registry}
      repository: ${image.repository}
      tag: ${image.tag}
`;
    return {
        ...skeletonFiles(name, version, { charts: [`charts/${name}-0.1.0.tgz`] }, values),
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
