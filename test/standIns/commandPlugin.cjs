/* eslint-disable @typescript-eslint/no-require-imports -- Node.js runs it as it is. */
// Stands for the plugin of @pulumi/command and the engine above it: `node commandPlugin.cjs pulumi-resource-command <address>`
// runs the push and serves the engine's log at the address; `deaf` as a third word serves nothing. Prints what came of it.
const { spawn } = require("node:child_process");
const { createRequire } = require("node:module");
const { EngineService } = require("@pulumi/pulumi/proto/engine_grpc_pb");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb.js");

// The one that the engine's messages are made for.
const { Server, ServerCredentials } = createRequire(require.resolve("@pulumi/pulumi"))(
    "@grpc/grpc-js",
);

const [, address, deaf] = process.argv.slice(2);
const heard = [];
let printed = "";

function run() {
    const child = spawn(process.execPath, [
        ...["--require", "./startup/typescript.js", "packages/registry/pushPacks.ts", "push"],
    ]);
    process.stdin.pipe(child.stdin);
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (text) => (printed += text));
    }
    child.on("close", (code) => {
        console.log(JSON.stringify({ code, printed, heard }));
        process.exit();
    });
}

if (deaf) {
    run();
} else {
    const engine = new Server();
    const unused = () => undefined;
    engine.addService(EngineService, {
        log({ request }, answer) {
            heard.push(request.getMessage());
            answer(null, new Empty());
        },
        ...{ getRootResource: unused, setRootResource: unused },
        ...{ startDebugging: unused, requirePulumiVersion: unused },
    });
    engine.bindAsync(address, ServerCredentials.createInsecure(), run);
}
