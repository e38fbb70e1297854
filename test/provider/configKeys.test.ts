import type * as pulumi from "@pulumi/pulumi";
import { configKey } from "../../packages/palette/lifecycle/configKeys";
import { configure, disconnect } from "../../packages/palette/api/session";

afterEach(() => disconnect());

test.each<[string, object | undefined, string, string | undefined, string]>([
    ["by its number", [{ name: "a" }, { name: "b" }], "b", undefined, "registries[1]"],
    ["the only one, with a default name", [{ kind: "ecr" }], "ecr-dev", undefined, "registries[0]"],
    ["one of several with a default name", [{}, {}], "ecr-dev", undefined, "registries[]"],
    ["where nothing is configured", undefined, "a", undefined, "registries[]"],
    ["by a key of its own", undefined, "a", "cluster", "cluster"],
    [
        "by its number, in spite of a key of its own",
        [{ name: "a" }],
        "a",
        "cluster",
        "registries[0]",
    ],
    ["where the list is the project's empty default", [], "a", "cluster", "cluster"],
    ["where the list is none", { name: "a" }, "a", "cluster", "cluster"],
])("a thing is called %s", async (_, value, name, single, expected) => {
    const get = (key: string) =>
        key === "registries" ? value && JSON.stringify(value) : undefined;
    await configure({ config: { get } } as unknown as pulumi.dynamic.ConfigureRequest);
    expect(configKey("registries", name, single)).toBe(expected);
});
