import { finding, type Finding, type SourceLocation } from "../../findings/finding";
import { nearest } from "../../format/nearest";
import { isMapping, placeInText, valueAt, type Path } from "../../format/sourceDocument";
import type { RenderProblem } from "../../render/renderPack";
import { readYamlDocuments } from "../../format/yamlDocuments";
import { yamlFault } from "../../format/yamlMessages";
import type { ListedManifest, PackContext } from "../context";

/** Why Helm does not render something: its words, and what they are about. */
export interface HelmFailure {
    /** What is wrong, without the names of Helm's own functions around it. */
    reason: string;
    /** Template and line, where Helm says them. */
    template?: { path: string; line: number };
    /** Path of the value below the chart's or manifest's values. */
    value?: string[];
    help?: string;
    /** Whether the template was rendered, and to something else than YAML. */
    notYaml?: boolean;
}

/** Understands a message of Helm 3. */
export function readHelmMessage(message: string): HelmFailure {
    const schema = /values don't meet the specifications of the schema/.test(message);
    if (schema) {
        return schemaFailure(message);
    }
    const version =
        /chart requires kubeVersion: (.*?) which is incompatible with Kubernetes v?(\S+)/.exec(
            message,
        );
    if (version) {
        const [, wanted, actual] = version;
        return {
            reason: `it wants Kubernetes ${wanted}, and is rendered for ${actual}`,
            help: "Name the version of your clusters with --kube-version, or take another version of the chart.",
        };
    }
    const head = /cannot unmarshal (\w+) into Go struct field SimpleHead\.(\w+)/.exec(message);
    if (head) {
        const actual = head[1] === "array" ? "a list" : `a ${head[1]}`;
        return { reason: `${head[2]} of an object is ${actual} instead of a mapping` };
    }
    const where =
        /(?:^|[\s(:])([\w.-]+\/(?:charts\/[\w.-]+\/)*templates\/[^\s:()]+)(?:[:]|\): )?(\d+)?/.exec(
            message,
        );
    const yaml = /error converting YAML to JSON: (?:yaml: )?(?:line (\d+): )?(.*)/.exec(message);
    if (yaml && where) {
        return {
            reason: `${templatePath(where[1] as string)} renders to what is not YAML`,
            notYaml: true,
            help: "Look at indentation and quotes around the values that it prints.",
        };
    }
    const value = /<\$?(?:\.Values)((?:\.[\w-]+)+)>/.exec(message)?.[1];
    // The last part is the cause; what is before it says where.
    const said = message.replace(/\s+/g, " ");
    const cause =
        /error calling (?:fail|required): (.*)$/.exec(said)?.[1] ??
        said.replace(/^.*?at <[^>]*>: /, "");
    const reason = cause
        .replace(/^execution error at \([^)]*\): /, "")
        .replace(/^(?:template|parse error at): ?/, "")
        .replace(/^.*: executing "[^"]*" at <[^>]*>: /, "");
    return {
        reason: readable(reason),
        ...(where?.[2] ? { template: { path: where[1] as string, line: Number(where[2]) } } : {}),
        ...(value ? { value: value.slice(1).split(".") } : {}),
    };
}

function readable(reason: string): string {
    const nil = /nil pointer evaluating interface \{\}\.(\S+)/.exec(reason);
    if (nil) {
        return `it reads ${nil[1]} of a value that is not there`;
    }
    const field = /can't evaluate field (\S+) in type (?:interface \{\}|\S+)/.exec(reason);
    if (field) {
        return `it reads ${field[1]} of a value that is no mapping`;
    }
    return reason.replace(/\.$/, "");
}

