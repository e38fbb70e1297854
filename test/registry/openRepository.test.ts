import { openRepository } from "../../packages/registry/openRepository";
import { stackConfig } from "../../packages/registry/stackConfig";

test("a registry of a kind that this program does not know is told, and by whom it was registered", async () => {
    const registry = { name: "later", kind: "zot", host: "zot.example.com" };
    const address = { registry, repository: "base/hello", pack: "hello" };
    await expect(
        openRepository(
            address,
            stackConfig(() => undefined),
        ),
    ).rejects.toThrow(/^registry "later" is of kind zot, which this program does not know/);
});
