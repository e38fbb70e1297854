import { dispatcherFor } from "./proxyAgent";
import { reasonOf } from "./fetchError";
import { UserError } from "../pack/userError";
import { lazyLibraries } from "./lazyLibraries";

const TIMEOUT_MS = 20_000;

/**
 * Asks a legacy Spectro registry whether it works: `GET /health` answers `{"status":"UP"}`.
 *
 * @throws Error when it says anything else, or nothing.
 */
export async function checkHealth({
    name,
    endpoint,
    ca,
    insecureSkipVerify,
}: {
    /** Name in the configuration. */
    name: string;
    /** `https://host[:port]`. */
    endpoint: string;
    /** PEM text. */
    ca?: string;
    insecureSkipVerify?: boolean;
}): Promise<void> {
    const { fetch } = lazyLibraries.undici();
    const trust = { ca, rejectUnauthorized: !insecureSkipVerify };
    const dispatcher = await dispatcherFor(endpoint, trust);
    const complain = (what: string) =>
        new UserError(
            `registry "${name}": ${endpoint}/health ${what}; expected {"status":"UP"}: start the registry server and whatever makes it reachable, then run pulumi up again`,
        );
    try {
        const answer = await fetch(`${endpoint}/health`, {
            dispatcher,
            signal: AbortSignal.timeout(TIMEOUT_MS),
        }).catch((error: unknown) => {
            throw complain(`does not answer (${reasonOf(error)})`);
        });
        const text = await answer.text();
        if (answer.status !== 200 || !isUp(text)) {
            throw complain(`answers ${answer.status}: ${text.slice(0, 100)}`);
        }
    } finally {
        await dispatcher.close();
    }
}

function isUp(text: string): boolean {
    try {
        return (JSON.parse(text) as { status?: string }).status === "UP";
    } catch {
        return false;
    }
}
