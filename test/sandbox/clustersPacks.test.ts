import http from "node:http";
import {
    addPack,
    addProfile,
    type Bench,
    bench,
    clusterCalls,
    clusterRequest,
    describeWithHelm,
    helloManifest,
    helloPack,
    helloValues,
    infraPacks,
    type Json,
} from "./clustersSupport";

let palette: Bench;
const { create, get, health } = clusterCalls(() => palette);
afterEach(() => palette.close());

describeWithHelm("what is wrong with a pack", () => {
    beforeEach(async () => (palette = await bench()));

    test("is told in its condition; the cluster runs and is not healthy", async () => {
        const manifest = helloManifest.replace(
            "/{{ .Values.repository }}",
            "/{{ .Values.no.repository }}",
        );
        const uid = await create([helloPack(palette.context, { manifest })]);
        await palette.pass(20);
        const { status } = await get(uid);
        expect(status.state).toBe("Running");
        expect(status.services).toEqual([]);
        expect(
            status.packs.find((pack: Json) => pack.name === "hellouniverse").condition,
        ).toMatchObject({
            type: "Error",
            status: "True",
            message: expect.stringMatching(/manifests\/hello-universe.yaml.*nil pointer/s),
        });
        expect(status.packs.filter((pack: Json) => pack.condition.type === "Error")).toHaveLength(
            1,
        );
        expect(await health(uid)).toMatchObject({
            state: "UnHealthy",
            conditions: [
                { type: "PackError", relatedObject: { kind: "pack", name: "hellouniverse" } },
            ],
        });
        expect(status.conditions.at(-1)).toMatchObject({
            type: "AddOnDeploymentDone",
            status: "False",
        });
        const { body } = await palette.call("GET", `/v1/events/components/spectrocluster/${uid}`);
        expect(body.items).toContainEqual(
            expect.objectContaining({ reason: "PackFailed", severity: "Error" }),
        );

        // The correction converges.
        const fixed = helloPack(palette.context, { version: "1.0.1" });
        const profile = addProfile(palette.context, "profile-of-default", [
            ...infraPacks(palette.context),
            fixed,
        ]);
        const patch = { profiles: [{ uid: profile.uid }] };
        const url = `/v1/spectroclusters/${uid}/profiles?resolveNotification=true`;
        expect((await palette.call("PATCH", url, patch)).status).toBe(204);
        expect((await health(uid)).state).toBe("Unknown");
        await palette.pass(5);
        expect((await health(uid)).state).toBe("Healthy");
        expect((await get(uid)).status.services[0].host).toBeTruthy();
    });

    test.each([
        ["public pack with values that are no YAML", "a: [1", /values of pack broken/],
        [
            "public pack with an unknown macro",
            'a: "{{ .spectro.system.nope }}"',
            /nope' is not known/,
        ],
    ])("%s", async (_what, values, message) => {
        const broken = addPack(palette.context, { name: "broken", layer: "addon", values });
        const uid = await create([broken]);
        await palette.pass(20);
        const condition = (await get(uid)).status.packs[4].condition;
        expect(condition).toMatchObject({ type: "Error", message: expect.stringMatching(message) });
    });

    test("macros of the cluster, its profile, its packs and variables are known", async () => {
        const names = [
            "system.cluster.uid",
            "system.reverseproxy.server",
            "system.project.name",
            "system.tenant.uid",
            "system.clusterprofile.infra.version",
            "system.cloudaccount.name",
            "system.cloud.region",
            "system.kubernetes.version | substr 0 4",
            "pack.kubernetes.a",
        ];
        const values = names.map((name, index) => `k${index}: "{{ .spectro.${name} }}"\n`).join("");
        const manifest = names.map((_, index) => `{{ required "k${index}" .Values.k${index} }}`);
        const hello = helloPack(palette.context, {
            values: `manifests:\n  hello-universe:\n    ${values.replaceAll("\n", "\n    ")}`,
            manifest: [
                "apiVersion: v1",
                "kind: Pod",
                "metadata: {name: p}",
                `spec: {containers: [{name: "${manifest.slice(1).join(" ")}", image: a}]}`,
            ].join("\n"),
        });
        const uid = await create([hello]);
        await palette.pass(20);
        const path = `/v1/dashboard/spectroclusters/${uid}/workloads/pod`;
        const { body } = await palette.call("POST", path, {});
        expect(body.pods[0].spec.containers[0].name).toBe(
            "proxy.sandbox.localhost Default tenant 1.0.0 aws-account us-east-1 1.32 1",
        );
    });

    test("a pack that has left its registry", async () => {
        const hello = helloPack(palette.context);
        const profile = addProfile(palette.context, "p", [...infraPacks(palette.context), hello]);
        palette.context.packs.put(hello.uid, { ...hello, deleted: true });
        const request = clusterRequest(palette.context, [profile.uid]);
        const validation = await palette.call("POST", "/v1/spectroclusters/aws/validate", request);
        expect(validation.body.profiles[0].packs.results[4]).toMatchObject({
            name: "hellouniverse",
            errors: [{ code: "PackInvalid" }],
        });
        const { uid } = (await palette.call("POST", "/v1/spectroclusters/aws", request)).body;
        await palette.pass(20);
        const cluster = await get(uid);
        expect(cluster.status.packs[4].condition.message).toMatch(
            /is not in its registry any more/,
        );
        expect(cluster.spec.clusterProfileTemplates[0].packs[4].isInvalid).toBe(true);
    });

    test("stops the packs of later priority", async () => {
        const values = (priority: number): string =>
            `pack:\n  spectrocloud.com/install-priority: "${priority}"\n`;
        const first = addPack(palette.context, {
            name: "first",
            values: `${values(-5)}m: "{{ .spectro.var.none }}"`,
        });
        const second = addPack(palette.context, { name: "second", values: values(0) });
        const uid = await create([second, first]);
        await palette.pass(20);
        const conditions = (await get(uid)).status.packs
            .slice(4)
            .map((pack: Json) => pack.condition);
        expect(conditions.map((condition: Json) => condition.reason)).toEqual([
            "Waiting",
            "DeploymentFailed",
        ]);
    });
});

