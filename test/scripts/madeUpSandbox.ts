import type { Sandbox } from "../../scripts/sandbox";

/** What a sandbox says of itself; nothing listens there. */
export const madeUpSandbox: Sandbox = {
    pid: 1,
    palette: {
        endpoint: "https://127.0.0.1:1001",
        apiKey: "palette-key",
        nonAdminApiKey: "other-key",
        project: "Default",
        projectUid: "p1",
        emailId: "admin@example.com",
        password: "palette-password",
    },
    aws: {
        endpoint: "https://127.0.0.1:1002",
        registryHost: "127.0.0.1:1003",
        region: "us-east-1",
        accountId: "123456789012",
        accessKeyId: "AKIDEXAMPLE",
        secretAccessKey: "aws-secret",
    },
    harbor: {
        endpoint: "https://127.0.0.1:1005",
        username: "robot",
        password: "harbor-secret",
        token: "harbor-token",
        project: "spectro-oci-registry",
    },
    spectro: {
        endpoint: "https://127.0.0.1:1006",
        username: "admin",
        password: "spectro-secret",
        folder: "/somewhere/spectro-packs",
    },
    caFile: "/somewhere/ca.pem",
    control: { endpoint: "http://127.0.0.1:1004", token: "control-token" },
    seed: {
        cloudAccount: "account",
        sshKeyName: "key",
        region: "us-east-1",
        availabilityZones: ["us-east-1a", "us-east-1b"],
    },
};
