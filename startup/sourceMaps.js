// Pulumi has set up the library source-map-support, which reads the source maps of every JavaScript file in a stack trace, and
// the SDK makes a stack trace of every resource. Only the lines of TypeScript are of use, and tsx has told Node.js of these.
//
// Gains: half the processor time of 20 resources (0.15 s in place of 0.30 s).
// Assumes: @pulumi/pulumi has loaded source-map-support, whose documented `install` takes over where maps come from.
// When that fails: the library maps the lines of the SDK's own sources, too.
const { createRequire, findSourceMap } = require("node:module");
const { attempt } = require("./tricks");

attempt("source maps of TypeScript alone", () => {
    const pulumi = createRequire(require.resolve("@pulumi/pulumi"));
    const file = pulumi.resolve("source-map-support");
    // Where Pulumi has not loaded it, Node.js maps the lines by itself.
    require.cache[file]?.exports.install({
        overrideRetrieveSourceMap: true,
        retrieveSourceMap: (source) => {
            const map = source.endsWith(".ts") ? findSourceMap(source) : undefined;
            return map === undefined ? null : { url: source, map: map.payload };
        },
    });
});
