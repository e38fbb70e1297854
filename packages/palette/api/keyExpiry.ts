import type { PaletteClient } from "./client";
import { API_KEY_SOURCES } from "./settings";

/** From when on a key's end is worth a warning. */
const WARNING_DAYS = 14;

/** The fields of `v1ApiKey` that are read here. */
interface ApiKey {
    spec?: { expiry?: string; user?: { uid?: string } };
    status?: { isActive?: boolean };
}

/**
 * Warns of an API key that expires soon. Palette does not report which key a call was made with (`GET /v1/apiKeys` shows no
 * key any more), but it is one of its user's valid ones: when the last of them ends soon, so does this one.
 *
 * @returns the warning; undefined where there is no reason for one, or Palette does not say.
 */
export async function expiryWarning(client: PaletteClient): Promise<string | undefined> {
    const subject = "the expiry of the API key";
    const [user, keys] = await Promise.all([
        client.request<{ userUid?: string }>({ method: "GET", path: "/v1/users/info", subject }),
        client.request<{ items?: ApiKey[] | null }>({
            method: "GET",
            path: "/v1/apiKeys",
            subject,
        }),
    ]).catch(() => [{}, {}] as [{ userUid?: string }, { items?: ApiKey[] | null }]);
    const now = Date.now();
    const ends = (keys.items ?? [])
        .filter(({ spec, status }) => spec?.user?.uid === user.userUid && status?.isActive)
        .map(({ spec }) => Date.parse(spec?.expiry ?? ""))
        // A key without a readable end may be the one, and never end.
        .map((end) => (Number.isNaN(end) ? Infinity : end))
        .filter((end) => end > now);
    if (user.userUid === undefined || ends.length === 0) {
        return undefined;
    }
    const last = Math.max(...ends);
    const days = Math.floor((last - now) / 86_400_000);
    return days < WARNING_DAYS
        ? `the Palette API key expires in ${days} days or sooner (${new Date(last).toISOString().slice(0, 10)}): make a new one in Palette; ${API_KEY_SOURCES}`
        : undefined;
}
