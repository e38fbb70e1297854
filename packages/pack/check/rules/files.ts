import { basename } from "node:path";
import type { PackContext } from "../context";
import { finding, type Finding } from "../../findings/finding";
import { readFileOf, type PackFile } from "../../format/packFile";
import { placeInText } from "../../format/sourceDocument";
import type { RuleCheck } from "./ruleCheck";

/** Rules on the logo, the README, the name of an archive, and secrets. */
export const fileRules: RuleCheck[] = [logo, readme, archiveName, secrets];

async function* logo({ source, files }: PackContext): AsyncIterable<Finding> {
    const file = files.get("logo.png");
    if (!file) {
        const other = source.files.find(({ path }) => /^logo\.\w+$/i.test(path))?.path;
        const help = other
            ? `There is ${other}; the name must be exactly logo.png.`
            : "Add a PNG image.";
        yield finding("logo-missing", {}, "logo.png is missing at the top of the pack.", { help });
        return;
    }
    const place = { file: file.path };
    const head = await firstBytes(file, 24);
    const actual = imageType(head);
    if (actual !== "PNG") {
        yield finding("logo-not-png", place, `logo.png contains ${actual}.`);
        return;
    }
    const longest = Math.max(head.readUInt32BE(16), head.readUInt32BE(20));
    if (file.size > 128 * 1024 || longest > 2000) {
        const severity = file.size > 1024 * 1024 ? "warning" : "info";
        const message = `logo.png has ${file.size} bytes and ${longest} pixels on its longer side.`;
        const help = "A few hundred pixels are enough.";
        yield finding("logo-large", place, message, { help, severity });
    }
}

async function firstBytes(file: PackFile, count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of file.open() as AsyncIterable<Buffer>) {
        pieces.push(piece);
        length += piece.length;
        if (length >= count) {
            break;
        }
    }
    return Buffer.concat(pieces);
}

function imageType(head: Buffer): string {
    if (head.length === 0) {
        return "nothing";
    }
    const starts = (hex: string) =>
        head.subarray(0, hex.length / 2).equals(Buffer.from(hex, "hex"));
    if (starts("89504e470d0a1a0a") && head.length >= 24) {
        return "PNG";
    }
    if (starts("ffd8ff")) {
        return "JPEG data";
    }
    if (starts("474946")) {
        return "GIF data";
    }
    if (head.toString("latin1", 0, 16).trimStart().startsWith("<")) {
        return "SVG or HTML text";
    }
    return "no image that is known";
}

function* readme({ source, files }: PackContext): Iterable<Finding> {
    if (files.has("README.md")) {
        return;
    }
    const other = source.files.find(({ path }) => path.toLowerCase() === "readme.md")?.path;
    const help = other ? `Rename ${other} to README.md.` : "Write one; Palette shows it.";
    const message = "The pack has no README.md, so users see no description.";
    yield finding("readme-missing", {}, message, { help });
}

function* archiveName({ source, packJson: { name, version } }: PackContext): Iterable<Finding> {
    if (source.kind !== "archive" || typeof name !== "string" || typeof version !== "string") {
        return;
    }
    const expected = `${name}-${version}.tar.gz`;
    const actual = basename(source.path);
    if (actual === expected) {
        return;
    }
    const message = `The archive is named ${actual}, the pack in it ${name} ${version}.`;
    const help = `The name must be ${expected}.`;
    yield finding("archive-name", {}, message, { help });
}

/** Larger files are data, and reading them all would take its time. */
const MAXIMUM_SECRET_FILE = 1024 * 1024;

async function* secrets({ source }: PackContext): AsyncIterable<Finding> {
    for (const file of source.files) {
        const place = { file: file.path };
        const help = "Delete it, and replace the secret if the pack was ever published.";
        const name = basename(file.path);
        if (
            /^\.env(\.(?!example$|sample$|template$).*)?$/.test(name) ||
            /^id_(rsa|dsa|ecdsa|ed25519)$/.test(name)
        ) {
            yield finding("secret-file", place, `${file.path} looks like a secret.`, { help });
            continue;
        }
        if (file.size > MAXIMUM_SECRET_FILE || /\.(tgz|png|gz|zip)$/.test(name)) {
            continue;
        }
        const text = (await readFileOf(file)).toString("latin1");
        const secret = secretIn(text);
        if (!secret) {
            continue;
        }
        const message = `${file.path} holds what looks like ${secret.what}.`;
        yield finding("secret-file", placeInText(file.path, text, secret.offset), message, {
            help,
        });
    }
}

/** What secrets look like. Documentation has examples of some, which are left alone. */
const SECRET_FORMS: readonly [what: string, form: RegExp][] = [
    ["a private key", /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*(?:\\n)?\s*[A-Za-z0-9+/]{40}/],
    ["an AWS access key", /\b(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b/],
    ["a GitHub token", /\bgh[pousr]_[A-Za-z0-9]{36}\b/],
    ["a Slack token", /\bxox[abprs]-\d{8,}-[A-Za-z0-9-]{20,}/],
];

function secretIn(text: string): { what: string; offset: number } | undefined {
    for (const [what, form] of SECRET_FORMS) {
        const match = form.exec(text);
        // An example is shortened somewhere.
        const body = match && text.slice(match.index, text.indexOf("-----END", match.index) >>> 0);
        if (match && /\.\.\.|\u2026|\u00e2\u0080\u00a6|<[^>]+>|\*{3}/.test(body as string)) {
            continue;
        }
        if (match) {
            return { what, offset: match.index };
        }
    }
    return undefined;
}
