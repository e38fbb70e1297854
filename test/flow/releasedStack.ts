import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { freePorts, type SandboxFile } from "../../sandbox/sandboxFile";
import { certificateAuthority } from "../../sandbox/tls";
import { projectDirectory } from "../../scripts/environment";
import { startSandbox, stopSandbox } from "../../scripts/sandbox";
import { pulumiOutput } from "../../scripts/stack";
import { TestEnvironment, type TestStack } from "./environment";

/*
 * A stack as a released version of the program has left it, in a folder of its own: `state.json` is what `pulumi stack
 * export` says, and `sandbox.json` holds the sandbox with the objects that the state is about, and the stack's configuration.
 *
 * What is another in every run stands in them as a name: `{{directory}}` is the sandbox's folder, `{{project}}` the
 * program's, `{{palette}}` and the like the port of a server, `{{hash <address>}}` what the names of a repository's resources
 * end with: the first six digits of the SHA-256 of its address. `{{ca1}}` is the certificate of the sandbox's CA
 * within a JSON text, `{{ca2}}` within one in another. The other secrets are those that the sandbox has made for itself.
 */

/** Files by their path in the sandbox's folder; `{ base64 }` where one is not text. */
type Files = Record<string, string | { base64: string }>;

const NAME = "released";
const CONFIG_FILE = `stacks/${NAME}/Pulumi.${NAME}.yaml`;
const JOURNAL = "journal.jsonl";

/** How the ids of access keys begin, which scanners for secrets look for. */
const ACCESS_KEY_ID = "AKIA";

/** What of a sandbox's folder is its state. */
const RECORDED = /^(sandbox\.json|journal\.jsonl|harbor\.htpasswd|(registry|harbor)\/.*)$/;

const SERVERS: Record<string, (sandbox: SandboxFile) => string> = {
    palette: ({ palette }) => palette.endpoint,
    aws: ({ aws }) => aws.endpoint,
    registry: ({ aws }) => `https://${aws.registryHost}`,
    control: ({ control }) => control.endpoint,
    harbor: ({ harbor }) => harbor.endpoint,
    spectro: ({ spectro }) => spectro.endpoint,
};

/** Records a stack of the present version, with two registries, three packs and a cluster. */
export async function recordStack(folder: string): Promise<void> {
    const environment = await TestEnvironment.create();
    try {
        const { directory, engine, sandbox } = environment;
        const stack = await environment.stack(NAME, {}, "collection");
        await pulumiOutput(stack.stack, ["up", "--yes", "--skip-preview"]);
        const { deployment, version } = JSON.parse(
            await pulumiOutput(stack.stack, ["stack", "export", "--show-secrets"]),
        );
        // The stack that imports it encrypts with a key of its own.
        delete deployment.secrets_providers;
        // A start leaves out of the journal what has changed since.
        await stopSandbox(directory);
        await startSandbox(engine, directory);
        await stopSandbox(directory);
        const files = await readFiles(directory);
        files[JOURNAL] = withoutUnusedPacks(files[JOURNAL] as string);
        files[CONFIG_FILE] = withoutSecrets(await readFile(stack.stack.configFile, "utf8"));

        const ports = Object.entries(SERVERS).map(
            ([name, endpointOf]) => [name, new URL(endpointOf(sandbox)).port] as const,
        );
        const names = Object.entries({
            ...certificateNames(await readFile(sandbox.caFile, "utf8")),
            ...Object.fromEntries(ports),
            directory,
            project: projectDirectory,
            akia: ACCESS_KEY_ID,
        });
        const withNames = (content: string) =>
            names.reduce(
                (text, [name, value]) => text.replaceAll(value, `{{${name}}}`),
                withHashNames(content),
            );
        await mkdir(folder, { recursive: true });
        for (const [file, content] of Object.entries({
            "state.json": { version, deployment },
            "sandbox.json": files,
        })) {
            const text = `${JSON.stringify(content, undefined, 1)}\n`;
            await writeFile(path.join(folder, file), withNames(text));
        }
    } finally {
        await environment.close();
    }
}

