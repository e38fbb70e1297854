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
    await configureRegistries({ sandbox }, stack, { kind: "ecr" });
    await stack.configure({ packs: packs.slice(0, 3) });
    return {
        packs,
        "profile.packs": [
            { name: "hellouniverse", version: "2.0.0" },
            { name: "hellohelm", version: "2.0.0" },
        ],
    };
}

/**
 * Gives a stack a registry of each kind, with the tool of the legacy one, and a profile with a pack of the first two.
 *
 * @param ecr What the ECR has beside its name, its base path and a user of its own for Palette.
 */
export async function configureRegistries(
    { sandbox: { harbor, spectro, caFile } }: Pick<TestEnvironment, "sandbox">,
    stack: TestStack,
    ecr: object,
): Promise<void> {
    const { environment } = stack.stack;
    Object.assign(environment, {
        PATH: [path.join(projectDirectory, "test", "standIns"), environment.PATH].join(
            path.delimiter,
        ),
        SPECTRO_FOLDER: spectro.folder,
        SPECTRO_LOGIN: `${spectro.username}:${spectro.password}`,
    });
    await stack.configure({
        registries: [
            {
                name: "ecr-registry",
                basePath: "spectro-oci-registry",
                credentials: { type: "secret" },
                ...ecr,
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
    await stack.configureSecret(HARBOR_PASSWORD, harbor.password);
    await stack.configureSecret("palette-custom-pack:registries[2].password", spectro.password);
}

/** The key of the secret that the push to Harbor logs in with. */
export const HARBOR_PASSWORD = "palette-custom-pack:registries[1].password";
