// Ends this plugin soon after the engine that started it, which a killed CLI does not do: the engine passes the address of its
// RPC endpoint as an argument.
const { connect } = require("node:net");

const address = process.argv.slice(2).find((argument) => /^127\.0\.0\.1:\d+$/.test(argument));
const parent = process.ppid;

if (address !== undefined) {
    const [host, port] = address.split(":");
    setInterval(() => {
        if (process.ppid !== parent) {
            process.exit(1);
        }
        const socket = connect({ host, port: Number(port) }, () => socket.destroy());
        socket.once("error", () => process.exit(1));
    }, 1000).unref();
}