describeWithHelm("pages", () => {
    beforeEach(async () => (palette = await bench()));

    async function text(service: Json): Promise<string> {
        const response = await fetch(`http://${service.host}:${service.ports[0].port}/`);
        return response.text();
    }

    test("of two clusters and two apps answer side by side", async () => {
        const otherPack = helloPack(palette.context, {
            name: "otherapp",
            values: helloValues({ port: 9090, tag: "2.0.0" }),
            manifest: helloManifest.replaceAll("hello-universe", "other"),
        });
        otherPack.values = helloValues({ port: 9090, tag: "2.0.0" });
        const cluster = await create([helloPack(palette.context), otherPack], { name: "one" });
        const two = await create([helloPack(palette.context)], { name: "two" });
        await palette.pass(18);
        const [first, second] = (await get(cluster)).status.services;
        const [third] = (await get(two)).status.services;
        expect(first.host).not.toBe(third.host);
        expect(await text(first)).toMatch(/one<[^]*hellouniverse 1.0.0/);
        expect(second.ports).toEqual([{ port: 9090, protocol: "TCP" }]);
        expect(await text(second)).toMatch(/one<[^]*otherapp 1.0.0[^]*hello-universe:2.0.0/);
        expect(await text(third)).toMatch(/two<[^]*hellouniverse 1.0.0/);
        await palette.call("DELETE", `/v1/spectroclusters/${cluster}`);
        await palette.pass(1);
        await expect(text(first)).rejects.toThrow();
        expect(await text(third)).toMatch(/two</);
    });

    test("of two packs with a Service of one name are one page, gone with its cluster", async () => {
        const otherPack = helloPack(palette.context, { name: "otherapp" });
        const uid = await create([helloPack(palette.context), otherPack]);
        await palette.pass(18);
        const { address } = palette.context.journal.collection<Json>("clusters").get(uid);
        const pages = (): Promise<number[]> =>
            Promise.all(
                [8080, 8081].map(async (port) =>
                    fetch(`http://${address}:${port}/`).then(
                        ({ status }) => status,
                        () => 0,
                    ),
                ),
            );
        expect(await pages()).toEqual([200, 0]);
        await palette.call("DELETE", `/v1/spectroclusters/${uid}`);
        await palette.pass(1);
        expect(await pages()).toEqual([0, 0]);
    });

    test("take the next free port when theirs is taken, and keep it", async () => {
        const uid = await create();
        const clusters = palette.context.journal.collection<Json>("clusters");
        const { address } = clusters.get(uid);
        const blocker = http.createServer();
        await new Promise<void>((resolve) => blocker.listen(8080, address, resolve));
        try {
            await palette.pass(18);
            const [service] = (await get(uid)).status.services;
            expect(service.ports).toEqual([{ port: 8081, protocol: "TCP" }]);
            expect(palette.log.join("\n")).toMatch(/port 8080 of 127.* answers on 8081/);
            expect(await text(service)).toContain("hellouniverse");
        } finally {
            await new Promise((resolve) => blocker.close(resolve));
        }
        await palette.restart();
        const [service] = (await get(uid)).status.services;
        expect(service.ports).toEqual([{ port: 8081, protocol: "TCP" }]);
        expect(await text(service)).toContain("hellouniverse");
    });

    test("fall back to 127.0.0.1 where the address cannot be had", async () => {
        const free = await new Promise<number>((resolve) => {
            const probe = http.createServer().listen(0, "127.0.0.1", () => {
                const { port } = probe.address() as { port: number };
                probe.close(() => resolve(port));
            });
        });
        const values = helloValues({ port: free });
        const uid = await create([helloPack(palette.context, { values })]);
        const clusters = palette.context.journal.collection<Json>("clusters");
        await palette.pass(0);
        // An address of documentation: no machine has it.
        clusters.put(uid, { ...clusters.get(uid), address: "192.0.2.1" });
        await palette.restart();
        await palette.pass(18);
        const [service] = (await get(uid)).status.services;
        expect(service.host).toBe("127.0.0.1");
        expect(palette.log.join("\n")).toMatch(/192.0.2.1 is not available on this machine/);
        expect(await text(service)).toContain("hellouniverse");
    });

    test("a rolling update answers with the old version until the new one is ready", async () => {
        const uid = await create();
        await palette.pass(18);
        const [service] = (await get(uid)).status.services;
        const next = helloPack(palette.context, {
            version: "1.1.0",
            values: helloValues({ tag: "1.3.0" }),
        });
        const profile = addProfile(
            palette.context,
            "profile-of-default",
            [...infraPacks(palette.context), next],
            { uid: "new-version", version: "1.1.0" },
        );
        const url = `/v1/spectroclusters/${uid}/profiles`;
        const patch = {
            profiles: [{ uid: profile.uid, replaceWithProfile: "profile-profile-of-default" }],
        };
        expect((await palette.call("PATCH", url, patch)).status).toBe(204);
        const pending = await get(uid);
        expect(pending.status.spcApply.canBeApplied).toBe(false);
        expect(pending.spec.clusterProfileTemplates).toMatchObject([
            { uid: "new-version", profileVersion: "1.1.0" },
        ]);
        expect(pending.status.packs[4]).toMatchObject({
            version: "1.1.0",
            profileUid: "new-version",
            condition: { type: "Ready", status: "False" },
        });
        expect(pending.status.services).toEqual([service]);
        expect(await text(service)).toMatch(/hellouniverse 1.0.0[^]*:1.2.0/);
        await palette.pass(0.6);
        expect((await get(uid)).status.spcApply.canBeApplied).toBe(true);
        expect((await health(uid)).state).toBe("Healthy");
        await palette.pass(2);
        expect((await get(uid)).status.packs[4].condition).toMatchObject({
            type: "Ready",
            status: "True",
        });
        expect((await get(uid)).status.services).toEqual([service]);
        expect(await text(service)).toMatch(/hellouniverse 1.1.0[^]*:1.3.0/);
        expect((await get(uid)).status.packs[0].condition).toMatchObject({ status: "True" });

        // One that fails leaves the old one answering.
        const broken = helloPack(palette.context, { version: "1.2.0", manifest: "a: {{ .x.y }}" });
        addProfile(
            palette.context,
            "profile-of-default",
            [...infraPacks(palette.context), broken],
            {
                uid: "new-version",
                version: "1.1.0",
            },
        );
        expect(
            (await palette.call("PATCH", url, { profiles: [{ uid: "new-version" }] })).status,
        ).toBe(204);
        await palette.pass(3);
        expect((await health(uid)).state).toBe("UnHealthy");
        expect(await text(service)).toMatch(/hellouniverse 1.1.0[^]*:1.3.0/);
        const { body } = await palette.call("GET", `/v1/events/components/spectrocluster/${uid}`);
        const messages = body.items.map((item: Json) => item.message);
        expect(messages).toContain("Pack hellouniverse 1.0.0 is ready");
        expect(messages).toContain("Pack hellouniverse 1.1.0 is ready");
    });
});

describeWithHelm("a Service without a host yet", () => {
    test.each([
        [
            "withoutHost",
            { name: "hello-universe-service", ports: [{ port: 8080, protocol: "TCP" }] },
        ],
        ["emptyHost", { host: "" }],
        ["notReported", undefined],
    ])("%s", async (position, service) => {
        palette = await bench({ pendingHost: position });
        const uid = await create();
        await palette.pass(14.1);
        const { packs, services } = (await get(uid)).status;
        expect(packs[4].condition).toMatchObject({ type: "Ready", status: "True" });
        expect(services).toHaveLength(service ? 1 : 0);
        if (service) {
            expect(services[0]).toMatchObject(service);
        }
        expect(services[0]?.host || "none").toBe("none");
        await palette.pass(2);
        expect((await get(uid)).status.services[0].host).toMatch(/^127\./);
    });
});
