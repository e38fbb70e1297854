import path from "node:path";
import { projectDirectory } from "../../scripts/environment";
import { skipsOf } from "../../scripts/skips";

const file = (name: string, ...statuses: string[]) => ({
    name: path.join(projectDirectory, "test", name),
    assertionResults: statuses.map((status) => ({ status })),
});

test("skipped tests are counted and told with their reasons", () => {
    const given = [
        [path.join(projectDirectory, "test", "a.test.ts"), "no registry"],
        [path.join(projectDirectory, "test", "a.test.ts"), "no registry"],
    ];
    const lines = given.map((reason) => `${JSON.stringify(reason)}\n`).join("");
    expect(
        skipsOf(
            [file("a.test.ts", "passed", "pending", "pending"), file("b.test.ts", "passed")],
            lines,
        ),
    ).toEqual({
        count: 2,
        unexplained: 0,
        notes: ["skipped: 2 of test/a.test.ts: no registry"],
    });
});

test("a skipped test without a reason is a failure", () => {
    const { unexplained, notes } = skipsOf([file("a.test.ts", "pending")], "");
    expect(unexplained).toBe(1);
    expect(notes).toEqual(["skipped: 1 of test/a.test.ts: no reason is given, which is a failure"]);
});
