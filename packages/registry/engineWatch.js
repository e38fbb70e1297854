// Ends a process soon after the engine that it works for: the engine puts its plugins into process groups of their own, so a
// killed CLI leaves them alive, and what they have begun goes on beside the next run.
const { execFile } = require("node:child_process");
const { connect } = require("node:net");

const EVERY_MS = 1000;

/** The engine passes the address of its RPC endpoint to every plugin as an argument. */
const ADDRESS = /^127\.0\.0\.1:\d+$/;

/** Whether something listens at an address. */
function listens(address) {
    const [host, port] = address.split(":");
    return new Promise((resolve) => {
        const socket = connect({ host, port: Number(port) });
        socket.once("connect", () => resolve(true));
        socket.once("error", () => resolve(false));
        socket.once("close", () => socket.destroy());
        socket.once("connect", () => socket.destroy());
    });
}

/** Looks as long as this process lives, and is no reason for it to live on. */
function watch(address) {
    const parent = process.ppid;
    setInterval(async () => {
        // A process whose parent is gone gets another one; the engine's port may be another program's by then.
        if (process.ppid !== parent || !(await listens(address))) {
            process.exit(1);
        }
    }, EVERY_MS).unref();
}

/** In a plugin. Without an address it was started by hand, and there is no engine. */
exports.watchAsPlugin = () => {
    const address = process.argv.slice(2).find((argument) => ADDRESS.test(argument));
    if (address !== undefined) {
        watch(address);
    }
};

/**
 * The address of the engine that a command works for: the plugin of @pulumi/command is above it, and has the address.
 *
 * @returns undefined where it was started by hand, or processes cannot be listed.
 */
exports.engineOfCommand = () =>
    new Promise((resolve) => {
        const options = { maxBuffer: 2 ** 26 };
        execFile("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], options, (error, stdout) => {
            const processes = new Map();
            for (const line of (error ? "" : stdout).split("\n")) {
                const [pid, parent, ...args] = line.trim().split(/\s+/);
                processes.set(Number(pid), { parent: Number(parent), args });
            }
            let above = processes.get(process.ppid);
            while (above !== undefined && !above.args.some((one) => ADDRESS.test(one))) {
                above = processes.get(above.parent);
            }
            const isPlugin = above?.args.some((one) => /pulumi-resource-command/.test(one));
            resolve(isPlugin ? above.args.find((one) => ADDRESS.test(one)) : undefined);
        });
    });

/** In a command. */
exports.watchAsCommand = () => {
    void exports.engineOfCommand().then((address) => {
        if (address !== undefined) {
            watch(address);
        }
    });
};
