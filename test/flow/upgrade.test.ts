import { readdirSync } from "node:fs";
import path from "node:path";
import { version } from "../../package.json";
import { leftovers } from "../../scripts/leftovers";
import { succeeded } from "./environment";
import { recordStack, restoreStack } from "./releasedStack";

jest.setTimeout(600_000);

/*
 * A stack that any released version has made is one of this version: nothing to change, nothing left by its destroy.
 * `RECORD_STACK=1 npm test -- test/flow/upgrade` records the stack of the present version, when it is released.
 */
const folder = path.join(__dirname, "../fixtures/upgrade");

if (process.env.RECORD_STACK) {
    test(`records the stack of ${version}`, () => recordStack(path.join(folder, version)));
} else {
    test.each(readdirSync(folder))("the stack of %s needs no change", async (name) => {
        const { environment, stack } = await restoreStack(path.join(folder, name));
        try {
            succeeded(await stack.up("--expect-no-changes"));
            const changes = (await environment.calls()).filter(
                ({ method, route }) => method !== "GET" && !/validate|search|rate/.test(route),
            );
            expect(changes).toEqual([]);
            expect(Object.keys((await stack.outputs()).applicationUrls as object)).not.toEqual([]);
            succeeded(await stack.destroy());
            expect(await leftovers(environment.sandbox)).toEqual([]);
        } finally {
            await environment.close();
        }
    });
}
