import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import {
    between,
    checkInputs,
    isJson,
    isPolicy,
    normalized,
    samePolicy,
} from "../../sandbox/pulumi-resource-aws/check";
import { lifecyclePolicy, repository } from "../../sandbox/pulumi-resource-aws/ecr";
import { rolePolicy } from "../../sandbox/pulumi-resource-aws/inlinePolicy";
import { role } from "../../sandbox/pulumi-resource-aws/role";
import { accessKey, user } from "../../sandbox/pulumi-resource-aws/user";
import { UNKNOWN } from "../../sandbox/pulumi-resource-aws/values";

describe("the checks of the aws plugin", () => {
    const reasons = (type: { inputs: object }, values: object) =>
        checkInputs(type.inputs as never, values as never, "it").map(({ reason }) => reason);
    const good = { name: "role", assumeRolePolicy: "{}", path: "/", maxSessionDuration: 3600 };

    test("missing, unknown and wrong inputs", () => {
        expect(reasons(rolePolicy, { policy: "{}" })).toEqual([
            `Missing required argument. The argument "role" is required, but no definition was found.. Examine values at 'it.role'.`,
        ]);
        expect(reasons(repository, { name: "a", colour: "red" })).toEqual([
            `An argument named "colour" is not expected here. Examine values at 'it.colour'.`,
        ]);
        expect(reasons(role, { ...good, maxSessionDuration: 60 })).toEqual([
            "expected max_session_duration to be in the range (3600 - 43200), got 60. Examine values at 'it.maxSessionDuration'.",
        ]);
        expect(reasons(role, { ...good, name: "no spaces" })).toEqual([
            "invalid value for name (must match [\\w+=,.@-]). Examine values at 'it.name'.",
        ]);
        expect(reasons(role, { ...good, name: "x".repeat(65) })).toEqual([
            `expected length of name to be in the range (1 - 64), got ${"x".repeat(65)}. Examine values at 'it.name'.`,
        ]);
        expect(reasons(accessKey, { user: "a", status: "Sleeping" })).toEqual([
            `expected status to be one of ["Active" "Inactive"], got Sleeping. Examine values at 'it.status'.`,
        ]);
        expect(reasons(user, { name: "a", namePrefix: "b" })).toEqual([
            `An argument named "namePrefix" is not expected here. Examine values at 'it.namePrefix'.`,
        ]);
        expect(reasons(user, { name: "a", permissionsBoundary: "b" })).toEqual([
            `"permissions_boundary" (b) is an invalid ARN: arn: invalid prefix. Examine values at 'it.permissionsBoundary'.`,
        ]);
        expect(reasons(repository, { name: 5 })).toEqual([
            "expected string type, got number type. Examine values at 'it.name'.",
        ]);
        expect(reasons(lifecyclePolicy, { repository: "a", policy: "{" })[0]).toMatch(
            /^"policy" contains an invalid JSON: .*Examine values at 'it.policy'\.$/,
        );
        expect(reasons(rolePolicy, { role: "r", policy: "allow" })).toEqual([
            `"policy" contains an invalid JSON policy: not a JSON object. Examine values at 'it.policy'.`,
        ]);
        expect(
            reasons(repository, {
                name: "a",
                imageScanningConfiguration: {},
                encryptionConfigurations: [{ encryptionType: "ROT13" }],
                imageTagMutabilityExclusionFilters: [{ filter: "a*", filterType: "REGEX" }],
            }),
        ).toEqual([
            `Missing required argument. The argument "scan_on_push" is required, but no definition was found.. Examine values at 'it.imageScanningConfiguration.scanOnPush'.`,
            `expected encryption_type to be one of ["AES256" "KMS" "KMS_DSSE"], got ROT13. Examine values at 'it.encryptionConfigurations[0].encryptionType'.`,
            `expected filter_type to be one of ["WILDCARD"], got REGEX. Examine values at 'it.imageTagMutabilityExclusionFilters[0].filterType'.`,
        ]);
    });

    test("what is not known yet is not judged", () => {
        expect(reasons(role, { ...good, name: UNKNOWN, assumeRolePolicy: UNKNOWN })).toEqual([]);
        expect(
            reasons(repository, {
                name: UNKNOWN,
                imageTagMutability: UNKNOWN,
                tags: { a: UNKNOWN },
                imageScanningConfiguration: UNKNOWN,
                encryptionConfigurations: [{ encryptionType: UNKNOWN }],
            }),
        ).toEqual([]);
    });

    test("policies are compared by what they mean", () => {
        const expected =
            '{"Statement": [{"Action": ["a:b"], "Effect": "Allow", "Resource": ["x", "y"]}]}';
        const same = '{"Statement":{"Effect":"Allow","Resource":["y","x"],"Action":"a:b"}}';
        expect(samePolicy(expected, same)).toBe(true);
        expect(samePolicy(expected, same.replace("Allow", "Deny"))).toBe(false);
        expect(samePolicy("", expected)).toBe(false);
        expect(normalized('{"b": 1, "a": [2, 1]}')).toBe('{"a":[2,1],"b":1}');
        expect(isJson("{}", "x")).toBeUndefined();
        expect(isPolicy(" {}", "x")).toContain("leading space");
        expect(isPolicy("", "x")).toContain("empty string");
        expect(between(1, 2)(2, "x")).toBeUndefined();
    });
});

test("the aws plugin ends itself when its engine was killed", async () => {
    // It listens as an engine does, so that the plugin has one to look for.
    const script = `
        const { spawn } = require("node:child_process");
        const server = require("node:net").createServer((socket) => socket.destroy());
        server.listen(0, "127.0.0.1", () => {
            const stdio = ["ignore", "pipe", "ignore"];
            const file = ${JSON.stringify(path.resolve("sandbox/pulumi-resource-aws/pulumi-resource-aws"))};
            const address = "127.0.0.1:" + server.address().port;
            const plugin = spawn(file, [address], { detached: true, stdio });
            plugin.stdout.once("data", () => console.log(plugin.pid));
            plugin.once("exit", () => process.exit(1));
        });`;
    const engine = spawn(process.execPath, ["-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await Promise.race([
        once(engine.stdout, "data"),
        once(engine, "exit").then(() => Promise.reject(new Error("the plugin ended at once"))),
    ])) as [Buffer];
    const pid = Number(String(line));
    const alive = () => {
        try {
            return process.kill(pid, 0);
        } catch {
            return false;
        }
    };
    // Longer than it takes the plugin to look again.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(alive()).toBe(true);
    engine.kill("SIGKILL");
    for (let attempt = 0; attempt < 50 && alive(); attempt++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(alive()).toBe(false);
});
