import { performance } from "node:perf_hooks";
import type { Call } from "./call";
import type { PaletteError } from "./paletteError";
import { UserError } from "../../pack/userError";

/** How long a scope that existed counts as existing. */
const TRUSTED_MS = 30_000;

/** The part of the client that {@link Scopes} asks with. */
interface Requester {
    request<T>(call: Call): Promise<T>;
}

/**
 * Distinguishes a refusal that is about the scope of a call (the project was deleted, the API key is another tenant's) from one
 * about its object. Palette answers 404 to both, and an object of a scope that cannot be seen is not gone: it may run, and
 * cost money.
 */
export class Scopes {
    /** Scopes that existed, and when that was seen (milliseconds of `performance.now()`). */
    readonly #confirmed = new Map<string, number>();

    /** @param origin Address of Palette, for messages. */
    constructor(
        private readonly client: Requester,
        private readonly origin: string,
    ) {}

    /** @returns the error to throw in place of a refusal: one about the scope, where that is the cause. */
    async explain(call: Call, error: PaletteError): Promise<Error> {
        const isRefusal = error.notFound || error.status === 401 || error.status === 403;
        if (!isRefusal || (call.project === undefined && call.tenant === undefined)) {
            return error;
        }
        try {
            await (call.project === undefined
                ? this.requireTenant(call.subject, call.tenant)
                : this.#requireProject(call.subject, call.project));
            return error;
        } catch (scopeError) {
            // A key that is wrong altogether is refused for both.
            return scopeError instanceof ScopeError || error.notFound
                ? (scopeError as Error)
                : error;
        }
    }

    /**
     * @param tenant Uid of the tenant that the stack's objects are in; without one there is nothing to compare.
     * @throws Error when the API key belongs to another tenant.
     */
    async requireTenant(subject: string, tenant: string | undefined): Promise<void> {
        if (!tenant || this.#isTrusted(tenant)) {
            return;
        }
        const present = await this.tenant(subject);
        if (present !== undefined && present !== tenant) {
            throw new ScopeError(
                `${subject}: the API key belongs to the tenant ${present} of ${this.origin}, and this stack made its objects in the ` +
                    `tenant ${tenant}. Nothing was deleted or forgotten. Use a key of that tenant (paletteApiKey, or SPECTROCLOUD_APIKEY) ` +
                    `and its host (paletteHost); ${WAYS}`,
            );
        }
        this.#confirmed.set(tenant, performance.now());
    }

    /** Uid of the API key's tenant; undefined where Palette does not report it. */
    async tenant(subject = "the tenant of the API key"): Promise<string | undefined> {
        const { tenantUid } = await this.client.request<{ tenantUid?: string }>({
            method: "GET",
            path: "/v1/users/info",
            subject,
        });
        return tenantUid || undefined;
    }

    async #requireProject(subject: string, project: string): Promise<void> {
        if (this.#isTrusted(project)) {
            return;
        }
        const { items } = await this.client.request<{
            items?: { metadata: { uid: string; name: string } }[] | null;
        }>({ method: "GET", path: "/v1/dashboard/projects/metadata", subject });
        const names = (items ?? []).map(({ metadata }) => metadata.name).sort();
        if (!items?.some(({ metadata }) => metadata.uid === project)) {
            throw new ScopeError(
                `${subject}: its project (uid ${project}) does not exist at ${this.origin}, or the API key may not see it; ` +
                    `it sees ${names.join(", ") || "no project"}. Nothing was deleted or forgotten. Use the key of the right tenant and ` +
                    `user (paletteApiKey, or SPECTROCLOUD_APIKEY) and the right host (paletteHost); ${WAYS}`,
            );
        }
        this.#confirmed.set(project, performance.now());
    }

    #isTrusted(scope: string): boolean {
        const since = this.#confirmed.get(scope);
        return since !== undefined && performance.now() - since < TRUSTED_MS;
    }
}

const WAYS = 'if that is gone for good, see "The project or the tenant is gone" in docs/day-two.md';

/** A refusal that is about the project or the tenant of a call, and so never about its object. */
export class ScopeError extends UserError {
    constructor(message: string) {
        super(message);
        this.name = "ScopeError";
    }
}
