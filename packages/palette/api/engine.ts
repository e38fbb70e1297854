import { connect } from "node:net";

/** The address of the engine's RPC endpoint; the engine passes it to every plugin as an argument. */
const address = process.argv.slice(2).find((argument) => /^127\.0\.0\.1:\d+$/.test(argument));

/**
 * Ends this process when the engine that started it is gone. The engine puts plugins into a process
 * group of their own, so a killed CLI leaves them alive, and a leftover provider would go on changing
 * Palette while the next run is under way. Outside a plugin (tests) there is no engine to look for.
 */
export async function requireEngine(): Promise<void> {
    if (address === undefined) {
        return;
    }
    const [host, port] = address.split(":") as [string, string];
    const alive = await new Promise<boolean>((resolve) => {
        const socket = connect({ host, port: Number(port) });
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
        socket.once("close", () => socket.destroy());
        socket.once("connect", () => socket.destroy());
    });
    if (!alive) {
        process.exit(1);
    }
}
