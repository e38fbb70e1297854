import { finding, type Finding } from "../findings/finding";

/** Why a path cannot be in a pack, or undefined. */
export function unsafeReason(path: string): string | undefined {
    const shown = JSON.stringify(path);
    if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) {
        return `${shown} is absolute`;
    }
    if (path.includes("\\")) {
        return `${shown} has a backslash`;
    }
    if (path.split("/").includes("..")) {
        return `${shown} leads out of the pack`;
    }

    if (/[\u0000-\u001f\u007f]/.test(path)) {
        return `${shown} has a control character`;
    }
    if (path.includes("\ufffd")) {
        return `${shown} is not UTF-8`;
    }
    return undefined;
}

/** The check's settings; at the top of a pack's folder they are the author's, and no part of the pack. */
export const SETTINGS_FILE = "palette-pack.yaml";

/**
 * Files that systems, editors and version control leave behind, and archives built earlier. They
 * are left out of what is built.
 */
export function isJunk(path: string): boolean {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!path.includes("/") && name.endsWith(".tar.gz")) {
        return true;
    }
    return /^(\.git.*|\.DS_Store|\._.*|__MACOSX|Thumbs\.db|.*\.orig|.*\.swp|.*~)$/.test(name);
}

export function junk(path: string): Finding {
    const help = "It is left out of the archive; delete it.";
    return finding("junk-file", { file: path }, `${path} does not belong in a pack.`, { help });
}

export function link(path: string, what: string): Finding {
    const help = "Put a copy of the file there.";
    return finding("link-in-pack", { file: path }, `${path} ${what}, which is not portable.`, {
        help,
    });
}

/** Paths that fall together on file systems that ignore letter case or Unicode composition. */
export function collisions(files: readonly { path: string }[]): Finding[] {
    const first = new Map<string, string>();
    return files.flatMap(({ path }) => {
        const folded = path.normalize("NFC").toLowerCase();
        const earlier = first.get(folded);
        if (earlier === undefined) {
            first.set(folded, path);
            return [];
        }
        const message = `${path} and ${earlier} are the same file where letter case does not count.`;
        return [finding("path-collision", { file: path }, message)];
    });
}
