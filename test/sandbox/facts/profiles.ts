import type { Answer } from "../factsClient";
import type { Walk } from "./walk";

/** Cluster profiles (section 6). */
export function profileFacts(walk: Walk): void {
    const { user, get } = walk;

    describe("6 Cluster profiles", () => {
        const name = "pack-tutorial-profile";
        const base = "/v1/clusterprofiles";

        test("a name is free, packs fit, create makes a draft, publish publishes it", async () => {
            await user("GET", `${base}/validate/name?name=${name}&version=1.0.0`, 204);
            const checked = await user("POST", `${base}/validate/packs`, 200, walk.template());
            const errors = checked.packs.results.flatMap((result: Answer["body"]) => result.errors);
            expect(errors).toEqual([]);
            const { uid } = await user("POST", base, 201, {
                metadata: {
                    name,
                    annotations: { description: "My cluster profile" },
                    labels: { "spectro-cloud-education": "spectro__tag", app: "hello-universe" },
                },
                spec: { version: "1.0.0", template: walk.template(), variables: null },
            });
            walk.profileUid = uid;
            const draft = (await get(`${base}/${uid}`)).spec;
            expect([draft.draft.packs.length, draft.published]).toEqual([5, undefined]);
            await user("POST", `${base}/${uid}/validate/packs`, 200);
            await user("PATCH", `${base}/${uid}/publish`, 204);
            const { spec, status } = await get(`${base}/${uid}?includePackMeta=schema,presets`);
            expect(spec.published.packs.map((pack: Answer["body"]) => pack.layer)).toEqual([
                "os",
                "k8s",
                "cni",
                "csi",
                "addon",
            ]);
            expect(spec.published.packs[4]).toMatchObject({
                packUid: walk.packs.hellouniverse.metadata.uid,
                registryUid: walk.registryUid,
                version: "1.0.0",
                isInvalid: false,
            });
            expect([spec.draft, status.isPublished]).toEqual([undefined, true]);
            expect((await walk.out.palette("POST", base, { metadata: { name } })).status).toBe(409);
            const taken = await walk.out.palette("GET", `${base}/validate/name?name=${name}`);
            expect(taken.status).toBe(409);
        });

        test("a new version is a clone with a uid of its own", async () => {
            const metadata = { name, version: "1.1.0" };
            await user("POST", `${base}/${walk.profileUid}/clone/validate`, 204, metadata);
            const { uid } = await user("POST", `${base}/${walk.profileUid}/clone`, 201, {
                metadata,
            });
            walk.newProfileUid = uid;
            const changed = walk.template("manifests:\n  hello:\n    tag: 1.3.0\n");
            const { cloudType, ...rest } = changed;
            expect(cloudType).toBe("aws");
            await user("PUT", `${base}/${uid}`, 204, {
                metadata: { name, uid },
                spec: { version: "1.1.0", template: rest },
            });
            await user("PATCH", `${base}/${uid}/metadata`, 204, {
                metadata: { name, annotations: { description: "newer" }, labels: { a: "b" } },
                spec: { version: "1.1.0" },
            });
            await user("PATCH", `${base}/${uid}/publish`, 204);
            const { metadata: read, spec } = await get(`${base}/${uid}`);
            expect(read).toMatchObject({
                labels: { a: "b" },
                annotations: { description: "newer" },
            });
            expect(spec.published.packs[4].values).toContain("1.3.0");
            const { items } = await user("POST", "/v1/dashboard/clusterprofiles", 200, {
                filter: { profileName: { eq: name } },
            });
            expect(items[0].specSummary.versions).toHaveLength(2);
            await get(`/v1/dashboard/clusterprofiles/${uid}`);
        });

        test("single layers, their manifests, and variables", async () => {
            const { uid } = await user("POST", base, 201, { metadata: { name: "layers" } });
            const url = `${base}/${uid}`;
            const pack = { name: "extra", type: "manifest", layer: "addon", values: "" };
            const manifest = { name: "extra", content: "kind: ConfigMap\n" };
            await user("POST", `${url}/packs`, 201, { pack: { ...pack, manifests: [manifest] } });
            await user("PUT", `${url}/packs/extra`, 204, { pack: { ...pack, values: "a: 1\n" } });
            expect((await get(`${url}/packs`)).items).toHaveLength(1);
            await get(`${url}/packs/extra`);
            await get(`${url}/packs/extra/config`);
            await get(`${url}/packs/manifests`);
            const made = await user("POST", `${url}/packs/extra/manifests`, 201, manifest);
            const at = `${url}/packs/extra/manifests/${made.uid}`;
            await user("PUT", at, 204, { name: "extra", content: "kind: Secret\n" });
            expect(JSON.stringify(await get(at))).toContain("Secret");
            await get(`${url}/packs/extra/manifests`);
            await user("DELETE", at, 204);
            const hidden = { name: "hidden", defaultValue: "secret", isSensitive: true };
            await user("PUT", `${url}/variables`, 204, {
                variables: [{ name: "size", defaultValue: "3" }, hidden],
            });
            await user("PATCH", `${url}/variables`, 204, {
                variables: [{ name: "size", defaultValue: "4" }],
            });
            const { variables } = await get(`${url}/variables`);
            expect(variables[0]).toMatchObject({ defaultValue: "4" });
            expect(JSON.stringify(variables)).not.toContain("secret");
            await user("DELETE", `${url}/variables`, 204, { variables: ["size"] });
            await user("DELETE", `${url}/packs/extra`, 204);
            await user("DELETE", url, 204);
            expect((await walk.out.palette("DELETE", url)).status).toBe(404);
        });

        test("a profile goes through a file", async () => {
            const { text } = await walk.out.palette("GET", `${base}/${walk.profileUid}/export`);
            const file = { ...JSON.parse(text), metadata: { name: "from-a-file" } };
            await user("POST", `${base}/import/validate`, 200, file);
            const first = await user("POST", `${base}/import`, 201, file);
            await user("DELETE", `${base}/${first.uid}`, 204);
            const form = [
                "-----------------------------b0b0b0",
                'content-disposition: form-data; name="importFile"; filename="f.json"',
                "",
                JSON.stringify(file),
                "-----------------------------b0b0b0--",
                "",
            ].join("\r\n");
            const { endpoint, apiKey } = walk.out.sandbox.palette;
            const answer = await walk.out.http(
                "POST",
                `${endpoint}${base}/import/file`,
                {
                    ApiKey: apiKey!,
                    ProjectUid: walk.out.project,
                    "content-type":
                        "multipart/form-data; boundary=---------------------------b0b0b0",
                },
                form,
            );
            expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
            const { spec } = await get(`${base}/${(answer.body as { uid: string }).uid}`);
            expect(spec.draft.packs).toHaveLength(5);
            await user("DELETE", `${base}/${(answer.body as { uid: string }).uid}`, 204);
        });
    });
}
