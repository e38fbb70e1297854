// Parts of @pulumi/pulumi that it loads at every start, and that nothing here calls, are loaded when something does. They
// take two thirds of its processor time: 0.5 s in the program and in the dynamic provider, each started twice by `pulumi up`.
// To be loaded before @pulumi/pulumi: by `nodeargs` in Pulumi.yaml and by palette/plugin.
const { createRequire } = require("node:module");

const pulumi = createRequire(require.resolve("@pulumi/pulumi"));

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
    const file = pulumi.resolve(request);
    require.cache[file] ??= { id: file, filename: file, loaded: true, exports: whenCalled(file) };
}

/** Stands for a module of which all exports are functions and classes, until one of them is used. */
function whenCalled(file) {
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
