import { OWNER_LABEL } from "../../packages/palette/lifecycle/ownership";
import { readState } from "../../packages/palette/lifecycle/pulumiCli";
import { refusalOfRegistry } from "../../packages/palette/registry/registryAdoption";
import type {
    RegistryInputs,
    RegistryKind,
    RegistryObject,
} from "../../packages/palette/registry/registryKind";
import { forgetRun, noteManaged } from "../../packages/palette/lifecycle/runNotes";

jest.mock("../../packages/palette/lifecycle/pulumiCli", () => ({
    ...jest.requireActual<object>("../../packages/palette/lifecycle/pulumiCli"),
    readState: jest.fn(),
}));
const state = jest.mocked(readState);

const inputs: RegistryInputs = {
    name: "r",
    endpoint: "e",
    packs: [],
    owner: { id: "0b0a", stack: "o/p/s" },
    adopt: false,
    syncTimeout: 1,
};
const existing: RegistryObject = { metadata: { uid: "77", name: "r" }, spec: { endpoint: "e" } };
const neighbour = (labels?: Record<string, string>): RegistryObject => ({
    metadata: { uid: "78", name: "other", labels },
    spec: { endpoint: "e" },
});
const kindWith = (...listed: RegistryObject[]) =>
    ({
        type: "OciRegistry",
        list: async () => [existing, ...listed],
    }) as unknown as RegistryKind<RegistryInputs>;
const pending = (name = "r", operation = "creating", type = "OciRegistry") => ({
    type: operation,
    resource: { urn: "u", type: `pulumi-nodejs:dynamic/palette:${type}`, inputs: { name } },
});

beforeEach(() => {
    forgetRun();
    state.mockReset();
});

async function refusal(
    operations: ReturnType<typeof pending>[],
    { kind = kindWith(neighbour()), creating = true, same = true } = {},
): Promise<string | undefined> {
    state.mockResolvedValue({ pending_operations: operations });
    return refusalOfRegistry(kind, inputs, existing, { isSame: async () => same, creating });
}

describe("a registry without labels, where Palette shows none at all", () => {
    test("is the stack's when an earlier run was interrupted while it made just that", async () => {
        expect(await refusal([pending(), pending()])).toBeUndefined();
        expect(state).toHaveBeenCalledWith("o/p/s");
    });

    test("is the stack's in a preview after such a run", async () => {
        expect(await refusal([pending()], { creating: false })).toBeUndefined();
    });

    test.each([
        ["the create that is just running is noted", [pending()], true],
        ["nothing is pending", [], true],
        ["nothing is pending, in a preview", [], false],
        ["another name is pending", [pending("x"), pending("x")], true],
        ["another kind is pending", [pending("r", "creating", "X"), pending()], true],
        ["an update is pending", [pending("r", "updating"), pending()], true],
    ])("is somebody else's when %s", async (_, operations, creating) => {
        expect(await refusal(operations, { creating })).toMatch(/^registry "r" exists already/);
    });

    test("is somebody else's when it is not what would be created", async () => {
        expect(await refusal([pending(), pending()], { same: false })).toMatch(/exists already/);
        expect(state).not.toHaveBeenCalled();
    });

    test("is somebody else's when the state cannot be read, and that is told", async () => {
        state.mockRejectedValue(new Error("no stack named o/p/s"));
        const options = { isSame: async () => true, creating: true };
        expect(await refusalOfRegistry(kindWith(), inputs, existing, options)).toMatch(
            /exists already.*is not known: no stack named o\/p\/s/,
        );
    });

    test("is the stack's when a resource of the program stands for it", async () => {
        noteManaged("77");
        expect(await refusal([])).toBeUndefined();
        expect(state).not.toHaveBeenCalled();
    });
});

test("a registry without labels is somebody else's where Palette shows labels of another, whatever is pending", async () => {
    const kind = kindWith(neighbour({ [OWNER_LABEL]: "x" }));
    expect(await refusal([pending(), pending()], { kind })).toMatch(/exists already/);
    expect(state).not.toHaveBeenCalled();
});
