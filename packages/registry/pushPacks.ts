/**
 * What the command of a registry runs: pushes the versions on standard input that are not there. How to reach the registry
 * comes in one variable of the environment. It prints one line; the reason of a failure goes to the
 * engine, or is all that it prints.
 */
import "./commandWatch.js";
import { text } from "node:stream/consumers";
import { tellEngine } from "./engineLog";
import { publish, type WantedVersions } from "./publish";
import { parsePushLine, SETTINGS_VARIABLE, type PushSettings } from "./pushOrder";
import { logOut, openRepository } from "./openRepository";
import { isBug } from "./bug";
import { configOf } from "./stackConfig";
import { UserError } from "../pack/userError";

/** So many repositories at once: more are no faster, as packing takes this process' time. */
const CONCURRENCY = 4;

async function main(action?: string): Promise<void> {
    const settings = process.env[SETTINGS_VARIABLE];
    if (!settings) {
        throw new Error(
            `${SETTINGS_VARIABLE} is not set; this program is run by the stack's commands`,
        );
    }
    // What it starts has no need of it.
    delete process.env[SETTINGS_VARIABLE];
    const { access, config: keys } = JSON.parse(settings) as PushSettings;
    const config = configOf(keys);
    const overwrite = action === "overwrite";
    const waiting = [...byRepository(await text(process.stdin))];
    const pushed: string[] = [];
    const failures = new Set<string>();
    let present = 0;
    const work = async () => {
        for (let next = waiting.shift(); next && failures.size === 0; next = waiting.shift()) {
            const [repository, versions] = next;
            const pack = repository.split("/").at(-1)!;
            try {
                const client = await openRepository({ registry: access, repository, pack }, config);
                try {
                    const done = await publish(client, pack, versions, overwrite);
                    pushed.push(...done.pushed.map((version) => `${pack} ${version}`));
                    present += done.present.length;
                } finally {
                    await client.close();
                }
            } catch (error) {
                if (isBug(error)) {
                    throw error;
                }
                failures.add((error as Error).message);
            }
        }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
    await logOut(config);
    if (failures.size > 0) {
        throw new UserError([...failures].join("\n"));
    }
    const there = present > 0 ? [`${present} ${present === 1 ? "was" : "were"} there`] : [];
    const news = pushed.length > 0 ? [`pushed ${pushed.sort().join(", ")}`] : ["pushed nothing"];
    console.log(`${[`${news.join()} to ${access.host}`, ...there].join("; ")}`);
}

function byRepository(lines: string): Map<string, WantedVersions> {
    const wanted = new Map<string, WantedVersions>();
    for (const line of lines.split("\n").filter((entry) => entry !== "")) {
        const { repository, version, path, digest } = parsePushLine(line);
        wanted.set(repository, { ...wanted.get(repository), [version]: { path, digest } });
    }
    return wanted;
}

main(process.argv.at(-1)).catch(async (error: Error) => {
    process.exitCode = 1;
    const reason = isBug(error) ? String(error.stack) : error.message;
    if (!(await tellEngine(reason))) {
        console.error(reason);
    }
    process.exit();
});
