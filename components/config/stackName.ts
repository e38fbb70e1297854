import * as pulumi from "@pulumi/pulumi";

/** The full name of the stack, by which the commands find its configuration when they run. */
export function stackName(): string {
    return `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
}
