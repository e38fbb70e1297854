// The order of the rooms: an arrow may only go down. `npm test` runs this.
const rooms = [
    "index.ts",
    "packages/stack",
    "components/index.ts",
    "components/clusters",
    "components/preflight",
    "components/profiles",
    "components/packs",
    "components/registries",
    "components/config",
    "packages/palette",
    "packages/registry",
    "packages/pack",
];
const upward = rooms.slice(1).map((room, index) => ({
    name: `${room} knows no room above it`,
    severity: "error",
    from: { path: `^${room}(/|$)` },
    to: {
        path: rooms
            .slice(0, index + 1)
            .map((above) => `^${above}(/|$)`)
            .join("|"),
    },
}));
module.exports = {
    forbidden: [
        ...upward,
        { name: "no circles of files", severity: "error", from: {}, to: { circular: true } },
        {
            name: "sandbox knows nothing of the product",
            severity: "error",
            from: { path: "^sandbox/" },
            to: { path: "^(components|packages|startup|index)" },
        },
        {
            name: "the product knows nothing of sandbox, scripts and tests",
            severity: "error",
            from: { path: "^(components|packages|startup|index)" },
            to: { path: "^(sandbox|scripts|test|engine)/" },
        },
    ],
    options: {
        doNotFollow: { path: "node_modules" },
        tsPreCompilationDeps: true,
        tsConfig: { fileName: "tsconfig.json" },
        exclude: "node_modules",
    },
};
