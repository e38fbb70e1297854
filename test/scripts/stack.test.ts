import path from "node:path";
import { cleanEnvironment, sandboxEnvironment } from "../../scripts/environment";
import { sandboxConfig, sandboxStack } from "../../scripts/stack";
import { madeUpSandbox } from "./madeUpSandbox";

describe("the environment of a sandbox", () => {
    const before = { ...process.env };
    afterEach(() => {
        process.env = { ...before };
    });

    test("has nothing of the user's accounts, endpoints and proxies", () => {
        Object.assign(process.env, {
            SPECTROCLOUD_APIKEY: "leak",
            AWS_PROFILE: "leak",
            AWS_ENDPOINT_URL: "leak",
            PULUMI_ACCESS_TOKEN: "leak",
            PULUMI_STACK: "leak",
            HTTPS_PROXY: "leak",
            all_proxy: "leak",
            NODE_TLS_REJECT_UNAUTHORIZED: "leak",
            PULUMI_DEBUG_COMMANDS: "harmless",
            HOME: "/home/me",
        });
        const environment = cleanEnvironment();
        expect(Object.values(environment)).not.toContain("leak");
        expect(environment).toMatchObject({ PULUMI_DEBUG_COMMANDS: "harmless", HOME: "/home/me" });
    });

    test("puts the engine first on PATH and Pulumi's files into the sandbox's folder", () => {
        const directory = path.resolve("/tmp/a sandbox");
        const environment = sandboxEnvironment({ path: "/engine/a:/engine/b" }, directory);
        expect(environment.PATH).toBe(`/engine/a:/engine/b:${process.env.PATH}`);
        expect(environment).toMatchObject({
            PULUMI_HOME: "/tmp/a sandbox/pulumi",
            PULUMI_BACKEND_URL: "file:///tmp/a%20sandbox/backend",
            PULUMI_CONFIG_PASSPHRASE_FILE: "/tmp/a sandbox/passphrase",
        });
    });
});

describe("the configuration of a sandbox's stack", () => {
    test("has its secrets apart from what is written in clear", () => {
        const { connection, secrets, choices } = sandboxConfig(madeUpSandbox);
        expect(Object.values(secrets).sort()).toEqual(["aws-secret", "palette-key"]);
        const clear = JSON.stringify([connection, choices]);
        for (const secret of ["aws-secret", "palette-key", "other-key", "control-token"]) {
            expect(clear).not.toContain(secret);
        }
    });

    test("points every service at the sandbox and names what the tutorial names", () => {
        const { connection, choices } = sandboxConfig(madeUpSandbox);
        expect(connection).toMatchObject({
            "aws:endpoints": [
                {
                    ecr: "https://127.0.0.1:1002",
                    sts: "https://127.0.0.1:1002",
                    iam: "https://127.0.0.1:1002",
                },
            ],
            "palette-custom-pack:paletteHost": "127.0.0.1:1001",
        });
        expect(choices).toMatchObject({
            "palette-custom-pack:registries": [
                { name: "ecr-registry", basePath: "spectro-oci-registry" },
            ],
            "palette-custom-pack:cluster": { availabilityZones: ["us-east-1a"] },
        });
    });

    test("is named to the CLI by environment", () => {
        const engine = { path: "/engine", pulumi: "/engine/pulumi" };
        const own = sandboxStack(engine, "/tmp/sandbox");
        expect(own.environment).toMatchObject({ PULUMI_STACK: "sandbox" });
        expect(path.basename(own.configFile)).toBe("Pulumi.sandbox.yaml");
        const second = sandboxStack(engine, "/tmp/sandbox", { name: "two", folder: "/tmp/two" });
        expect(second.environment).toMatchObject({
            PULUMI_STACK: "two",
            PULUMI_OPTION_CONFIG_FILE: "/tmp/two/Pulumi.two.yaml",
        });
    });
});
