import { randomBytes } from "node:crypto";
import * as provider from "@pulumi/pulumi/provider";
import { checkInputs, type Input } from "./check";
import { configure, type Clients } from "./configuration";
import { lifecyclePolicy, repository, repositoryPolicy } from "./ecr";
import { functions } from "./functions";
import { rolePolicy, userPolicy } from "./inlinePolicy";
import type { ResourceType } from "./resource";
import { role } from "./role";
import { accessKey, user } from "./user";
import { dereferenced, hasUnknown, plain, UNKNOWN, withSecretsOf, type Properties } from "./values";
import { onConfigure, PREVIEW_KEY } from "./wire";

const types: Record<string, ResourceType<never>> = {
    "aws:ecr/repository:Repository": repository,
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": lifecyclePolicy,
    "aws:ecr/repositoryPolicy:RepositoryPolicy": repositoryPolicy,
    "aws:iam/role:Role": role,
    "aws:iam/rolePolicy:RolePolicy": rolePolicy,
    "aws:iam/user:User": user,
    "aws:iam/userPolicy:UserPolicy": userPolicy,
    "aws:iam/accessKey:AccessKey": accessKey,
};

let values: Record<string, string> = {};
let configured: Promise<Clients> | undefined;
/** Made at the first use: an error of it has to be the answer to a call that can fail. */
const clients = () => (configured ??= configure(values));

function typeOf(urn: string): ResourceType<never> {
    const token = urn.split("::")[2]!.split("$").pop()!;
    const type = types[token];
    if (!type) {
        throw new Error(
            `${token}: this stand-in for the AWS provider has only ${Object.keys(types).join(", ")}`,
        );
    }
    return type;
}

const nameOf = (urn: string) => urn.split("::").slice(3).join("::");

/** What the provider adds to the inputs; `__defaults` lists what the user has not set. */
function defaultsOf(type: ResourceType<never>, urn: string, olds: Properties, news: Properties) {
    const defaults: Properties = {};
    for (const [key, input] of Object.entries(type.inputs)) {
        if (input.default !== undefined && news[key] === undefined) {
            defaults[key] = input.default;
        }
    }
    if (type.autoName && news.name === undefined) {
        const before = (olds.__defaults as string[] | undefined)?.includes("name");
        const { longest, lowerCase } = type.autoName;
        const suffix = `-${randomBytes(4).toString("hex").slice(0, 7)}`;
        const made = nameOf(urn) + suffix;
        if (!before && made.length > longest) {
            // `resource.NewUniqueName` of the Pulumi SDK.
            throw new Error(
                `name '${nameOf(urn)}-' plus 7 random chars is longer than maximum length ${longest}`,
            );
        }
        defaults.name = before ? olds.name : lowerCase ? made.toLowerCase() : made;
    }
    return { ...defaults, __defaults: Object.keys(defaults).sort() };
}

/** The inputs whose new value is not what the resource has. */
function changes(type: ResourceType<never>, olds: Properties, news: Properties): string[] {
    const differs = (key: string, input: Input): boolean => {
        const [old, value] = [olds[key], news[key]];
        if (value === undefined && (input.computed || old === undefined)) {
            return false;
        }
        if (hasUnknown(value)) {
            return true;
        }
        return input.same
            ? !input.same(old as never, value as never)
            : JSON.stringify(canonical(old)) !== JSON.stringify(canonical(value));
    };
    const changed = Object.entries(type.inputs).filter(([key, input]) => differs(key, input));
    return changed.map(([key]) => key);
}

/** Objects with their keys in order; an empty one is as good as none. */
function canonical(value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return Array.isArray(value) && value.length > 0 ? value.map(canonical) : value || undefined;
    }
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return entries.length > 0 ? entries.map(([key, child]) => [key, canonical(child)]) : undefined;
}

async function tagsAllOf(inputs: Properties): Promise<Record<string, string>> {
    const { defaultTags } = await clients();
    return { ...defaultTags, ...(inputs.tags as Record<string, string> | undefined) };
}

/** Inputs without what the engine and `check` have added. */
function split(inputs: Properties): { preview: boolean; news: Properties } {
    const entries = Object.entries(plain(inputs) as Properties);
    const news = Object.fromEntries(entries.filter(([key]) => !key.startsWith("__")));
    return { preview: inputs[PREVIEW_KEY] === true, news };
}

/** The outputs of a resource that is there; `undefined` when it is gone. */
async function stateOf(
    type: ResourceType<never>,
    id: string,
    old: Properties,
): Promise<Properties | undefined> {
    const { defaultTags } = await clients();
    const state = await type.read(id, old, await clients());
    if (!state || !type.tagged) {
        return state;
    }
    // What the provider's default tags give is not the resource's own.
    const own = Object.entries(state.tagsAll as Record<string, string>).filter(
        ([key, value]) => defaultTags[key] !== value || key in ((old.tags as object) ?? {}),
    );
    return { ...state, tags: own.length > 0 ? Object.fromEntries(own) : undefined };
}

