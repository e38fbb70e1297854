/** How Palette reads an ECR registry: with a key pair, or by assuming a role with an external id. */
export type EcrCredentials =
    | { type: "secret"; accessKey: string; secretKey: string }
    | { type: "sts"; roleArn: string; externalId: string };

/** How Palette reads any other OCI registry. */
export type BasicCredentials =
    | { type: "basic"; username: string; password: string }
    | { type: "token"; token: string }
    | { type: "noAuth" };

/** How Palette reads an OCI registry. Secrets inside. */
export type RegistryCredentials = EcrCredentials | BasicCredentials;
