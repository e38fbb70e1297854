import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { projectDirectory } from "../../scripts/environment";
import type { TestEnvironment, TestStack } from "./environment";

/** The packs of {@link eachRegistry} and their registries; the second half comes with an update. */
const PACKS: [sample: string, version: string, registry: string][] = [
    ["hello-universe-pack", "1.0.0", "ecr-registry"],
    ["hello-helm-pack", "1.0.0", "harbor-registry"],
    ["hello-universe-pack", "1.5.0", "legacy-registry"],
    ["hello-universe-pack", "2.0.0", "ecr-registry"],
    ["hello-helm-pack", "2.0.0", "harbor-registry"],
    ["hello-universe-pack", "2.5.0", "legacy-registry"],
];

/**
 * Gives a stack a registry of each kind with a pack in it; Palette reads the ECR as a user with a key pair that the stack makes.
 *
 * @param folder Gets the packs.
 * @returns what to configure for an update with another version of each pack.
 */
export async function eachRegistry(
    { sandbox }: TestEnvironment,
    stack: TestStack,
    folder: string,
): Promise<Record<string, unknown>> {
    const { harbor, spectro, caFile } = sandbox;
    const { environment } = stack.stack;
    Object.assign(environment, {
        PATH: [path.join(projectDirectory, "test", "standIns"), environment.PATH].join(
            path.delimiter,
        ),
        SPECTRO_FOLDER: spectro.folder,
        SPECTRO_LOGIN: `${spectro.username}:${spectro.password}`,
    });
    const packs = await Promise.all(
        PACKS.map(async ([sample, version, registry]) => {
            const copy = path.join(folder, `${sample}-${version}`);
            await cp(path.join(projectDirectory, "packs", sample), copy, { recursive: true });
            const file = path.join(copy, "pack.json");
            const pack = JSON.parse(await readFile(file, "utf8"));
            await writeFile(file, JSON.stringify({ ...pack, version }));
            return { path: copy, registry };
        }),
    );
    await stack.configure({
        packs: packs.slice(0, 3),
        registries: [
            {
                kind: "ecr",
                name: "ecr-registry",
                basePath: "spectro-oci-registry",
                credentials: { type: "secret" },
            },
            {
                kind: "basic",
                name: "harbor-registry",
                endpoint: harbor.endpoint,
                basePath: `${harbor.project}/team`,
                username: harbor.username,
                caFile,
            },
            {
                kind: "spectro",
                name: "legacy-registry",
                endpoint: spectro.endpoint,
                username: spectro.username,
                caFile,
            },
        ],
        "profile.packs": [{ name: "hellouniverse", version: "1.0.0" }, { name: "hellohelm" }],
    });
    await stack.configureSecret("palette-custom-pack:registries[1].password", harbor.password);
    await stack.configureSecret("palette-custom-pack:registries[2].password", spectro.password);
    return {
        packs,
        "profile.packs": [
            { name: "hellouniverse", version: "2.0.0" },
            { name: "hellohelm", version: "2.0.0" },
        ],
    };
}
