import tseslint from "typescript-eslint";

export default tseslint.config(
    {
        ignores: [
            "node_modules/",
            ".sandbox/",
            ".engine/",
            "packs/",
            "packages/*/dist/",
            "test/fixtures/",
        ],
    },
    ...tseslint.configs.recommended,
    {
        rules: {
            "@typescript-eslint/no-unused-vars": [
                "error",
                { argsIgnorePattern: "^_", ignoreRestSiblings: true },
            ],
            curly: "error",
            eqeqeq: "error",
            "prefer-const": "error",
        },
    },
    {
        // The shells of the dynamic providers must require their implementation inside each method;
        // the pack CLI requires a command when it runs.
        files: ["packages/pack/cli/cli.ts", "**/*.js"],
        rules: { "@typescript-eslint/no-require-imports": "off" },
    },
);
