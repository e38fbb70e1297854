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

/** In a command that the plugin of @pulumi/command runs: the plugin is above it, and has the address. */
exports.watchAsCommand = () => {
    execFile("ps", ["-A", "-o", "pid=,ppid=,args="], { maxBuffer: 2 ** 26 }, (error, stdout) => {
        const processes = new Map();
        for (const line of (error ? "" : stdout).split("\n")) {
            const [pid, parent, ...args] = line.trim().split(/\s+/);
            processes.set(Number(pid), { parent: Number(parent), args });
        }
        let above = processes.get(process.ppid);
        while (above !== undefined && !above.args.some((one) => ADDRESS.test(one))) {
            above = processes.get(above.parent);
        }
        if (above?.args.some((one) => /pulumi-resource-command/.test(one))) {
            watch(above.args.find((one) => ADDRESS.test(one)));
        }
    }).unref();
};
