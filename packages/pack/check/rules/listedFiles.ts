import { fileListKeys, type ListedFile, type PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the files that pack.json lists, and on those that it should list. */
export const listedFileRules: RuleCheck[] = [
    listTypes,
    listedPaths,
    listedTwice,
    nothingToDeploy,
    unlisted,
];

/** The two lists of pack.json under the key that it uses for them, possibly a misspelt one. */
function lists({ packJson }: PackContext): { key: string; list: unknown }[] {
    return Object.values(fileListKeys).flatMap((spellings) => {
        const key = spellings.find((spelling) => Object.hasOwn(packJson, spelling));
        return key === undefined ? [] : [{ key, list: packJson[key] }];
    });
}

function* listTypes(pack: PackContext): Iterable<Finding> {
    for (const { key, list } of lists(pack)) {
        if (!pack.json) {
            return;
        }
        const help = 'Write ["folder/file"].';
        if (!Array.isArray(list)) {
            const message = `${key} must be a list of paths.`;
            yield finding("file-list-type", pack.json.place([key]), message, { help });
            continue;
        }
        for (const [index, item] of list.entries()) {
            if (isPath(item)) {
                continue;
            }
            const message = `${key}[${index}] must be a path.`;
            yield finding("file-list-type", pack.json.place([key, index]), message, { help });
        }
    }
}

function* listedPaths(pack: PackContext): Iterable<Finding> {
    for (const [list, rule] of [
        [pack.charts, "chart-missing"],
        [pack.manifests, "manifest-missing"],
    ] as const) {
        const name = list === pack.charts ? "charts" : "kubeManifests";
        for (const listed of list) {
            if (listed.listed === "" || listed.file) {
                continue;
            }
            yield absentFile(pack, listed, name, rule);
        }
    }
}

function* listedTwice({ charts, manifests }: PackContext): Iterable<Finding> {
    for (const list of [charts, manifests]) {
        const first = new Map<string, number | undefined>();
        for (const { path, listed, place } of list) {
            if (first.has(path)) {
                const message = `${listed} is listed twice.`;
                const help = `Delete one; the other is in line ${first.get(path)}.`;
                yield finding("file-listed-twice", place, message, { help });
            } else {
                first.set(path, place.line);
            }
        }
    }
}

function absentFile(
    { source, files, charts, manifests }: PackContext,
    { listed, path, place }: ListedFile,
    name: string,
    rule: "chart-missing" | "manifest-missing",
): Finding {
    const unsafe =
        path.startsWith("/") ||
        path.includes("\\") ||
        /^[A-Za-z]:/.test(path) ||
        path.split("/").includes("..");
    if (unsafe) {
        const message = `${listed} must be a relative path with forward slashes inside the pack.`;
        const meant = path.replace(/\\/g, "/").replace(/^([A-Za-z]:)?\/+/, "");
        const help = files.has(meant) ? { help: `Write ${meant}.` } : {};
        return finding("path-unsafe", place, message, help);
    }
    const folder = `${path.replace(/\/+$/, "")}/`;
    if (source.files.some((file) => file.path.startsWith(folder))) {
        if (rule === "manifest-missing") {
            const help = "List each manifest of the folder.";
            return finding(rule, place, `${listed} is a folder, not a manifest.`, { help });
        }
        const help = `Run helm package ${listed} and list the .tgz file.`;
        return finding("chart-not-packaged", place, `${listed} is a folder.`, { help });
    }
    if (/[*?[\]{}]/.test(path)) {
        const help = "List each file: patterns are not expanded.";
        return finding(rule, place, `${listed} is a pattern, not a file.`, { help });
    }
    const unpacked = /^(.*\/)?([^/]+?)(-v?\d[^/]*)?\.tgz$/.exec(path);
    const chartFolder = unpacked && `${unpacked[1] ?? ""}${unpacked[2]}`;
    if (rule === "chart-missing" && files.has(`${chartFolder}/Chart.yaml`)) {
        const message = `${listed} is not in the pack, but its unpacked folder is.`;
        const help = `Package the folder: helm package ${chartFolder}, and put the .tgz there.`;
        return finding(rule, place, message, { help });
    }
    const paths = [...files.keys()];
    const other = paths.find((known) => known.toLowerCase() === path.toLowerCase());
    if (other !== undefined) {
        const message = `${listed} exists only with different letter case.`;
        return finding("path-case-mismatch", place, message, {
            help: `Write ${other}.`,
            fix: { remove: listed, insert: other },
        });
    }
    const taken = new Set([...charts, ...manifests].map((entry) => entry.path));
    const free = paths.filter((known) => !taken.has(known));
    const near = nearest(path, free);
    const moved = free.find((known) => sameBase(known, path));
    const meant = moved ?? near;
    const help = /^\w+:\/\//.test(path)
        ? { help: "Put the file into the pack and list its path: nothing is downloaded." }
        : meant
          ? { help: `Did you mean ${meant}?` }
          : {};
    const shown = listed === listed.trim() ? listed : JSON.stringify(listed);
    return finding(rule, place, `${name} lists ${shown}, which is not in the pack.`, help);
}

function listsNothing(pack: PackContext): boolean {
    return lists(pack).every(({ list }) => Array.isArray(list) && list.length === 0);
}

function* nothingToDeploy(pack: PackContext): Iterable<Finding> {
    if (!pack.json || Object.keys(pack.packJson).length === 0 || !listsNothing(pack)) {
        return;
    }
    // An operating system is an image, which annotations name.
    if (pack.packJson.layer === undefined || pack.packJson.layer === "os") {
        return;
    }
    const candidates = deployable(pack);
    const help = candidates.length
        ? `List ${candidates.slice(0, 3).join(", ")}.`
        : "List charts or kubeManifests.";
    const severity = pack.packJson.layer === "addon" ? "error" : "warning";
    const message = "The pack deploys nothing: it lists neither charts nor manifests.";
    yield finding("nothing-to-deploy", pack.json.place([]), message, { help, severity });
}

/**
 * Files that look like something to deploy. Archives below an unpacked chart are that chart's
 * dependencies.
 */
function deployable({ source }: PackContext): string[] {
    return source.files
        .map(({ path }) => path)
        .filter(
            (path) => /^manifests\/.*\.ya?ml$/.test(path) || /^(charts\/)?[^/]+\.tgz$/.test(path),
        );
}

function* unlisted(pack: PackContext): Iterable<Finding> {
    if (!pack.json || listsNothing(pack)) {
        return;
    }
    // What is wrong in a list is reported, and may mean any file.
    if (lists(pack).some(({ list }) => !Array.isArray(list) || !list.every(isPath))) {
        return;
    }
    const listed = new Set(
        [...pack.charts, ...pack.manifests].map(({ path }) => path.toLowerCase()),
    );
    // A misspelt entry is reported where it stands; the file it meant needs no second finding.
    const absent = [...pack.charts, ...pack.manifests].filter(({ file }) => !file);
    const patterned = absent.some(({ path }) => /[*?[\]{}]/.test(path));
    for (const path of deployable(pack)) {
        const inListed = absent.some((entry) => path.startsWith(entry.path.replace(/\/*$/, "/")));
        if (patterned || inListed) {
            continue;
        }
        if (listed.has(path.toLowerCase())) {
            continue;
        }
        if (absent.some((entry) => nearest(entry.path, [path]) || sameBase(entry.path, path))) {
            continue;
        }
        const message = `${path} is in the pack, but pack.json does not list it.`;
        const help = "List it or delete it.";
        yield finding("file-unlisted", { file: path }, message, { help });
    }
}

/** Whether two paths have one file name, with or without the extension of a manifest or chart. */
function sameBase(a: string, b: string): boolean {
    const base = (path: string) => path.replace(/^.*\//, "").replace(/\.(ya?ml|tgz)$/, "");
    return base(a) === base(b);
}

function isPath(item: unknown): boolean {
    return typeof item === "string" && item !== "";
}
