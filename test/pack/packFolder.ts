import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack as tarPack } from "tar-stream";

/** Content of a file; an object is written as JSON. */
export type Content = string | Buffer | object | Promise<Buffer>;

/** A pack as a description: content by path. A file without content is not written. */
export type Files = Record<string, Content | undefined>;

/** The smallest image that is one: a transparent pixel. */
export const png = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    "base64",
);

export const packJson = {
    name: "demo",
    displayName: "Demo",
    version: "1.0.0",
    layer: "addon",
    addonType: "app services",
    cloudTypes: ["all"],
    annotations: { source: "community" },
};

export const pod = `apiVersion: v1
kind: Pod
metadata:
  name: demo
spec:
  containers:
    - name: demo
      image: "ghcr.io/demo/demo:{{ .Values.tag }}"
`;

export const packSection = `pack:
  namespace: demo
  content:
    images:
      - image: ghcr.io/demo/demo:1.0.0
`;

const common = { "logo.png": png, "README.md": "# Demo\n" };

/** A manifest-based pack without any finding. */
export function manifestPack(): Files {
    return {
        ...common,
        "pack.json": { ...packJson, kubeManifests: ["manifests/demo.yaml"] },
        "values.yaml": `${packSection}manifests:\n  demo:\n    tag: 1.0.0\n`,
        "manifests/demo.yaml": pod,
    };
}

/**
 * A Helm-based pack without any finding. The chart's name is neither that of its archive nor that
 * of the pack.
 */
export function helmPack(): Files {
    return {
        ...common,
        "pack.json": { ...packJson, charts: ["charts/archive.tgz"] },
        "values.yaml": `${packSection}charts:\n  server:\n    replicas: 2\n`,
        "charts/archive.tgz": chartArchive(),
    };
}

/** A packaged chart named `server`. */
export function chartArchive(
    files: Record<string, string> = {},
    root = "server/",
): Promise<Buffer> {
    const everyFile = {
        "Chart.yaml": "apiVersion: v2\nname: server\nversion: 0.1.0\n",
        "values.yaml": "replicas: 1\nimage:\n  tag: 1.0.0\n",
        "templates/deployment.yaml": "replicas: {{ .Values.replicas }} {{ .Values.hidden }}\n",
        ...files,
    };
    return tarGz(
        Object.entries(everyFile).map(([name, content]) => [{ name: root + name }, content]),
    );
}

type Header = Parameters<ReturnType<typeof tarPack>["entry"]>[0];

/** An entry of a tar archive: its header, and its content where it has one. */
export type Entry = [Header, (string | Buffer)?];

/** The files of a description as entries below a folder. */
export async function entriesOf(files: Files, root: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (const [path, content] of Object.entries(files)) {
        if (content !== undefined) {
            entries.push([{ name: root + path }, await bytesOf(content)]);
        }
    }
    return entries;
}

/** A gzip-compressed tar of exactly the given entries, however bad they are. */
export async function tarGz(entries: readonly Entry[]): Promise<Buffer> {
    const tar = tarPack();
    for (const [header, content] of entries) {
        if (content === undefined) {
            tar.entry(header);
        } else {
            tar.entry(header, content);
        }
    }
    tar.finalize();
    return gzipSync(await buffer(tar as unknown as NodeJS.ReadableStream));
}

/** Bytes of one file of a description. */
async function bytesOf(given: Content): Promise<Buffer> {
    const content = await given;
    if (Buffer.isBuffer(content)) {
        return content;
    }
    return Buffer.from(typeof content === "string" ? content : JSON.stringify(content, null, 4));
}

/** A folder, temporary unless its path is given, removed by `clear`. */
export class Scratch {
    private count = 0;

    constructor(readonly path = mkdtempSync(join(tmpdir(), "pack-test-"))) {}

    /** Writes a pack into a folder of its own and returns its path. */
    async write(files: Files, name = `pack-${(this.count += 1)}`): Promise<string> {
        const folder = join(this.path, name);
        mkdirSync(folder, { recursive: true });
        for (const [path, content] of Object.entries(files)) {
            if (content === undefined) {
                continue;
            }
            mkdirSync(dirname(join(folder, path)), { recursive: true });
            writeFileSync(join(folder, path), await bytesOf(content));
        }
        return folder;
    }

    /** Writes one file and returns its path. */
    file(name: string, content: Buffer | string): string {
        const path = join(this.path, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, content);
        return path;
    }

    clear(): void {
        rmSync(this.path, { recursive: true, force: true });
    }
}
