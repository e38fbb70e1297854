import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { backendDirectory, projectDirectory } from "../../scripts/environment";

/** The layouts of earlier programs of which a state is kept, by the version in package.json. */
export const savedLayouts = ["0.1.0"];

/**
 * Lays out what `npm start` of an earlier program has left: the stack `sandbox` with its state, and the sandbox with
 * what it knows. Addresses and folders in it are made those of this run.
 *
 * @param directory Becomes the sandbox's folder.
 */
export async function restoreSavedState(layout: string, directory: string): Promise<void> {
    const saved = path.join(__dirname, "..", "fixtures", "states", layout);
    const values: Record<string, string> = { sandbox: directory, project: projectDirectory };
    for (const port of ["palettePort", "awsPort", "registryPort", "controlPort"]) {
        values[port] = String(await freePort());
    }
    const fill = (text: string) =>
        text.replace(/@(sandbox|project|\w+Port)@/g, (_, name: string) => values[name] ?? "");
    const copy = async (from: string, to: string, mode?: number) => {
        await mkdir(path.dirname(to), { recursive: true });
        await writeFile(to, fill(await readFile(path.join(saved, from), "utf8")), { mode });
    };

    for (const entry of await readdir(path.join(saved, "sandbox"), { withFileTypes: true })) {
        const from = path.join("sandbox", entry.name);
        const to = path.join(directory, entry.name);
        await (entry.isDirectory()
            ? cp(path.join(saved, from), to, { recursive: true })
            : copy(from, to, 0o600));
    }
    const stacks = path.join(backendDirectory(directory), ".pulumi", "stacks");
    await copy("state.json", path.join(stacks, "palette-custom-pack", "sandbox.json"));
    const meta = path.join(backendDirectory(directory), ".pulumi", "meta.yaml");
    await writeFile(meta, "version: 1\n");
    await copy(
        "Pulumi.sandbox.yaml",
        path.join(directory, "stacks", "sandbox", "Pulumi.sandbox.yaml"),
    );
}

function freePort(): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const { port } = server.address() as AddressInfo;
            server.close(() => resolve(port));
        });
    });
}
