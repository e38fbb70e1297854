import { ApiError } from "./apiError";
import { type Switch, switchTable } from "./switchTable";

export { switchTable };

export type SwitchName = keyof typeof switchTable;

/** The table in Markdown, for the README. */
export function describeSwitches(): string {
    const rows = Object.entries(switchTable).map(
        ([name, { unknown, values }]) =>
            `| \`${name}\` | ${unknown} | ${values.map((value) => `\`${value}\``).join(", ")} |`,
    );
    return ["| switch | not known | values |", "|---|---|---|", ...rows].join("\n");
}

/** The switches' present positions. */
export class Switches {
    // Only values of the table get in, see `set`.
    private readonly positions = new Map<string, never>();

    /** Told after every change. */
    onChange: () => void = () => undefined;

    constructor(private readonly initial: Record<string, string> = {}) {
        this.set(initial);
    }

    get<Name extends SwitchName>(name: Name): (typeof switchTable)[Name]["values"][number] {
        return this.positions.get(name) ?? switchTable[name].values[0];
    }

    /** Throws 400 for a name or value that is not in the table; then nothing is set. */
    set(positions: Record<string, string>): void {
        for (const [name, value] of Object.entries(positions)) {
            const row = Object.hasOwn(switchTable, name)
                ? (switchTable[name as SwitchName] as Switch)
                : undefined;
            if (!row) {
                const names = Object.keys(switchTable).join(", ");
                throw new ApiError(400, "UnknownSwitch", `switch '${name}': there are ${names}`);
            }
            if (!row.values.includes(value)) {
                const values = row.values.join(", ");
                throw new ApiError(
                    400,
                    "UnknownSwitch",
                    `switch ${name}=${value}: takes ${values}`,
                );
            }
        }
        Object.entries(positions).forEach(([name, value]) =>
            this.positions.set(name, value as never),
        );
        this.onChange();
    }

    /** Back to where they were at the start. */
    reset(): void {
        this.positions.clear();
        this.set(this.initial);
    }

    all(): Record<SwitchName, string> {
        return Object.fromEntries(
            (Object.keys(switchTable) as SwitchName[]).map((name) => [name, this.get(name)]),
        ) as Record<SwitchName, string>;
    }
}
