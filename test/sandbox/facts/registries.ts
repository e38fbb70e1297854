import type { Answer } from "../factsClient";
import type { Walk } from "./walk";

/** Registries in Palette (section 4), and the packs that come from them (5). */
export function registryFacts(walk: Walk): void {
    const { admin, user, get } = walk;

    describe("4 Registries", () => {
        const create = "/v1/registries/oci/ecr";
        const body = () => ({
            metadata: {
                name: "ecr-registry",
                creationTimestamp: "0001-01-01T00:00:00.000Z",
                deletionTimestamp: "0001-01-01T00:00:00.000Z",
                lastModifiedTimestamp: "0001-01-01T00:00:00.000Z",
            },
            spec: {
                endpoint: walk.out.sandbox.aws.registryHost,
                isPrivate: true,
                providerType: "pack",
                isSyncSupported: true,
                baseContentPath: "spectro-oci-registry",
                credentials: {
                    credentialType: "secret",
                    accessKey: walk.out.sandbox.aws.accessKeyId,
                    secretKey: walk.out.sandbox.aws.secretAccessKey,
                    policyARNs: null,
                },
                tls: { enabled: true, certificate: "", insecureSkipVerify: false },
            },
        });

        test("4.1 ECR: validate, create with a sync of its own, visible a while later", async () => {
            await admin("POST", `${create}/validate`, 204, body().spec);
            const wrong = { ...body().spec, credentials: { accessKey: "AKIA", secretKey: "x" } };
            expect((await walk.out.tenant("POST", `${create}/validate`, wrong)).status).toBe(400);
            const { uid } = await admin("POST", `${create}?skipPackSync=false`, 201, body());
            walk.registryUid = uid;
            expect((await walk.out.tenant("POST", create, body())).status).toBe(409);
            const status = `/v1/registries/oci/${uid}/ecr/sync/status`;
            const done = await walk.out.until(async () => {
                const now = await admin("GET", status, 200);
                expect(["Pending", "InProgress", "Success"]).toContain(now.status);
                return now.status === "Success" && now;
            });
            expect(done).toMatchObject({ isSyncSupported: true });
            await walk.out.until(async () => {
                const packs = await get("/v1/packs?filters=spec.name=hellouniverse");
                return packs.items.length;
            });
        });

        test("4.1 ECR: a read fits what the provider needs to see no changes", async () => {
            const { metadata, spec, status } = await admin(
                "GET",
                `/v1/registries/oci/${walk.registryUid}/ecr`,
                200,
            );
            expect(metadata.name).toBe("ecr-registry");
            expect(spec.credentials).toMatchObject({
                credentialType: "secret",
                accessKey: walk.out.sandbox.aws.accessKeyId,
                secretKey: expect.stringMatching(/^\*+$/),
            });
            expect(spec.tls).toBeUndefined();
            expect(status.syncStatus.status).toBe("Success");
            // What comes back masked does not become the secret.
            await admin("PUT", `/v1/registries/oci/${walk.registryUid}/ecr`, 204, {
                metadata,
                spec,
            });
            await admin(
                "POST",
                `/v1/registries/oci/${walk.registryUid}/ecr/sync?forceSync=true`,
                202,
            );
            const before = status.syncStatus.lastSyncedTime as string;
            await walk.out.until(async () => {
                const now = await admin(
                    "GET",
                    `/v1/registries/oci/${walk.registryUid}/ecr/sync/status`,
                    200,
                );
                return now.status === "Success" && now.lastSyncedTime > before;
            });
        });

        test("4.2 basic (Harbor), 4.3 legacy Spectro, and Helm registries", async () => {
            const { harbor, spectro } = walk.out.sandbox;
            const basic = (account: Record<string, string>) => ({
                type: "basic",
                username: account.username,
                password: account.password,
            });
            const kinds = [
                {
                    base: "/v1/registries/oci/basic",
                    registryUrl: (uid: string) => `/v1/registries/oci/${uid}/basic`,
                    valid: 204,
                    spec: {
                        endpoint: harbor.endpoint,
                        basePath: "",
                        providerType: "pack",
                        isSyncSupported: true,
                        baseContentPath: "spectro-oci-registry",
                        auth: basic(harbor),
                    },
                    tls: (spec: Answer["body"]) => spec.auth.tls,
                },
                {
                    base: "/v1/registries/pack",
                    registryUrl: (uid: string) => `/v1/registries/pack/${uid}`,
                    valid: 204,
                    spec: {
                        name: "legacy",
                        endpoint: spectro.endpoint,
                        private: true,
                        auth: {
                            ...basic(spectro),
                            tls: { enabled: true, insecureSkipVerify: true, certificate: "" },
                        },
                    },
                    tls: (spec: Answer["body"]) => spec.auth.tls,
                },
                {
                    base: "/v1/registries/helm",
                    registryUrl: (uid: string) => `/v1/registries/helm/${uid}`,
                    valid: 400,
                    // Charts are not served here: Palette says so, and syncs what it can.
                    spec: { endpoint: spectro.endpoint, isPrivate: true, auth: basic(spectro) },
                    tls: (spec: Answer["body"]) => spec.auth.tls,
                },
            ];
            for (const { base, registryUrl, spec, valid, tls } of kinds) {
                expect((await walk.out.tenant("POST", `${base}/validate`, spec)).status).toBe(
                    valid,
                );
                const metadata = { name: base.split("/").at(-1)! };
                const { uid } = await admin("POST", base, 201, { metadata, spec });
                const read = await admin("GET", registryUrl(uid), 200);
                expect(read.spec.auth.password).toMatch(/^\*+$/);
                expect(tls(read.spec)).toMatchObject({ enabled: true });
                await admin("PUT", registryUrl(uid), 204, { metadata, spec: read.spec });
                await admin("POST", `${registryUrl(uid)}/sync`, 202);
                const ended = await walk.out.until(async () => {
                    const now = await admin("GET", `${registryUrl(uid)}/sync/status`, 200);
                    return ["Success", "Failed"].includes(now.status) && now.status;
                });
                expect(ended).toBe(valid === 204 ? "Success" : "Failed");
                await admin("DELETE", registryUrl(uid), 204);
                expect((await walk.out.tenant("GET", registryUrl(uid))).status).toBe(404);
            }
            await walk.out.control("PUT", "/registries/charts/fault", {});
            const http = await walk.out.http("GET", `${spectro.endpoint}/health`);
            expect(http.body).toEqual({ status: "UP" });
            const catalogue = await walk.out.http("GET", `${spectro.endpoint}/v1/_catalog`, {
                authorization: `Basic ${Buffer.from(`${spectro.username}:${spectro.password}`).toString("base64")}`,
            });
            expect(catalogue.status).toBe(200);
        });

        test("4.3 a Helm registry is validated where its index is", async () => {
            const fault = { service: "spectro", route: "/index.yaml", status: 200, body: "{}" };
            await walk.out.control("POST", "/faults", fault);
            const { endpoint, username, password } = walk.out.sandbox.spectro;
            const auth = { type: "basic", username, password };
            await admin("POST", "/v1/registries/helm/validate", 204, { endpoint, auth });
        });

        test("4.4 look-ups by name", async () => {
            const { items } = await get("/v1/registries/metadata");
            expect(items.map(({ name }: Answer["body"]) => name)).toEqual(
                expect.arrayContaining(["Public Repo", "ecr-registry"]),
            );
            const found = items.find(({ name }: Answer["body"]) => name === "ecr-registry");
            expect(found).toEqual({
                uid: walk.registryUid,
                name: "ecr-registry",
                kind: "oci",
                scope: "tenant",
                isPrivate: true,
                isDefault: false,
            });
            const summary = await get("/v1/registries/oci/summary");
            expect(summary.items[0]).toMatchObject({
                metadata: { name: "ecr-registry" },
                spec: { endpoint: walk.out.sandbox.aws.registryHost, providerType: "pack" },
                status: { sync: { status: "Success" } },
            });
            for (const kind of ["pack", "helm"]) {
                await get(`/v1/registries/${kind}`);
                await get(`/v1/registries/${kind}/summary`);
            }
            // These two answer credentials.
            const { auth } = await admin("GET", `/v1/registries/oci/${walk.registryUid}`, 200);
            expect(auth.password).toBe(walk.out.sandbox.aws.secretAccessKey);
            const { uid } = await admin("POST", "/v1/registries/pack?skipPackSync=true", 201, {
                metadata: { name: "told" },
                spec: { endpoint: walk.out.sandbox.spectro.endpoint, auth: { type: "noAuth" } },
            });
            expect((await admin("GET", "/v1/registries/told/config", 200)).config.name).toBe(
                "told",
            );
            await admin("DELETE", `/v1/registries/${uid}`, 204);
            const sts = await admin("GET", "/v1/clouds/aws/account/sts", 200);
            expect(sts).toMatchObject({ accountId: expect.stringMatching(/^\d{12}$/) });
        });
    });

    test("5 Packs: exact look-up, search, all versions, one", async () => {
        const wanted = {
            "ubuntu-aws": "22.04",
            kubernetes: "1.32.3",
            "cni-calico": "3.29.3",
            "csi-aws-ebs": "1.41.0",
            hellouniverse: "1.0.0",
        };
        for (const [name, version] of Object.entries(wanted)) {
            const filters = `filters=spec.name=${name}ANDspec.version=${version}`;
            const { items } = await get(`/v1/packs?${filters}ANDspec.cloudTypes_in_aws,all`);
            expect(items).toHaveLength(1);
            walk.packs[name] = items[0];
        }
        expect(walk.packs.hellouniverse.spec).toMatchObject({
            registryUid: walk.registryUid,
            layer: "addon",
        });
        const search = await user("POST", "/v1/packs/search", 200, {
            filter: { name: { eq: "Kubernetes" }, layer: ["k8s"], environment: ["aws"] },
            sort: [],
        });
        expect(search.items[0].spec.registries[0]).toMatchObject({ latestVersion: "1.32.3" });
        const { registryUid } = walk.packs.kubernetes.spec;
        const versions = await get(`/v1/packs/kubernetes/registries/${registryUid}?cloudType=aws`);
        expect(versions.tags[0]).toMatchObject({
            version: "1.32.3",
            parentTags: ["1.32.x", "1.x"],
        });
        const pack = await get(`/v1/packs/${walk.packs.kubernetes.metadata.uid}`);
        expect(pack.packValues[0].values).toBe(walk.packs.kubernetes.spec.values);
        await get(`/v1/packs/${walk.packs.hellouniverse.metadata.uid}/readme`);
    });
}