const implementation: provider.Provider = {
    version: "7.48.0",

    async check(urn, olds: Properties, news: Properties) {
        await clients();
        const type = typeOf(urn);
        const old = plain(olds) as Properties;
        const asked = plain(news) as Properties;
        const defaults = defaultsOf(type, urn, old, asked);
        const failures = checkInputs(type.inputs, { ...defaults, ...asked }, nameOf(urn));
        return { inputs: { ...defaults, ...(dereferenced(news) as Properties) }, failures };
    },

    async diff(_id, urn, olds: Properties, news: Properties) {
        const type = typeOf(urn);
        const old = plain(olds) as Properties;
        const inputs = plain(news) as Properties;
        const changed = changes(type, old, inputs);
        const tagsAll = type.tagged && !hasUnknown(inputs.tags) && (await tagsAllOf(inputs));
        const retagged =
            tagsAll &&
            JSON.stringify(canonical(tagsAll)) !== JSON.stringify(canonical(old.tagsAll));
        const replaces = changed.filter((key) => type.inputs[key]!.replace);
        // A name that was asked for can't be had twice.
        const fixedName =
            type.autoName &&
            !replaces.includes("name") &&
            !(inputs.__defaults as string[]).includes("name");
        return {
            changes: changed.length > 0 || retagged === true,
            replaces,
            deleteBeforeReplace: replaces.length > 0 && (type.deleteBeforeReplace || fixedName),
        };
    },

    async create(urn, inputs: Properties) {
        const type = typeOf(urn);
        const { preview, news } = split(inputs);
        const tagsAll = type.tagged && !hasUnknown(news.tags) ? await tagsAllOf(news) : {};
        if (preview) {
            const computed = type.outputs.map((key) => [key, UNKNOWN]);
            const state = {
                ...news,
                ...("region" in type.inputs && { region: news.region ?? (await clients()).region }),
                ...(type.tagged && { tagsAll: hasUnknown(news.tags) ? UNKNOWN : tagsAll }),
                ...(Object.fromEntries(computed) as Properties),
            };
            return { id: "", outs: withSecretsOf(inputs, state, type.secrets) };
        }
        const made = await type.create(news as never, await clients(), tagsAll);
        const { id, outputs } = typeof made === "string" ? { id: made, outputs: {} } : made;
        const state = await readBack(type, id, { ...news, ...outputs });
        return { id, outs: withSecretsOf(inputs, state, type.secrets) };
    },

    async read(id, urn, props: Properties = {}) {
        const type = typeOf(urn);
        const old = plain(props) as Properties;
        const state = await stateOf(type, id, old);
        if (!state) {
            return { id: "", props: {} };
        }
        const imported = Object.keys(old).length === 0;
        const keys = Object.keys(type.inputs).filter((key) => state[key] !== undefined);
        return {
            id,
            props: withSecretsOf(props, state, type.secrets),
            ...(imported && {
                inputs: {
                    ...Object.fromEntries(keys.map((key) => [key, state[key]])),
                    __defaults: [],
                },
            }),
        };
    },

    async update(id, urn, olds: Properties, inputs: Properties) {
        const type = typeOf(urn);
        const old = plain(olds) as Properties;
        const { preview, news } = split(inputs);
        const tagsAll = type.tagged && !hasUnknown(news.tags) ? await tagsAllOf(news) : {};
        if (preview) {
            const tags = type.tagged && {
                tags: news.tags,
                tagsAll: hasUnknown(news.tags) ? UNKNOWN : tagsAll,
            };
            return { outs: withSecretsOf(inputs, { ...old, ...news, ...tags }, type.secrets) };
        }
        const changed = changes(type, old, news);
        await type.update?.(id, old, news as never, changed, await clients(), tagsAll);
        const state = await readBack(type, id, { ...old, ...news });
        return { outs: withSecretsOf(inputs, state, type.secrets) };
    },

    async delete(id, urn, props: Properties) {
        await typeOf(urn).delete(id, plain(props) as Properties, await clients());
    },

    async invoke(token: string, args: Properties) {
        const call = Object.hasOwn(functions, token) ? functions[token] : undefined;
        if (!call) {
            throw new Error(
                `${token}: this stand-in for the AWS provider has only ${Object.keys(functions).join(", ")}`,
            );
        }
        return { outputs: await call(plain(args) as Properties, await clients()) };
    },
};

/** What was just written; when it can't be read, the engine still learns that the resource exists. */
async function readBack(
    type: ResourceType<never>,
    id: string,
    inputs: Properties,
): Promise<Properties> {
    try {
        const state = await stateOf(type, id, inputs);
        if (!state) {
            throw new Error(`${id} was written and is not there`);
        }
        return state;
    } catch (error) {
        const { message } = error as Error;
        throw Object.assign(new Error(message), { id, properties: inputs, reasons: [message] });
    }
}

onConfigure((configuration) => {
    values = configuration;
    configured = undefined;
});
// It would print each error with its stack besides answering it, and the engine would show both.
console.error = () => {};
void provider.main(implementation, process.argv.slice(2));