/** Helm up to 3.17 writes "- a.b: Invalid type. Expected: integer, given: string", later ones "- at '/a/b': got …". */
function schemaFailure(message: string): HelmFailure {
    const line = message
        .split("\n")
        .map((text) => /^- (?:at '([^']*)': (.*)|([\w.()-]+): (.*))$/.exec(text.trim()))
        .find((match) => match !== null);
    if (!line) {
        const last = message.trim().split("\n").at(-1)?.trim() ?? "";
        const help = "Correct values.schema.json in the chart, and package it again.";
        return {
            reason: `its values.schema.json cannot be used: ${last.replace(/\.$/, "")}`,
            help,
        };
    }
    const pointer = line[1]?.split("/").slice(1) ?? (line[3] ?? "").split(".");
    const value = pointer.filter((step) => step !== "" && step !== "(root)");
    const said = (line[2] ?? line[4] ?? "").replace(/\.$/, "");
    const shown = value.length > 0 ? `${value.join(".")}: ` : "";
    const extra = /additional propert(?:y|ies) '([^']+)'|Additional property (\S+)/i.exec(said);
    const name = extra?.[1] ?? extra?.[2];
    return {
        reason: `its values.schema.json does not allow the values: ${shown}${said}`,
        value: name ? [...value, name] : value,
    };
}

function templatePath(path: string): string {
    return path.replace(/^[^/]+\//, "");
}

/** The finding of what Helm cannot render with the pack's own values. */
export function renderFailure(
    pack: PackContext,
    { source, valuesPath, message }: RenderProblem,
): Finding {
    const failure = readHelmMessage(message);
    const isManifest = valuesPath[0] === "manifests";
    const listed = [...pack.charts, ...pack.manifests].find((file) => file.listed === source);
    const { template } = failure;
    const broken =
        isManifest && failure.notYaml ? manifestFault(listed as ListedManifest) : undefined;
    if (broken) {
        const text = `${source} renders to what is not YAML: ${broken.message}`;
        return finding("render-failed", broken.place, text);
    }
    const inTemplate = template
        ? isManifest
            ? ""
            : `${templatePath(template.path)}, line ${template.line}: `
        : "";
    const place =
        isManifest && template && listed
            ? { file: listed.path, line: template.line, column: 1 }
            : (valuePlace(pack, valuesPath, failure.value) ?? listed?.place ?? {});
    const text = `Helm cannot render ${source} with the pack's values: ${inTemplate}${failure.reason}.`;
    const help = failure.help ?? valueHelp(pack, valuesPath, failure.value);
    return finding("render-failed", place, text, help ? { help } : {});
}

/** The value that Helm speaks of, or the nearest mapping around it that is there. */
function valuePlace(
    { values, valuesRoot }: PackContext,
    block: Path,
    value: readonly string[] | undefined,
): SourceLocation | undefined {
    if (!values || value === undefined) {
        return undefined;
    }
    for (let length = value.length; length >= 0; length -= 1) {
        const path = [...block, ...value.slice(0, length)];
        if (valueAt(valuesRoot, path) === undefined) {
            continue;
        }
        return values.place(path, "key");
    }
    return undefined;
}

function valueHelp(
    { valuesRoot }: PackContext,
    block: Path,
    value: readonly string[] | undefined,
): string | undefined {
    if (!value || value.length === 0) {
        return undefined;
    }
    const path = [...block, ...value];
    if (valueAt(valuesRoot, path) !== undefined) {
        return `Correct ${path.join(".")} in values.yaml.`;
    }
    const parent = valueAt(valuesRoot, path.slice(0, -1));
    const near = isMapping(parent)
        ? nearest(value.at(-1) as string, Object.keys(parent))
        : undefined;
    return near
        ? `values.yaml has ${near} there: rename it to ${value.at(-1)}.`
        : `Set ${path.join(".")} in values.yaml.`;
}

/** Where a manifest is not YAML, seen with something harmless in the place of its template's actions. */
function manifestFault({
    path,
    text = "",
}: ListedManifest): { place: SourceLocation; message: string } | undefined {
    const separator = /^--[ \t]*$/m.exec(text);
    if (separator) {
        const message = "-- separates nothing; documents are separated by ---.";
        return { place: placeInText(path, text, separator.index), message };
    }
    const masked = text.replace(
        /^([ \t]*)\{\{(?:[^}]|\}(?!\}))*\}\}[ \t]*$|\{\{(?:[^}]|\}(?!\}))*\}\}/gm,
        (action, lone) => action.replace(/[^\n]/g, lone === undefined ? "x" : " "),
    );
    try {
        const [error] = readYamlDocuments(masked).flatMap(({ errors }) => errors);
        if (!error) {
            return undefined;
        }
        const { message, offset } = yamlFault(error.code, error.message, masked, error.pos[0]);
        return { place: placeInText(path, text, offset), message };
    } catch {
        return undefined;
    }
}
