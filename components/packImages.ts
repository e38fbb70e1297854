/**
 * What the commands of a pack run: `push` the wanted versions, `delete` all that the stack has pushed, `prune` what
 * nothing needs any more. Their parameters come by environment, as the state keeps the command lines; credentials are
 * never among them. Standard output is the history that the next command is handed.
 */
import { dispensable, parseHistory, type History } from "./registry/history";
import { publish, type WantedVersions } from "./registry/publish";
import type { RegistryAccess } from "./registry/access";
import { openRepository, type PackRepository } from "./registry/repository";
import { usedElsewhere } from "./registry/usedElsewhere";

function parameter(name: string): string {
    const value = process.env[name];
    if (!value) {
        throw new Error(`${name} is not set; this file is run by the stack's commands`);
    }
    return value;
}

/** The name of the variable is `@pulumi/command`'s. */
const PREVIOUS_OUTPUT = "PULUMI_COMMAND_STDOUT";

function registry(): RegistryAccess {
    return JSON.parse(parameter("PACK_REGISTRY"));
}

type Places = NonNullable<History["elsewhere"]>;

/** Works in a repository `host/path`. */
async function within<T>(
    address: string,
    work: (repository: PackRepository) => Promise<T>,
): Promise<T> {
    const slash = address.indexOf("/");
    const repository = await openRepository({
        registry: { ...registry(), host: address.slice(0, slash) },
        stack: parameter("PULUMI_STACK_NAME"),
        repository: address.slice(slash + 1),
        pack: parameter("PACK_NAME"),
    });
    try {
        return await work(repository);
    } finally {
        await repository.close();
    }
}

async function remove(address: string, digests: string[]): Promise<void> {
    if (digests.length === 0) {
        return;
    }
    if (registry().kind === "spectro") {
        console.error(
            `${address}: the spectro CLI cannot delete packs, so ${digests.length} versions that this stack has pushed stay there`,
        );
        return;
    }
    await within(address, (repository) => repository.remove!(digests));
}

async function push(): Promise<History> {
    const address = parameter("PACK_REPOSITORY");
    const before = parseHistory(process.env[PREVIOUS_OUTPUT], address);
    const moved = before.repository !== address;
    const history = await within(address, (repository) =>
        publish(repository, parameter("PACK_NAME"), wantedVersions(), {
            history: moved ? { repository: address, images: [] } : before,
            foreign: JSON.parse(parameter("PACK_FOREIGN")),
            overwrite: process.env.PACK_OVERWRITE === "true",
        }),
    );
    const elsewhere: Places = [
        ...(before.elsewhere ?? []),
        ...(moved ? [{ repository: before.repository, digests: ownDigests(before) }] : []),
    ];
    const left = await removeFormer(elsewhere);
    return { ...history, ...(left.length > 0 ? { elsewhere: left } : {}) };
}

/**
 * Removes images from repositories that a pack had before: they may be gone, with all that was in them, or out of reach.
 *
 * @returns what could not be removed.
 */
async function removeFormer(places: Places): Promise<Places> {
    const left: Places = [];
    for (const place of places) {
        await remove(place.repository, place.digests).catch((error: Error) => {
            console.error(`${place.repository} still holds images of the stack: ${error.message}`);
            left.push(place);
        });
    }
    return left;
}

function wantedVersions(): WantedVersions {
    return JSON.parse(parameter("PACK_VERSIONS"));
}

function ownDigests({ images }: History): string[] {
    return images.filter(({ foreign }) => !foreign).map(({ digest }) => digest);
}

async function removeAll(): Promise<void> {
    const address = parameter("PACK_REPOSITORY");
    const history = parseHistory(process.env[PREVIOUS_OUTPUT], address);
    const { repository, elsewhere = [] } = history;
    const used = await usedElsewhere(parameter("PULUMI_STACK_NAME"), repository);
    const digests = ownDigests(history).filter((digest) => !used.includes(digest));
    await remove(repository, digests);
    await removeFormer(elsewhere);
}

/** Answers what was removed, as `version@digest`. */
async function prune(): Promise<string[]> {
    const address = parameter("PACK_REPOSITORY");
    const removed = dispensable(parseHistory(parameter("PACK_HISTORY"), address), {
        pack: parameter("PACK_NAME"),
        current: Object.values(wantedVersions()).map(({ digest }) => digest),
        needed: JSON.parse(parameter("PACK_NEEDED")),
        keep: Number(parameter("PACK_KEEP")),
    });
    const digests = removed.map(({ digest }) => digest);
    await remove(address, digests);
    return removed.map(({ version = "", digest }) => `${version}@${digest}`);
}

async function main([action]: string[]): Promise<void> {
    switch (action) {
        case "push":
            process.stdout.write(JSON.stringify(await push()));
            break;
        case "delete":
            await removeAll();
            break;
        case "prune":
            process.stdout.write(JSON.stringify(await prune()));
            break;
        default:
            throw new Error(`unknown action ${action}; expected push, delete or prune`);
    }
}

main(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
});
