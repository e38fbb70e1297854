import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import fc from "../fuzz";
import { GzipWriter } from "../../packages/pack/format/gzipWriter";

const random = randomBytes(300_000);
const text = Buffer.from("replicas: 1\nname: demo\n".repeat(15_000));

async function gzip(storing: boolean, pieces: readonly Uint8Array[]): Promise<Buffer> {
    const output: Uint8Array[] = [];
    const writer = new GzipWriter(storing, (bytes) => void output.push(bytes));
    for (const piece of pieces) {
        await writer.write(piece);
    }
    await writer.end();
    return Buffer.concat(output);
}

/** Content cut at the given places. */
function cut(content: Buffer, at: readonly number[]): Buffer[] {
    const ends = [0, ...[...at].sort((a, b) => a - b), content.length];
    return ends.slice(1).map((end, n) => content.subarray(ends[n], end));
}

test.each([
    ["nothing", Buffer.alloc(0)],
    ["one byte", Buffer.from("x")],
    ["text", text],
    ["random bytes", random],
    ["random bytes between texts", Buffer.concat([text, random, text, random])],
    ["texts between random bytes", Buffer.concat([random, text, random, text])],
])("%s comes back, stored or compressed", async (_, content) => {
    for (const storing of [false, true]) {
        expect(gunzipSync(await gzip(storing, [content])).equals(content)).toBe(true);
    }
});

test("random bytes are stored, text is compressed", async () => {
    expect((await gzip(true, [text])).length).toBeLessThan(text.length / 50);
    const mixed = await gzip(true, [Buffer.concat([text, random])]);
    expect(mixed.length).toBeGreaterThan(random.length);
    expect(mixed.length).toBeLessThan(random.length + text.length / 20);
    const block = random.subarray(200_000, 200_100);
    expect((await gzip(true, [random])).includes(random.subarray(1000, 1100))).toBe(true);
    expect((await gzip(true, [text, block])).includes(block)).toBe(false);
});

test.each([true, false])("storing %s: how the content is cut does not matter", async (storing) => {
    const content = Buffer.concat([text, random, text]);
    const whole = await gzip(storing, [content]);
    await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(content.length), { maxLength: 20 }), async (at) => {
            expect((await gzip(storing, cut(content, at))).equals(whole)).toBe(true);
        }),
        { numRuns: 8 },
    );
});

test("a consumer that is slow holds back the writer", async () => {
    const seen: number[] = [];
    const writer = new GzipWriter(true, async (bytes) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        seen.push(bytes.length);
    });
    await writer.write(random);
    const before = seen.length;
    expect(before).toBeGreaterThan(1);
    await writer.end();
    expect(seen.length).toBeGreaterThan(before);
});
