import { createServer, type Server } from "node:https";
import fs from "node:fs";
import type { AddressInfo } from "node:net";
import {
    CreateRoleCommand,
    IAMClient,
    PutRolePolicyCommand,
    UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { certificateAuthority } from "../../sandbox/tls";
import { describeWith } from "./awsSandbox";
import { archive, helloFiles, packRepository, PaletteBench } from "./paletteSupport";

describeWith("registry")("registries of the local Palette that are not ECR with a key", () => {
    let bench: PaletteBench;
    beforeAll(async () => {
        bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
    });
    afterAll(() => bench.remove());

    const synced = (kind: string, uid: string) =>
        bench.until(async () => {
            const now = await bench.get(`/v1/registries/${kind.replace("UID", uid)}/sync/status`);
            return ["Success", "Failed"].includes(now.status) && now;
        });
    const packsOf = async (uid: string) =>
        (await bench.get(`/v1/packs?filters=spec.registryUid=${uid}`)).items;

    describe("ECR through a role", () => {
        let iam: IAMClient;
        beforeAll(async () => {
            const { endpoint, region, accessKeyId, secretAccessKey } = bench.sandbox.aws;
            iam = new IAMClient({
                endpoint,
                region,
                credentials: { accessKeyId, secretAccessKey },
                requestHandler: { httpsAgent: { ca: fs.readFileSync(bench.sandbox.caFile) } },
            });
            await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
        });
        afterAll(() => iam.destroy());

        const trust = (account: string, externalId: string): string =>
            JSON.stringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Action: "sts:AssumeRole",
                        Principal: { AWS: `arn:aws:iam::${account}:root` },
                        Condition: { StringEquals: { "sts:ExternalId": externalId } },
                    },
                ],
            });
        const policy = (actions: string[]): string =>
            JSON.stringify({
                Version: "2012-10-17",
                Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
            });
        const reading = [
            "ecr:GetAuthorizationToken",
            "ecr:DescribeRepositories",
            "ecr:ListImages",
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
        ];

        it("pulls with the role alone, and fails at the very call its policy lacks", async () => {
            const { accountId, externalId } = await bench.get("/v1/clouds/aws/account/sts");
            expect(accountId).toMatch(/^\d{12}$/);
            const { Role } = await iam.send(
                new CreateRoleCommand({
                    RoleName: "palette-ecr",
                    AssumeRolePolicyDocument: trust(accountId, externalId),
                }),
            );
            const credentials = (id: string) => ({
                credentialType: "sts",
                sts: { arn: Role!.Arn, externalId: id },
            });
            const body = bench.ecrRegistry({
                name: "sts",
                spec: { credentials: credentials(externalId) },
            });
            const url = "/v1/registries/oci/ecr";
            const validate = (spec: object) => bench.call("POST", `${url}/validate`, spec);
            for (let count = 0; count < reading.length; count++) {
                const name = `sts-${count}`;
                const PolicyDocument = policy(["ecr:DescribeRegistry", ...reading.slice(0, count)]);
                await iam.send(
                    new PutRolePolicyCommand({
                        RoleName: "palette-ecr",
                        PolicyName: "read",
                        PolicyDocument,
                    }),
                );
                const uid = await bench.create(url, { ...body, metadata: { name } });
                const { status, message } = await synced("oci/UID/ecr", uid);
                expect([status, message]).toEqual([
                    "Failed",
                    expect.stringContaining(count < 3 ? reading[count]! : "403"),
                ]);
            }
            await iam.send(
                new PutRolePolicyCommand({
                    RoleName: "palette-ecr",
                    PolicyName: "read",
                    PolicyDocument: policy(reading),
                }),
            );
            expect((await validate(body.spec)).status).toBe(204);
            const foreign = await validate({ ...body.spec, credentials: credentials("other") });
            expect([foreign.status, foreign.body.message]).toEqual([
                400,
                expect.stringContaining("AccessDenied"),
            ]);
            const uid = await bench.create(url, body);
            expect(await synced("oci/UID/ecr", uid)).toMatchObject({ status: "Success" });
            expect(await bench.until(async () => (await packsOf(uid)).length)).toBe(1);
            const { spec } = await bench.get(`/v1/registries/oci/${uid}/ecr`);
            expect(spec.credentials).toMatchObject(credentials(externalId));
            await iam.send(
                new UpdateAssumeRolePolicyCommand({
                    RoleName: "palette-ecr",
                    PolicyDocument: trust("999999999999", externalId),
                }),
            );
            expect((await validate(body.spec)).body.message).toMatch(/AccessDenied/);
        });
    });

    describe("legacy pack and Helm registries", () => {
        let server: Server;
        let url: string;
        const requests: string[] = [];
        beforeAll(async () => {
            const ca = await certificateAuthority(bench.dir);
            server = createServer(await ca.issue(["127.0.0.1"]), (request, response) => {
                requests.push(`${request.url} ${request.headers.authorization ?? ""}`);
                const known = ["/health", "/index.yaml"].includes(request.url!);
                const admin = `Basic ${Buffer.from("admin:admin").toString("base64")}`;
                response.statusCode = !known
                    ? 404
                    : request.headers.authorization === admin
                      ? 200
                      : 401;
                response.end('{"status":"UP"}');
            });
            await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
            url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
        });
        afterAll(async () => {
            const closed = new Promise((resolve) => server.close(resolve));
            server.closeAllConnections();
            await closed;
        });
        const auth = { type: "basic", username: "admin", password: "admin" };

        it("are validated at their endpoint, registered, listed, changed and deleted", async () => {
            for (const [kind, secret] of [
                ["pack", { name: "legacy", private: true }],
                ["helm", { name: "charts", isPrivate: true }],
            ] as const) {
                const base = `/v1/registries/${kind}`;
                const spec = { endpoint: url, auth, ...secret };
                expect((await bench.call("POST", `${base}/validate`, spec)).status).toBe(204);
                const wrong = { ...spec, auth: { ...auth, password: "wrong" } };
                const refused = await bench.call("POST", `${base}/validate`, wrong);
                expect([refused.status, refused.body.message]).toEqual([
                    400,
                    expect.stringContaining("401"),
                ]);
                const body = { metadata: { name: secret.name }, spec };
                const uid = await bench.create(base, body);
                expect((await bench.call("POST", base, body)).status).toBe(409);
                expect(await synced(`${kind}/UID`, uid)).toMatchObject({ status: "Success" });
                const { items } = await bench.get(`${base}?scope=tenant`);
                expect(items).toHaveLength(1);
                expect(JSON.stringify(items)).not.toContain('"password":"admin"');
                const summary = await bench.get(`${base}/summary?scope=tenant`);
                expect(summary.items[0]).toMatchObject({ spec: { endpoint: url } });
                const metadata = await bench.get("/v1/registries/metadata?scope=tenant");
                expect(metadata.items.at(-1)).toMatchObject({
                    kind,
                    name: secret.name,
                    isPrivate: true,
                });
                const put = await bench.call("PUT", `${base}/${uid}`, {
                    metadata: { name: secret.name, labels: { a: "b" } },
                    spec: (await bench.get(`${base}/${uid}`)).spec,
                });
                expect(put.status).toBe(204);
                const sync = await bench.call("POST", `${base}/${uid}/sync`);
                expect(sync.status).toBe(202);
                expect((await bench.call("DELETE", `${base}/${uid}`)).status).toBe(204);
                expect((await bench.call("GET", `${base}/${uid}`)).status).toBe(404);
            }
            expect(requests.some((request) => request.startsWith("/health Basic"))).toBe(true);
        });

        it("need a name of their own where the switch says so", async () => {
            await bench.control("PATCH", "/switches", { packRegistryName: "required" });
            const body = { metadata: { name: "nameless" }, spec: { endpoint: url, auth } };
            expect((await bench.call("POST", "/v1/registries/pack", body)).status).toBe(400);
            await bench.control("DELETE", "/switches");
            await bench.create("/v1/registries/pack", body);
        });
    });
});
