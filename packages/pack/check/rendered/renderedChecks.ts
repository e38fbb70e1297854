import { finding, type Finding } from "../../findings/finding";
import type { Pack } from "../../format/pack";
import { isMapping, valueAt } from "../../format/sourceDocument";
import type { Layer } from "../../format/schema";
import { valuesWith, ValuesError, type Preset } from "../../format/values";
import { DEFAULT_KUBE_VERSION, packRenderer } from "../../render/renderPack";
import type { PackContext } from "../context";
import { readHelmMessage, renderFailure } from "./helmFailure";
import { imageFindings } from "./images";
import { objectFindings } from "./objects";

/** How a check renders. */
export interface CheckRendering {
    /** Path of Helm 3. */
    helm: string;
    /** Version of Kubernetes that charts see and objects are checked for, without a `v`. */
    kubeVersion?: string;
}

/**
 * Renders charts and manifests with the pack's values and with each preset, and checks what comes out. The result has
 * what was known before, too, but for what Helm's own words say better.
 *
 * @param findings What is known already: what has an error is not rendered, because its mistake is reported.
 */
export async function renderedFindings(
    context: PackContext,
    findings: readonly Finding[],
    { helm, kubeVersion = DEFAULT_KUBE_VERSION }: CheckRendering,
): Promise<Finding[]> {
    const pack = renderable(context, findings);
    if (!pack) {
        return [...findings];
    }
    const render = packRenderer(pack, { helm, kubeVersion });
    const rendering = await render();
    const reported = rendering.problems.map((problem) => renderFailure(context, problem));
    const failed = new Set(rendering.problems.map(({ source }) => source));
    const seen = new Set(rendering.documents.map(({ text }) => text));
    const documents = [...rendering.documents];
    for (const preset of presetsOf(context)) {
        const values = valuesOfPreset(pack, preset);
        if (!values) {
            continue;
        }
        const { documents: added, problems } = await render(values);
        for (const { source, message } of problems) {
            if (failed.has(source)) {
                continue;
            }
            const { reason } = readHelmMessage(message);
            const text = `With preset ${preset.name}, Helm cannot render ${source}: ${reason}.`;
            const place = context.presets!.place(["presets", preset.index]);
            reported.push(finding("preset-render-failed", place, text));
        }
        for (const document of added) {
            if (seen.has(document.text)) {
                continue;
            }
            seen.add(document.text);
            reported.push(
                ...objectFindings(context, [document], kubeVersion).filter(isNew(reported)),
            );
            documents.push(document);
        }
    }
    reported.push(
        ...objectFindings(context, rendering.documents, kubeVersion).filter(isNew(reported)),
    );
    // Where something could not be rendered, its images are not known.
    if (reported.every(({ rule }) => !rule.endsWith("render-failed"))) {
        reported.push(...imageFindings(context, documents));
    }
    const isFailure = ({ rule }: Finding) => rule === "render-failed";
    const left = findings.filter(
        (diagnostic) =>
            diagnostic.rule !== "chart-value-unknown" ||
            !reported.some((failure) => isFailure(failure) && isSamePlace(failure, diagnostic)),
    );
    return [...left, ...reported.filter((diagnostic) => !isReportedAlready(diagnostic, findings))];
}

function isNew(reported: readonly Finding[]): (found: Finding) => boolean {
    return (found) =>
        !reported.some(({ rule, message }) => rule === found.rule && message === found.message);
}

function isSamePlace(a: Finding, b: Finding): boolean {
    return a.file === b.file && a.line === b.line;
}

/** Rules that look at manifests before they are rendered, and say the same of some. */
function isReportedAlready(found: Finding, findings: readonly Finding[]): boolean {
    if (found.rule === "object-incomplete") {
        return findings.some(
            ({ rule, file }) => rule === "manifest-not-object" && file === found.file,
        );
    }
    return (
        found.rule === "object-field-unknown" &&
        findings.some((candidate) => isSamePlace(candidate, found))
    );
}

/** Rules of which a finding explains why something is not rendered, or not as it is meant. */
const EXPLAINED =
    /^(chart-(template|metadata|archive|name|dependency|defaults|value)|values-|manifest-(template|value|yaml|name|empty|missing)|template-|name-|version-missing|layer-)/;

/** The pack with what of its charts and manifests no finding speaks of; undefined where nothing is left. */
function renderable(context: PackContext, findings: readonly Finding[]): Pack | undefined {
    const { packJson, source, values, charts, manifests } = context;
    const { name, version } = packJson;
    if (!values || typeof name !== "string" || typeof version !== "string") {
        return undefined;
    }
    if (findings.some(({ rule }) => /^values-/.test(rule))) {
        return undefined;
    }
    const broken = findings.filter(({ rule }) => EXPLAINED.test(rule));
    const isFine = (input: { listed: string; place: Finding | object; path: string }) => {
        const { line } = input.place as Finding;
        return !broken.some(
            ({ file, line: other, rule }) =>
                file === input.path ||
                (file === "pack.json" && other === line) ||
                (file === values.file && /^chart-value-shape/.test(rule)),
        );
    };
    const listed = {
        charts: charts.filter((chart) => chart.chart && isFine(chart)).map((chart) => chart.listed),
        kubeManifests: manifests
            .filter((manifest) => manifest.file && isFine(manifest))
            .map((manifest) => manifest.listed),
    };
    if (listed.charts.length + listed.kubeManifests.length === 0) {
        return undefined;
    }
    return {
        name,
        version,
        layer: packJson.layer as Layer,
        displayName: String(packJson.displayName),
        packJson: { ...packJson, ...listed },
        values: values.text,
        files: source.files,
        source: { kind: source.kind, path: source.path },
        close: () => undefined,
    };
}

type IndexedPreset = Preset & { index: number };

/** The presets that change something, with their places in the list; those with another mistake left out. */
function presetsOf({ presets }: PackContext): IndexedPreset[] {
    const list = valueAt(presets?.value, ["presets"]);
    if (!Array.isArray(list)) {
        return [];
    }
    return list.flatMap((preset: unknown, index) => {
        if (!isMapping(preset) || typeof preset.name !== "string") {
            return [];
        }
        const { add, remove } = preset;
        if (add !== undefined && add !== null && typeof add !== "string") {
            return [];
        }
        if (remove !== undefined && remove !== null && !Array.isArray(remove)) {
            return [];
        }
        return [{ ...(preset as unknown as Preset), index }];
    });
}

/** The pack's values with one preset; undefined for one that cannot be applied. */
function valuesOfPreset(pack: Pack, preset: IndexedPreset): { value: unknown } | undefined {
    try {
        return { value: valuesWith(pack.values, [preset], [preset.name]) };
    } catch (error) {
        if (!(error instanceof ValuesError)) {
            throw error;
        }
        return undefined;
    }
}
