import fs from "node:fs";
import path from "node:path";
import { describeSwitches, Switches, switchTable } from "../../sandbox/palette/switches";

describe("the table of what is not known of the real API", () => {
    it("is in the sandbox's README", () => {
        const readme = fs.readFileSync(path.join(__dirname, "../../sandbox/README.md"), "utf8");
        const [, table] = /<!-- switches -->\n([^]*)\n<!-- \/switches -->/.exec(readme)!;
        expect(table).toBe(describeSwitches());
    });

    it("gives every switch at least two values, and a position of its own", () => {
        const switches = new Switches();
        for (const [name, { values }] of Object.entries(switchTable)) {
            expect(new Set<string>(values).size).toBe(values.length);
            expect(values.length).toBeGreaterThan(1);
            for (const value of values) {
                switches.set({ [name]: value });
                expect(switches.all()).toMatchObject({ [name]: value });
            }
        }
        switches.reset();
        expect(switches.all()).toEqual(new Switches().all());
    });

    it("takes all of a change or nothing of it", () => {
        const switches = new Switches({ duplicateName: "500" });
        expect(() => switches.set({ retryAfter: "seconds", duplicateName: "999" })).toThrow(
            "takes 409, 500, secondObject",
        );
        expect(() => switches.set({ toString: "x" })).toThrow("switch 'toString'");
        expect(switches.get("retryAfter")).toBe("absent");
        switches.set({ duplicateName: "409" });
        switches.reset();
        expect(switches.get("duplicateName")).toBe("500");
    });
});
