// Bundles what index.ts is made of, the providers and the push into a file each: `npm pack` runs it.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePackage } from "../pack/bundle.mjs";

const folder = path.dirname(fileURLToPath(import.meta.url));
const options = {
    define: { BUNDLED_AS: JSON.stringify("palette-stack") },
    // The user's own: two SDKs of Pulumi in one program would not know each other.
    external: ["@pulumi/*", "valibot"],
};
await bundlePackage({
    folder,
    bundles: {
        "index.js": { entry: "../../components/index.ts", ...options },
        "provider.js": { entry: "provider.ts", ...options },
        "push.js": { entry: "../registry/pushPacks.ts", ...options },
    },
    types: "../../components/index.ts",
    rootDir: path.dirname(path.dirname(folder)),
});
