import { readState, type StateResource } from "../palette/provider/pulumiCli";
import { parseHistory } from "./history";

/**
 * The digests in a repository that other resources of the stack account for. When a resource is replaced, the old one is
 * deleted last, and must not take along what the new one has found in the registry and left there.
 *
 * @param stack Full name of the stack.
 * @param repository `host/path`.
 * @throws Error when the CLI cannot read the stack's state.
 */
export async function usedElsewhere(stack: string, repository: string): Promise<string[]> {
    const { resources = [], pending_operations: operations = [] } = await readState(stack);
    const deleting = operations
        .filter(({ type }) => type === "deleting")
        .map(({ resource }) => keyOf(resource));
    return resources
        .filter((one) => !one.delete && !deleting.includes(keyOf(one)))
        .flatMap(({ type, inputs, outputs }) => {
            const environment = inputs?.environment as Record<string, unknown> | undefined;
            const address = environment?.PACK_REPOSITORY;
            const isPush = type === "command:local:Command" && !environment?.PACK_HISTORY;
            return isPush && address === repository && typeof outputs?.stdout === "string"
                ? parseHistory(outputs.stdout, repository).images.map(({ digest }) => digest)
                : [];
        });
}

const keyOf = ({ urn, id = "" }: StateResource) => `${urn} ${id}`;
