import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { finding, type Finding } from "../findings/finding";
import { rules, type RuleId, type Severity } from "../findings/ruleTable";
import { didYouMean } from "../format/nearest";
import { SETTINGS_FILE } from "../format/pathRules";
import { asText, isMapping, type Path } from "../format/sourceDocument";
import { parseYaml, type PositionedYaml } from "../format/yaml";

/** What the settings do with findings: another severity, or none at all. */
export interface Settings {
    /** What is wrong with the settings themselves. */
    findings: Finding[];
    apply(findings: readonly Finding[]): Finding[];
}

type Level = Severity | "off";

interface Override {
    levels: Map<RuleId, Level>;
    matchesPack: boolean;
    matchesFile: (file: string | undefined) => boolean;
}

/** Without these there is no pack to work with, so nobody can turn them off. */
const REQUIRED = new Set<string>([
    "pack-not-found",
    "archive-invalid",
    "limit-exceeded",
    "pack-json-missing",
    "pack-json-encoding",
    "pack-json-syntax",
    "pack-json-not-object",
    "name-missing",
    "name-invalid",
    "display-name-missing",
    "version-missing",
    "version-not-a-tag",
    "layer-missing",
    "layer-unknown",
    "values-missing",
    "settings-invalid",
]);

/**
 * Reads the settings of a pack: `palette-pack.yaml` in the pack's folder or in the nearest one above it, up to the
 * repository's. Undefined where there is none.
 */
export async function readSettings(packPath: string): Promise<Settings | undefined> {
    const path = findSettings(resolve(packPath));
    if (path === undefined) {
        return undefined;
    }
    const file = relative(resolve(packPath), path).replaceAll("\\", "/");
    const { document, problems } = parseYaml(file, readFileSync(path, "utf8"));
    const findings = problems.map(({ place, message }) =>
        finding("settings-invalid", place, `${SETTINGS_FILE} is not valid YAML: ${message}`),
    );
    const reader = new SettingsReader(document, findings);
    const packFromHere = relative(dirname(path), resolve(packPath)).replaceAll("\\", "/") || ".";
    const overrides = await reader.overrides(packFromHere);
    return { findings, apply: (list) => list.flatMap((found) => adjust(found, overrides)) };
}

class SettingsReader {
    constructor(
        private readonly document: PositionedYaml | undefined,
        private readonly findings: Finding[],
    ) {}

    async overrides(pack: string): Promise<Override[]> {
        const root = this.document?.value;
        if (root === undefined || root === null) {
            return [];
        }
        if (!isMapping(root)) {
            this.wrong(
                [],
                `${SETTINGS_FILE} must hold a mapping.`,
                "Write rules: and below it rules.",
            );
            return [];
        }
        this.knownKeys([], root, ["rules", "overrides"]);
        const everywhere = {
            levels: this.levels(["rules"], root.rules),
            matchesPack: true,
            matchesFile: () => true,
        };
        const list = root.overrides ?? [];
        if (!Array.isArray(list)) {
            this.wrong(
                ["overrides"],
                "overrides must be a list.",
                "Write - packs: … or - files: ….",
            );
            return [everywhere];
        }
        // Most settings have no patterns, and need nothing that understands them.
        const matcher = list.length > 0 ? (await import("picomatch")).default : undefined;
        const overrides = list.flatMap((item: unknown, index): Override[] => {
            const path = ["overrides", index];
            if (!isMapping(item)) {
                this.wrong(path, "An override must be a mapping.", "Write packs, files and rules.");
                return [];
            }
            this.knownKeys(path, item, ["packs", "files", "rules"]);
            const packs = this.patterns([...path, "packs"], item.packs);
            const files = this.patterns([...path, "files"], item.files);
            const matches = (patterns: string[] | undefined, text: string | undefined) =>
                patterns === undefined ||
                (text !== undefined && matcher!(patterns, { dot: true })(text));
            return [
                {
                    levels: this.levels([...path, "rules"], item.rules),
                    matchesPack: matches(packs, pack),
                    matchesFile: (file) => matches(files, file),
                },
            ];
        });
        return [everywhere, ...overrides];
    }

    private levels(path: Path, block: unknown): Map<RuleId, Level> {
        const levels = new Map<RuleId, Level>();
        if (block === undefined || block === null) {
            return levels;
        }
        if (!isMapping(block)) {
            this.wrong(path, `${path.at(-1)} must map rules to severities.`, "Write rule: off.");
            return levels;
        }
        for (const [rule, value] of Object.entries(block)) {
            const inner = [...path, rule];
            // YAML 1.1 reads off as false.
            const level = value === false ? "off" : asText(value);
            if (!Object.hasOwn(rules, rule)) {
                this.wrong(inner, `No rule is called ${rule}.`, didYouMeanRule(rule), "key");
            } else if (!/^(off|error|warning|info)$/.test(level)) {
                const help = "Write off, info, warning or error.";
                this.wrong(inner, `${rule} has no severity ${level}.`, help);
            } else if (REQUIRED.has(rule) && level !== "error") {
                const message = `${rule} cannot be anything but an error: no pack can be used that has it.`;
                this.wrong(inner, message, "Delete the line.", "key");
            } else {
                levels.set(rule as RuleId, level as Level);
            }
        }
        return levels;
    }

    private patterns(path: Path, value: unknown): string[] | undefined {
        if (value === undefined || value === null) {
            return undefined;
        }
        const list = Array.isArray(value) ? value : [value];
        if (list.every((item) => typeof item === "string")) {
            return list;
        }
        this.wrong(path, `${path.at(-1)} must be a list of patterns.`, 'Write ["legacy-*"].');
        return [];
    }

    private knownKeys(path: Path, block: Record<string, unknown>, known: readonly string[]): void {
        for (const key of Object.keys(block)) {
            if (known.includes(key)) {
                continue;
            }
            this.wrong([...path, key], `Key ${key} is unknown.`, didYouMean(key, known), "key");
        }
    }

    private wrong(path: Path, message: string, help: string, part?: "key"): void {
        const place = this.document?.place(path, part) ?? {};
        this.findings.push(finding("settings-invalid", place, message, { help }));
    }
}

/** What to do about a rule that does not exist. */
export function didYouMeanRule(rule: string): string {
    const help = didYouMean(rule, Object.keys(rules));
    return help.startsWith("Did") ? help : "palette-pack explain lists all rules.";
}

function findSettings(packPath: string): string | undefined {
    for (let folder = packPath; ; folder = dirname(folder)) {
        const path = join(folder, SETTINGS_FILE);
        if (existsSync(path)) {
            return path;
        }
        if (existsSync(join(folder, ".git")) || dirname(folder) === folder) {
            return undefined;
        }
    }
}

/** The last override that speaks of a finding decides. */
function adjust(found: Finding, overrides: readonly Override[]): Finding[] {
    const override = overrides.findLast(
        ({ levels, matchesPack, matchesFile }) =>
            matchesPack && levels.has(found.rule) && matchesFile(found.file),
    );
    const level = override?.levels.get(found.rule);
    if (level === undefined) {
        return [found];
    }
    return level === "off" ? [] : [{ ...found, severity: level }];
}
