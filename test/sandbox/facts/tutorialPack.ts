import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** The repository of the tutorial's pack. */
export const repository = "spectro-oci-registry/spectro-packs/archive/hellouniverse";
export const manifestType = "application/vnd.oci.image.manifest.v1+json";

export function digestOf(data: Buffer | string): string {
    return `sha256:${createHash("sha256").update(data).digest("hex")}`;
}

/** A tar of one folder with the tutorial's pack. */
export function packArchive(version: string): Buffer {
    const files: Record<string, string> = {
        "pack.json": JSON.stringify({
            name: "hellouniverse",
            displayName: "Hello Universe",
            version,
            layer: "addon",
            addonType: "app services",
            cloudTypes: ["all"],
            kubeManifests: ["manifests/hello.yaml"],
        }),
        "values.yaml": "manifests:\n  hello:\n    tag: 1.2.0\n",
        "README.md": "# Hello\n",
        "manifests/hello.yaml": [
            "apiVersion: v1",
            "kind: Service",
            "metadata: { name: hello-universe-service }",
            "spec:",
            "  type: LoadBalancer",
            "  selector: { app: hello }",
            "  ports: [{ port: 8080, targetPort: 8080, protocol: TCP }]",
            "---",
            "apiVersion: apps/v1",
            "kind: Deployment",
            "metadata: { name: hello-universe-deployment }",
            "spec:",
            "  selector: { matchLabels: { app: hello } }",
            "  template:",
            "    metadata: { labels: { app: hello } }",
            "    spec:",
            "      containers:",
            "        - name: hello",
            '          image: "ghcr.io/spectrocloud/hello-universe:{{ .Values.tag }}"',
            "",
        ].join("\n"),
    };
    const blocks: Buffer[] = [];
    for (const [name, content] of Object.entries(files)) {
        const data = Buffer.from(content);
        const header = Buffer.alloc(512);
        header.write(`hello-universe-pack/${name}`, 0);
        header.write("0000644\0", 100);
        header.write("0000000\0", 108);
        header.write("0000000\0", 116);
        header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
        header.write("00000000000\0", 136);
        header.write("        ", 148);
        header.write("0", 156);
        header.write("ustar\x0000", 257, "latin1");
        const sum = header.reduce((total, byte) => total + byte, 0);
        header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
        blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
    }
    return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}
