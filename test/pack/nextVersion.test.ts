import { nextVersion } from "../../packages/pack/format/nextVersion";

test.each([
    ["1.0.0", "1.0.1"],
    ["1.5", "1.6"],
    ["26.02.1", "26.02.2"],
    ["26.02", "26.03"],
    ["v1.9", "v1.10"],
    ["2.0.1-up.1", "2.0.2-up.1"],
    ["7", "8"],
    ["latest", undefined],
])("after %s comes %s", (version, next) => {
    expect(nextVersion(version)).toBe(next);
});
