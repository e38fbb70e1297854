import { dirname } from "node:path";

/**
 * Goes to the folder that the user is in: npm runs a script in the folder of its package. Nothing changes where a script
 * went elsewhere itself.
 */
export function goToCaller(): void {
    const { INIT_CWD, npm_package_json } = process.env;
    if (!INIT_CWD || !npm_package_json || process.cwd() !== dirname(npm_package_json)) {
        return;
    }
    try {
        process.chdir(INIT_CWD);
    } catch {
        // The folder is gone: paths stay relative to the package's.
    }
}
