// Writes packages/pack/check/rendered/kubernetesShapes.json: the fields of the common kinds of Kubernetes, from the models
// that the official client for JavaScript generates from Kubernetes' OpenAPI document:
//   npm pack @kubernetes/client-node@2.0.1 && tar xzf kubernetes-client-node-2.0.1.tgz
//   node scripts/kubernetesShapes.mjs package
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const kinds = {
    v1: "ConfigMap Secret Service ServiceAccount Pod Namespace PersistentVolume PersistentVolumeClaim LimitRange ResourceQuota",
    "apps/v1": "Deployment StatefulSet DaemonSet ReplicaSet",
    "batch/v1": "Job CronJob",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "networking.k8s.io/v1": "Ingress IngressClass NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "Role ClusterRole RoleBinding ClusterRoleBinding",
    "scheduling.k8s.io/v1": "PriorityClass",
    "storage.k8s.io/v1": "StorageClass CSIDriver",
    "admissionregistration.k8s.io/v1":
        "MutatingWebhookConfiguration ValidatingWebhookConfiguration",
};

/** Quantities are texts in this client, and may be numbers in YAML. */
const quantities =
    /^(limits|requests|overhead|capacity|allocated\w*|default|defaultRequest|max|min|maxLimitRequestRatio|hard|used|sizeLimit|divisor|averageValue)$/;

/** Fields that Kubernetes refuses an object without; the document marks more than these. */
const required = {
    V1Container: "name",
    V1ContainerPort: "containerPort",
    V1CronJobSpec: "schedule jobTemplate",
    V1DaemonSetSpec: "selector template",
    V1DeploymentSpec: "selector template",
    V1EnvVar: "name",
    V1HTTPIngressPath: "pathType backend",
    V1JobSpec: "template",
    V1PodSpec: "containers",
    V1PolicyRule: "verbs",
    V1RoleBinding: "roleRef",
    V1ClusterRoleBinding: "roleRef",
    V1ServicePort: "port",
    V1StatefulSetSpec: "selector template",
    V1Volume: "name",
    V1VolumeMount: "name mountPath",
    V2HorizontalPodAutoscalerSpec: "scaleTargetRef maxReplicas",
};

const client = path.resolve(process.argv[2] ?? "package");
const models = path.join(client, "dist/gen/models");
const types = {};
let version;

async function add(name) {
    if (Object.hasOwn(types, name)) {
        return;
    }
    const fields = (types[name] = {});
    const source = readFileSync(path.join(models, `${name}.js`), "utf8");
    version ??= /release-([\d.]+)/.exec(source)?.[1];
    const model = await import(pathToFileURL(path.join(models, `${name}.js`)).href);
    for (const { baseName, type } of model[name].attributeTypeMap) {
        const isQuantity =
            quantities.test(baseName) || (baseName === "value" && name.startsWith("V2Metric"));
        const needed = (required[name] ?? "").split(" ").includes(baseName);
        fields[baseName] = (await shape(type, isQuantity ? "q" : "s")) + (needed ? "!" : "");
    }
}

/** s text, i number, b boolean, q quantity or other number in text, x anything, T a type; [] of lists, {} of mappings. */
async function shape(type, text = "s") {
    const list = /^Array<(.*)>$/.exec(type)?.[1];
    if (list) {
        return `[]${await shape(list, text)}`;
    }
    const mapping = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
    if (mapping) {
        return `{}${await shape(mapping, text)}`;
    }
    if (type === "string") {
        return text;
    }
    if (type === "number") {
        return "i";
    }
    if (type === "boolean") {
        return "b";
    }
    if (type === "any" || type === "Date" || type === "V1MicroTime") {
        return "x";
    }
    if (type === "IntOrString") {
        return "q";
    }
    await add(type);
    return type;
}

const table = {};
for (const [apiVersion, names] of Object.entries(kinds)) {
    const major = apiVersion.split("/").at(-1);
    for (const kind of names.split(" ")) {
        const type = `${major[0].toUpperCase()}${major.slice(1)}${kind}`;
        table[`${apiVersion} ${kind}`] = type;
        await add(type);
    }
}
const file = "../packages/pack/check/rendered/kubernetesShapes.json";
writeFileSync(
    fileURLToPath(new URL(file, import.meta.url)),
    `${JSON.stringify({ version, kinds: table, types })}\n`,
);
