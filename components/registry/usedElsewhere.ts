import { askPulumi } from "../palette/provider/pulumiCli";
import { parseHistory } from "./history";

/** The parts of a stack's export (`pulumi stack export`) that are read here. */
interface Resource {
    urn: string;
    id?: string;
    type: string;
    /** The engine has this one left to delete: another has taken its place. */
    delete?: boolean;
    inputs?: { environment?: Record<string, unknown> };
    outputs?: { stdout?: unknown };
}

interface Export {
    deployment?: {
        resources?: Resource[];
        pending_operations?: { type: string; resource: Resource }[];
    };
}

/**
 * The digests in a repository that other resources of the stack account for. When a resource is replaced, the old one is
 * deleted last, and must not take along what the new one has found in the registry and left there.
 *
 * @param stack Full name of the stack.
 * @param repository `host/path`.
 * @throws Error when the CLI cannot read the stack's state.
 */
export async function usedElsewhere(stack: string, repository: string): Promise<string[]> {
    const text = await askPulumi(["stack", "export", "--stack", stack]);
    const { deployment = {} }: Export = JSON.parse(text);
    const deleting = (deployment.pending_operations ?? [])
        .filter(({ type }) => type === "deleting")
        .map(({ resource }) => keyOf(resource));
    return (deployment.resources ?? [])
        .filter((one) => !one.delete && !deleting.includes(keyOf(one)))
        .flatMap(({ type, inputs, outputs }) => {
            const address = inputs?.environment?.PACK_REPOSITORY;
            const isPush = type === "command:local:Command" && !inputs?.environment?.PACK_HISTORY;
            return isPush && address === repository && typeof outputs?.stdout === "string"
                ? parseHistory(outputs.stdout, repository).images.map(({ digest }) => digest)
                : [];
        });
}

const keyOf = ({ urn, id = "" }: Resource) => `${urn} ${id}`;
