// Parts of @pulumi/pulumi that it loads at every start, and that nothing here calls, are loaded when something does. This file
// comes before @pulumi/pulumi: `nodeargs` in Pulumi.yaml and the plugin load it.
//
// Gains: a process that loads the SDK takes 0.5 s of processor time in place of 1.5 s; `pulumi up` starts four.
// Assumes: @pulumi/pulumi has these modules and packages, and uses at load time none of what they export, all of it functions
// and classes.
// When that fails: a module that is not found is left to load as it does. One that is used at once loads at once.
const { createRequire } = require("node:module");
const { attempt } = require("./tricks");

const late = [
    // Functions as text in a stack's state; with them TypeScript's compiler and npm's dependency tree.
    "./runtime/closure/serializeClosure",
    "./runtime/closure/codePaths",
    "./automation",
    // What `pulumi up --tracing` reports with.
    "@opentelemetry/exporter-zipkin",
    "@opentelemetry/instrumentation",
    "@opentelemetry/instrumentation-grpc",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-trace-base",
    "@opentelemetry/sdk-trace-node",
];

for (const request of late) {
    attempt(`late loading of ${request}`, () => {
        const pulumi = createRequire(require.resolve("@pulumi/pulumi"));
        const file = pulumi.resolve(request);
        require.cache[file] ??= { id: file, filename: file, loaded: true, exports: whenUsed(file) };
    });
}

/** Stands for a module, of which all exports are functions and classes, until one of them is used. */
function whenUsed(file) {
    let exported;
    const load = () => {
        if (exported === undefined) {
            delete require.cache[file];
            exported = require(file);
        }
        return exported;
    };
    const standIn = (name) => {
        const proxy = new Proxy(function () {}, {
            apply: (_, self, args) => Reflect.apply(load()[name], self, args),
            construct: (_, args, target) =>
                Reflect.construct(load()[name], args, target === proxy ? load()[name] : target),
            get: (_, property) => load()[name][property],
        });
        return proxy;
    };
    // `import *` copies a module, name by name, that does not say `__esModule`.
    return new Proxy({}, { get: (_, name) => name === "__esModule" || standIn(name) });
}
