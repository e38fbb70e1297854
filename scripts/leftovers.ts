import { DescribeRepositoriesCommand } from "@aws-sdk/client-ecr";
import { ListRolesCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { withEcr, withIam } from "./ecr";
import { callHarbor, callPalette, type Sandbox } from "./sandbox";

interface PaletteList<T> {
    items?: T[];
}

/**
 * The registries, profiles and clusters in Palette, the repositories in ECR, what reads them in IAM, the images in the
 * basic registry.
 */
export async function leftovers(sandbox: Sandbox): Promise<string[]> {
    const registries = await callPalette<PaletteList<{ name: string; scope: string }>>(
        sandbox,
        "/v1/registries/metadata?scope=all",
    );
    const profiles = await callPalette<PaletteList<{ metadata: { name: string } }>>(
        sandbox,
        "/v1/dashboard/clusterprofiles/metadata",
        { project: true },
    );
    type Cluster = { metadata: { name: string }; status?: { state?: string } };
    const clusters = await callPalette<PaletteList<Cluster>>(
        sandbox,
        "/v1/dashboard/spectroclusters/search",
        { project: true, body: { filter: {}, sort: [] } },
    );
    return [
        ...(registries.items ?? [])
            .filter(({ scope }) => scope !== "system")
            .map(({ name }) => `registry ${name}`),
        ...(profiles.items ?? []).map(({ metadata }) => `cluster profile ${metadata.name}`),
        ...(clusters.items ?? [])
            .filter(({ status }) => status?.state !== "Deleted")
            .map(({ metadata }) => `cluster ${metadata.name}`),
        ...(await repositories(sandbox)).map((name) => `ECR repository ${name}`),
        ...(await readers(sandbox)),
        ...(await harborImages(sandbox)).map((name) => `image ${name}`),
    ];
}

/** Repositories of a basic registry come and go with their images. */
async function harborImages(sandbox: Sandbox): Promise<string[]> {
    const { repositories } = await callHarbor<{ repositories?: string[] }>(sandbox, "/v2/_catalog");
    const images = (repositories ?? []).map(async (name) => {
        const { tags } = await callHarbor<{ tags?: string[] | null }>(
            sandbox,
            `/v2/${name}/tags/list`,
        );
        return (tags ?? []).map((tag) => `${name}:${tag}`);
    });
    return (await Promise.all(images)).flat();
}

function repositories(sandbox: Sandbox): Promise<string[]> {
    return withEcr(sandbox, async (ecr) => {
        const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
        return (repositories ?? []).map(({ repositoryName }) => repositoryName ?? "");
    });
}

/** The roles and users of the stacks: their names end with a part of what a stack is recognised by. */
function readers(sandbox: Sandbox): Promise<string[]> {
    return withIam(sandbox, async (iam) => {
        const { Roles = [] } = await iam.send(new ListRolesCommand({}));
        const { Users = [] } = await iam.send(new ListUsersCommand({}));
        return [
            ...Roles.map(({ RoleName }) => `IAM role ${RoleName}`),
            ...Users.map(({ UserName }) => `IAM user ${UserName}`),
        ].filter((name) => /-reader(-[0-9a-f]{6})?-[0-9a-f]{7}$/.test(name));
    });
}
