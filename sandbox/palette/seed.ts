import { Journal } from "../journal";
import { apiKeys, hashOf } from "./authentication";
import { type Context, uid } from "./context";
import { type AwsCredentials, type User } from "./stored";
import { addProject } from "./projects";
import { addApiKey, addUser } from "./users";

import { awsKey, secret } from "../secrets";
import type { SandboxFile } from "../sandboxFile";

/** Palette's own identity, made once. */
export function identityOf(journal: Journal): {
    aws: AwsCredentials;
    externalId: string;
    tenantUid: string;
} {
    const collection = journal.collection<ReturnType<typeof identityOf>>("identity");
    return (
        collection.get("palette") ??
        collection.put("palette", { aws: awsKey(), externalId: secret(12), tenantUid: uid() })
    );
}

/** Users, projects and API keys, where they are not there. Answers the uid of the project. */
export function seedTenant(context: Context, { palette }: SandboxFile): string {
    const projectUid = seedProjects(context, palette);
    const user = (emailId: string, tenantAdmin: boolean, password: string): User =>
        context.users.values().find((candidate) => candidate.emailId === emailId) ??
        addUser(
            context,
            {
                emailId,
                firstName: tenantAdmin ? "Ada" : "Pat",
                lastName: tenantAdmin ? "Admin" : "Project",
                tenantAdmin,
                projectUids: tenantAdmin ? [] : [projectUid],
            },
            password,
        );
    const admin = user(palette.emailId, true, palette.password);
    const projectUser = user("project@sandbox.local", false, secret(12));
    for (const [key, owner] of [
        [palette.apiKey, admin],
        [palette.nonAdminApiKey, projectUser],
    ] as const) {
        if (!apiKeys(context).has(hashOf(key))) {
            addApiKey(context, "sandbox", owner.uid, { key });
        }
    }
    return projectUid;
}

/** The first time only: one that was deleted stays away. */
function seedProjects(context: Context, { project, projectUid }: SandboxFile["palette"]): string {
    const seeded = context.journal.collection<true>("seeded");
    if (seeded.has("projects") && projectUid) {
        return projectUid;
    }
    const [first] = [project, "Second"].map(
        (wanted) =>
            context.projects.values().find(({ name }) => name === wanted) ??
            addProject(context, { name: wanted }),
    );
    seeded.put("projects", true);
    return first!.uid;
}
