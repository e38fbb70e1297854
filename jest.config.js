/** @type {import("jest").Config} */
module.exports = {
    testMatch: [`<rootDir>/test/**/*.${process.env.LONG ? "long" : "test"}.ts`],
    modulePathIgnorePatterns: ["<rootDir>/.sandbox", "<rootDir>/.engine"],
    transform: {
        "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }],
    },
    // Runs of the real engine mostly wait for its processes.
    maxWorkers: "100%",
    testTimeout: 60_000,
};
