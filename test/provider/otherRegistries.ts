import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { OciRegistryInputs } from "../../packages/palette/registry/ociRegistry";
import { RateLimit } from "../../packages/palette/api/rateLimit";
import { disconnect } from "../../packages/palette/api/session";
import type { SpectroRegistryInputs } from "../../packages/palette/registry/spectroRegistry";
import type { Sandbox } from "../../sandbox";
import { connectWithSandbox } from "./connect";
import { RegistryBench, STACK } from "../registry/registryBench";

/** Where the packs of a basic registry are in the tests. */
export const BASE = "spectro-oci-registry";

const common = {
    packs: [],
    owner: { id: "the-owner-id-of-this-stack", stack: STACK },
    adopt: false,
    syncTimeout: 2,
};

/** Inputs of `OciRegistry` for the sandbox's basic registry. */
export function basicRegistry(
    { harbor, caFile }: Sandbox,
    fields: Partial<OciRegistryInputs> = {},
): OciRegistryInputs {
    const { endpoint, username, password } = harbor;
    return {
        kind: "basic",
        name: "harbor",
        endpoint,
        basePath: BASE,
        credentials: { type: "basic", username, password },
        tls: { certificate: readFileSync(caFile, "utf8") },
        ...common,
        ...fields,
    };
}

/** Inputs of `SpectroRegistry` for the sandbox's legacy registry. */
export function legacyRegistry(
    { spectro, caFile }: Sandbox,
    fields: Partial<SpectroRegistryInputs> = {},
): SpectroRegistryInputs {
    const { endpoint, username, password } = spectro;
    return {
        name: "legacy",
        endpoint,
        credentials: { type: "basic", username, password },
        tls: { certificate: readFileSync(caFile, "utf8") },
        ...common,
        ...fields,
    };
}

/** A sandbox whose Palette the providers of this process talk to, with a stand-in of the `spectro` CLI on PATH. */
export class ProviderBench {
    private constructor(
        readonly registries: RegistryBench,
        private readonly environment: NodeJS.ProcessEnv,
    ) {}

    static async start(): Promise<ProviderBench> {
        // The tests are faster than Palette's limits.
        RateLimit.prototype.turn = () => 0;
        const registries = await RegistryBench.start(3000);
        const { spectro } = registries.bench.sandbox;
        const environment = process.env;
        process.env = {
            ...environment,
            PATH: [join(__dirname, "../standIns"), environment.PATH].join(delimiter),
            SPECTRO_FOLDER: spectro.folder,
            SPECTRO_LOGIN: `${spectro.username}:${spectro.password}`,
        };
        jest.spyOn(console, "log").mockImplementation(() => undefined);
        const provider = new ProviderBench(registries, environment);
        await provider.connect();
        return provider;
    }

    /** Starts the providers anew, with the configuration that the registries have by now. */
    async connect(): Promise<void> {
        await disconnect();
        const { bench, config } = this.registries;
        await connectWithSandbox(bench, (key) => config.get(key));
    }

    async remove(): Promise<void> {
        jest.restoreAllMocks();
        await disconnect();
        await this.registries.remove();
        process.env = this.environment;
    }
}
