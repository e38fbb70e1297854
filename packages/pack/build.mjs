// Bundles the command into one file and the entry for programs into another, with all they need: `npm pack` runs it.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePackage } from "./bundle.mjs";

const folder = path.dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
const define = { PACK_VERSION: JSON.stringify(version) };
await bundlePackage({
    folder,
    bundles: {
        "palette-pack.js": { entry: "cli/main.ts", define, banner: { js: "#!/usr/bin/env node" } },
        "index.js": { entry: "index.ts", define },
    },
    types: "index.ts",
    rootDir: folder,
});