/** A sandbox and a stack in it as they were recorded, at addresses of this run. */
export async function restoreStack(
    folder: string,
): Promise<{ environment: TestEnvironment; stack: TestStack }> {
    const servers = Object.keys(SERVERS);
    const ports = await freePorts(servers.length);
    const values: Record<string, string> = Object.fromEntries(
        servers.map((name, index) => [name, String(ports[index])]),
    );
    values.project = projectDirectory;
    values.akia = ACCESS_KEY_ID;
    const recorded = async (file: string) => {
        const text = await readFile(path.join(folder, file), "utf8");
        return JSON.parse(
            text
                .replace(/\{\{(\w+)\}\}/g, (name, key: string) => values[key] ?? name)
                .replace(/\{\{hash (.+?)\}\}/g, (_, address: string) => hashOf(address)),
        );
    };
    const environment = await TestEnvironment.create(async (directory) => {
        values.directory = directory;
        Object.assign(values, certificateNames((await certificateAuthority(directory)).pem));
        const files: Files = await recorded("sandbox.json");
        for (const [name, content] of Object.entries(files)) {
            const file = path.join(directory, name);
            await mkdir(path.dirname(file), { recursive: true });
            const bytes =
                typeof content === "string" ? content : Buffer.from(content.base64, "base64");
            await writeFile(file, bytes, { mode: 0o600 });
        }
    });
    try {
        const stack = await environment.stack(NAME);
        const state = await recorded("state.json");
        const config = parseDocument(await readFile(stack.stack.configFile, "utf8"));
        const salt = config.get("encryptionsalt");
        state.deployment.secrets_providers = { type: "passphrase", state: { salt } };
        const file = path.join(environment.directory, "state.json");
        await writeFile(file, JSON.stringify(state));
        await pulumiOutput(stack.stack, ["stack", "import", "--file", file]);
        return { environment, stack };
    } catch (error) {
        await environment.close();
        throw error;
    }
}

const hashOf = (address: string) => createHash("sha256").update(address).digest("hex").slice(0, 6);

/** A text with `{{hash <address>}}` in place of the hashes of the addresses that are in it. */
function withHashNames(text: string): string {
    const addresses = new Set(text.match(/127\.0\.0\.1:\d+\/[\w/-]+/g));
    return [...addresses].reduce(
        (named, address) => named.replaceAll(`-${hashOf(address)}`, `-{{hash ${address}}}`),
        text,
    );
}

/** The certificate by its names, as it stands in JSON in JSON: the deepest first. */
function certificateNames(pem: string): Record<string, string> {
    const within = (text: string) => JSON.stringify(text).slice(1, -1);
    const [ca1, ca2, ca3] = [1, 2, 3].map((depth) =>
        Array.from({ length: depth }).reduce<string>(within, pem.trim()),
    ) as [string, string, string];
    return { ca3, ca2, ca1 };
}

async function readFiles(directory: string): Promise<Files> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files: Files = {};
    for (const entry of entries.filter((candidate) => candidate.isFile())) {
        const file = path.join(entry.parentPath, entry.name);
        const name = path.relative(directory, file);
        if (RECORDED.test(name)) {
            const content = await readFile(file);
            const text = content.toString();
            files[name] = Buffer.from(text).equals(content)
                ? text
                : { base64: content.toString("base64") };
        }
    }
    return files;
}

/** The journal without Palette's packs that nothing in it uses: half of the text. */
function withoutUnusedPacks(journal: string): string {
    const lines = journal.trim().split("\n");
    const isPack = (line: string) => line.startsWith('["packs",');
    const users = lines.filter((line) => !isPack(line)).join("\n");
    const isUsed = (line: string) => users.includes(JSON.parse(line)[1]);
    return `${lines.filter((line) => !isPack(line) || isUsed(line)).join("\n")}\n`;
}

/** A stack's file without its secrets, which are set anew. */
function withoutSecrets(text: string): string {
    const document = parseDocument(text);
    const config = JSON.stringify(document.toJS().config);
    const plain = JSON.parse(config, (_, value) =>
        value?.secure === undefined ? value : undefined,
    );
    document.delete("encryptionsalt");
    document.set("config", document.createNode(plain));
    return document.toString();
}
