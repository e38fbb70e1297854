import { setTimeout as sleep } from "node:timers/promises";
import { control } from "../../scripts/sandbox";
import { descendantsOf, kill, type TestEnvironment, type TestStack } from "./environment";

/**
 * Starts the CLI, and kills it with its plugins when Palette, or another service, has acted on a call and not answered yet.
 *
 * @param whom The CLI alone leaves its plugins to themselves.
 * @throws Error when the run ends before it gets there.
 */
export async function killAtCall(
    environment: TestEnvironment,
    stack: TestStack,
    args: string[],
    call: { service?: string; method?: string; route: string },
    whom: "all" | "cli" = "all",
): Promise<void> {
    const fault = { service: "palette", ...call, nth: 1, action: "hangAfter" };
    await control(environment.sandbox, "POST", "/faults", fault);
    const child = stack.start(args);
    child.stdout!.resume();
    child.stderr!.resume();
    const end = new Promise((resolve) => child.once("close", resolve));
    for (;;) {
        type Faults = { items: { hit: number }[] };
        const { items } = await control<Faults>(environment.sandbox, "GET", "/faults");
        if (items.some(({ hit }) => hit > 0)) {
            break;
        }
        if (child.exitCode !== null) {
            throw new Error("the run ended before it got there");
        }
        await sleep(50);
    }
    const children = descendantsOf(child.pid!);
    environment.orphans.push(...children);
    [child.pid!, ...(whom === "all" ? children.map(({ pid }) => pid) : [])].forEach(kill);
    await control(environment.sandbox, "DELETE", "/faults");
    await end;
}
