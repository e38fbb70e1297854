import { basename, resolve } from "node:path";
import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { isSemver } from "../../format/schema";
import type { RuleCheck } from "./ruleCheck";

/** Rules on names and versions that stand in more than one place. */
export const identityChecks: RuleCheck[] = [folderVersion, chartMetadata];

/** A pack that has name and version of one that was checked before it. */
export function* duplicatePack(
    { source, json, packJson: { name, version } }: PackContext,
    checked: Map<string, string>,
): Iterable<Finding> {
    if (!json || typeof name !== "string" || typeof version !== "string") {
        return;
    }
    const id = JSON.stringify([name, version]);
    const earlier = checked.get(id);
    if (earlier === undefined) {
        checked.set(id, source.path);
    } else if (resolve(earlier) !== resolve(source.path)) {
        const message = `${earlier} is ${name} ${version}, too: a registry holds one of them.`;
        const help = "Give one of the two another name or version.";
        yield finding("pack-duplicate", json.place(["name"]), message, { help });
    }
}

function* folderVersion({
    source,
    json,
    packJson: { name, version },
}: PackContext): Iterable<Finding> {
    if (
        source.kind !== "folder" ||
        !json ||
        typeof name !== "string" ||
        typeof version !== "string"
    ) {
        return;
    }
    const folder = basename(resolve(source.path));
    if (!folder.startsWith(`${name}-`)) {
        return;
    }
    const said = folder.slice(name.length + 1);
    if (!/^v?\d+(\.\d+)+/.test(said) || said.replace(/^v/, "") === version.replace(/^v/, "")) {
        return;
    }
    const message = `The folder ${folder} says version ${said}, pack.json says ${version}.`;
    const help = "Correct the one that is wrong.";
    yield finding("folder-version", json.place(["version"]), message, { help });
}

/** The form of versions that Helm accepts: parts may be missing, and a v may lead. */
const LOOSE_VERSION =
    /^v?(0|[1-9]\d*)(\.(0|[1-9]\d*))?(\.(0|[1-9]\d*))?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

function* chartMetadata({ charts }: PackContext): Iterable<Finding> {
    for (const { listed, place, chart } of charts) {
        if (!chart) {
            continue;
        }
        const again = "Correct it in Chart.yaml and package the chart again.";
        if (!LOOSE_VERSION.test(chart.version)) {
            const what =
                chart.version === "" ? "has no version" : `has the version ${chart.version}`;
            const message = `${listed}: Chart.yaml ${what}, which Helm refuses.`;
            yield finding("chart-metadata-invalid", place, message, { help: again });
        } else if (chart.type === "library") {
            const message = `${listed} is a library chart, which Helm does not install.`;
            const help =
                "List the chart that uses it; a library belongs in that chart's charts folder.";
            yield finding("chart-metadata-invalid", place, message, { help });
        }
        const file = basename(listed).replace(/\.tgz$/, "");
        const said = file.startsWith(`${chart.name}-`) ? file.slice(chart.name.length + 1) : "";
        if (!isSemver(said) || said === chart.version) {
            continue;
        }
        const message = `${listed} holds version ${chart.version} of the chart ${chart.name}.`;
        const help = "Rename the archive, or put the version there that its name says.";
        yield finding("chart-archive-name", place, message, { help });
    }
}
