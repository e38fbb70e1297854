import type { Pack } from "../../format/pack";
import { renderAndCompare, type RenderComparison } from "../../render/compareRenderings";
import { findHelm } from "../../render/helm";
import { comparePacks, formatComparison, type PackComparison } from "../comparePacks";
import type { RegistryOptions } from "../../oci/reference";
import { withPack } from "./openPack";
import { printJson } from "./output";
import { UserError } from "../../userError";

/** Options of `diff`. */
export interface DiffOptions extends RegistryOptions {
    json?: boolean;
    exitCode?: boolean;
    render?: boolean;
    kubeVersion?: string;
}

/** `pack diff`: returns the exit status. */
export async function diff(before: string, after: string, options: DiffOptions): Promise<number> {
    const comparison = await withPack(before, options, (old) =>
        withPack(after, options, async (now): Promise<PackComparison> => {
            const rendered = options.render ? await renderBoth(old, now, options) : undefined;
            return { ...(await comparePacks(old, now)), ...(rendered ? { rendered } : {}) };
        }),
    );
    if (options.json) {
        printJson(comparison);
    } else {
        process.stdout.write(formatComparison(comparison));
    }
    return options.exitCode && comparison.files.length > 0 ? 1 : 0;
}

/** @throws Error where Helm is not there. */
async function renderBoth(
    before: Pack,
    after: Pack,
    { kubeVersion }: DiffOptions,
): Promise<RenderComparison> {
    const helm = findHelm();
    if (helm === undefined) {
        throw new UserError(
            "--render needs Helm, which is not on PATH: install Helm 3 (https://helm.sh/docs/intro/install/), " +
                "or leave --render out.",
        );
    }
    return renderAndCompare(before, after, { helm, ...(kubeVersion && { kubeVersion }) });
}
