import type { ObjectChange, RenderComparison } from "../render/compareRenderings";
import { changeLines } from "./showChange";

const signs = { added: "A", removed: "D", changed: "M" };
const DEFINITION = "CustomResourceDefinition";

/**
 * Lines for people about what changes in the cluster: objects with their fields, custom resource
 * definitions, images.
 */
export function renderedLines(rendered: RenderComparison): string[] {
    const { objects } = rendered;
    const isDefinition = ({ kind }: ObjectChange) => kind === DEFINITION;
    return [
        `In the cluster: ${renderedSummary(rendered)}`,
        ...objects.filter((object) => !isDefinition(object)).flatMap(objectLines),
        ...section(
            "Custom resource definitions:",
            objects.filter(isDefinition).flatMap(objectLines),
        ),
        ...section("Images:", imageLines(rendered)),
        ...problemLines(rendered),
    ];
}

/** For a log: how many objects change, which ones, and images. */
export function clusterSummary(rendered: RenderComparison): string {
    const objects = rendered.objects.map(
        (object) => `${signs[object.change]} ${objectTitle(object)}`,
    );
    const lines = [...objects, ...imageLines(rendered), ...problemLines(rendered)];
    return [renderedSummary(rendered), ...lines.map((line) => `  ${line}`)].join("\n");
}

function renderedSummary({ objects, unchanged }: RenderComparison): string {
    const count = (change: ObjectChange["change"]) =>
        objects.filter((object) => object.change === change).length;
    return (
        `${count("added")} added, ${count("changed")} changed, ` +
        `${count("removed")} removed, ${unchanged} unchanged`
    );
}

function problemLines({ problems }: RenderComparison): string[] {
    return (["before", "after"] as const).flatMap((side) =>
        problems[side].map(
            ({ source, message }) =>
                `${source} (${side}) cannot be rendered and is not compared: ${message}`,
        ),
    );
}

/** Images that come and go, each with its sign. */
function imageLines({ images }: RenderComparison): string[] {
    return [
        ...images.removed.map((image) => `- ${image}`),
        ...images.added.map((image) => `+ ${image}`),
    ];
}

/** An object as `Kind namespace/name`. */
function objectTitle({ kind, namespace, name }: ObjectChange): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

function objectLines(object: ObjectChange): string[] {
    return [
        `${signs[object.change]} ${objectTitle(object)} (${object.source})`,
        ...object.fields.flatMap(changeLines).map((line) => `    ${line}`),
    ];
}

function section(title: string, lines: readonly string[]): string[] {
    return lines.length > 0 ? [title, ...lines.map((line) => `  ${line}`)] : [];
}
