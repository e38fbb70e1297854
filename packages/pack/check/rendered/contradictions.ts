import { asText, isMapping, valueAt } from "../../format/sourceDocument";

/** What Kubernetes refuses in an object although each of its fields is of the right type. */
export interface Contradiction {
    /** The key to look for. */
    key: string;
    message: string;
    help?: string;
}

type Fields = Record<string, unknown>;

/** What does not fit together in an object of a common kind, or is no value of its field. */
export function* contradictions(object: Fields): Iterable<Contradiction> {
    const kind = asText(object.kind);
    const pod = podOf(object, kind);
    if (/^(DaemonSet|Deployment|ReplicaSet|StatefulSet)$/.test(kind)) {
        yield* selector(object);
    }
    if (kind === "Service") {
        yield* service(object);
    }
    if (kind === "Secret") {
        yield* secret(object);
    }
    if (kind === "PersistentVolumeClaim") {
        yield* quantities(valueAt(object, ["spec", "resources"]));
    }
    if (!isMapping(pod)) {
        return;
    }
    yield* choice(pod, "restartPolicy", ["Always", "Never", "OnFailure"]);
    const claims = mappings(valueAt(object, ["spec", "volumeClaimTemplates"]));
    const volumes = new Set([
        ...mappings(pod.volumes).map(({ name }) => name),
        ...claims.map((claim) => valueAt(claim, ["metadata", "name"])),
    ]);
    for (const container of [...mappings(pod.initContainers), ...mappings(pod.containers)]) {
        yield* choice(container, "imagePullPolicy", ["Always", "IfNotPresent", "Never"]);
        yield* quantities(container.resources);
        for (const { name } of mappings(container.volumeMounts)) {
            if (typeof name !== "string" || volumes.has(name) || name.includes("{{")) {
                continue;
            }
            const message = `mounts the volume ${name}, which it does not have`;
            yield { key: "volumeMounts", message, help: "Add it to volumes." };
        }
    }
}

function podOf(object: Fields, kind: string): unknown {
    if (kind === "Pod") {
        return object.spec;
    }
    const job = kind === "CronJob" ? ["spec", "jobTemplate"] : [];
    return valueAt(object, [...job, "spec", "template", "spec"]);
}

function mappings(list: unknown): Fields[] {
    return Array.isArray(list) ? list.filter(isMapping) : [];
}

function* selector(object: Fields): Iterable<Contradiction> {
    const wanted = valueAt(object, ["spec", "selector", "matchLabels"]);
    const labels = valueAt(object, ["spec", "template", "metadata", "labels"]);
    if (!isMapping(wanted)) {
        return;
    }
    const [name] = Object.keys(wanted).filter(
        (key) => !isMapping(labels) || asText(labels[key] ?? "") !== asText(wanted[key]),
    );
    if (name === undefined) {
        return;
    }
    const message = `selects pods by ${name}=${asText(wanted[name])}, which its own do not have`;
    yield { key: "selector", message, help: "Give template.metadata.labels the same labels." };
}

function* service(object: Fields): Iterable<Contradiction> {
    const spec = valueAt(object, ["spec"]);
    if (!isMapping(spec)) {
        return;
    }
    yield* choice(spec, "type", ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    const ports = mappings(spec.ports);
    if (ports.length > 1 && ports.some(({ name }) => !name)) {
        const message = "has several ports, of which one has no name";
        yield { key: "ports", message, help: "Give each port a name." };
    }
    for (const port of ports) {
        yield* choice(port, "protocol", ["SCTP", "TCP", "UDP"]);
    }
}

function* secret({ data }: Fields): Iterable<Contradiction> {
    for (const [key, value] of Object.entries(isMapping(data) ? data : {})) {
        if (typeof value !== "string" || value.includes("{{")) {
            continue;
        }
        const bare = value.replace(/\s/g, "");
        if (/^[A-Za-z0-9+/]*={0,2}$/.test(bare) && bare.length % 4 === 0) {
            continue;
        }
        const help = "Put it under stringData, or encode it: in a template with | b64enc.";
        yield { key, message: `: data.${key} is not base64`, help };
    }
}

/** A field that has few values. */
function* choice(fields: Fields, key: string, values: readonly string[]): Iterable<Contradiction> {
    const value = fields[key];
    if (typeof value !== "string" || value === "" || value.includes("{{")) {
        return;
    }
    if (values.includes(value)) {
        return;
    }
    const near = values.find((one) => one.toLowerCase() === value.toLowerCase());
    const help = near ? `Write ${near}.` : `Use one of ${values.join(", ")}.`;
    yield { key, message: `: ${key} is ${value}, which Kubernetes does not know`, help };
}

/** Kubernetes documentation, "Quantity". */
const QUANTITY = /^[+-]?(\d+\.?\d*|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

function* quantities(resources: unknown): Iterable<Contradiction> {
    for (const block of ["limits", "requests"]) {
        const amounts = valueAt(resources, [block]);
        for (const [key, amount] of Object.entries(isMapping(amounts) ? amounts : {})) {
            if (typeof amount !== "string" || amount.includes("{{") || QUANTITY.test(amount)) {
                continue;
            }
            const [, number, unit] = /^(\d+)\s*([KMGT])i?B?$/i.exec(amount) ?? [];
            const help = unit
                ? `Write ${number}${unit.toUpperCase()}i.`
                : "Write a number with a unit such as m, Mi or Gi.";
            yield { key, message: `: ${block}.${key} is ${amount}, which is no quantity`, help };
        }
    }
}
