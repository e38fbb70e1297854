import { PaletteClient } from "../../packages/palette/api/client";
import { expiryWarning } from "../../packages/palette/api/keyExpiry";
import { fakePalette, type FakePalette } from "./fakePalette";

const DAY = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

let palette: FakePalette;
let client: PaletteClient;
afterEach(async () => {
    await client.close();
    await palette.close();
});

/** What is warned of, when these keys are there. */
async function warningOf(...keys: object[]): Promise<string | undefined> {
    palette = await fakePalette(({ path }) => ({
        body: path === "/v1/users/info" ? { userUid: "me" } : { items: keys },
    }));
    client = new PaletteClient(palette.settings);
    return expiryWarning(client);
}

const key = (user: string, expiry: string | undefined, isActive = true) => ({
    spec: { expiry, user: { uid: user } },
    status: { isActive },
});

test("the last key of the user ends soon: so does the one in use", async () => {
    expect(await warningOf(key("me", inDays(3.5)), key("me", inDays(1)))).toMatch(
        /^the Palette API key expires in 3 days or sooner \(\d{4}-\d\d-\d\d\): make a new one .*SPECTROCLOUD_APIKEY/,
    );
});

test("other people's keys, switched off and expired ones do not hide it", async () => {
    const ignoredKeys = [
        key("other", inDays(300)),
        key("me", inDays(300), false),
        key("me", inDays(-1)),
    ];
    expect(await warningOf(...ignoredKeys, key("me", inDays(13)))).toContain(
        "in 12 days or sooner",
    );
});

test.each([
    ["the key may be another one of the user's", [key("me", inDays(1)), key("me", inDays(100))]],
    ["an end cannot be read", [key("me", inDays(1)), key("me", undefined)]],
    ["there is time", [key("me", inDays(15))]],
    ["Palette shows no key of the user", [key("other", inDays(1))]],
    ["Palette shows none at all", []],
])("no warning where %s", async (_, keys) => {
    expect(await warningOf(...keys)).toBeUndefined();
});

test("no warning, and no failure, where the user may not ask", async () => {
    palette = await fakePalette(() => ({ status: 403, body: { code: "Forbidden" } }));
    client = new PaletteClient(palette.settings);
    expect(await expiryWarning(client)).toBeUndefined();
});
