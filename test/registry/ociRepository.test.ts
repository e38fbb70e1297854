import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PutImageTagMutabilityCommand } from "@aws-sdk/client-ecr";
import { Agent } from "undici";
import { publish } from "../../packages/registry/publish";
import { openRepository } from "../../packages/registry/openRepository";
import type { RepositoryClient } from "../../packages/registry/repository";
import { describeWith } from "../sandbox/awsSandbox";
import { archive, helloFiles, pushImage, type ImageShape } from "../sandbox/paletteSupport";
import { RegistryBench } from "./registryBench";

jest.mock(
    "node:child_process",
    () =>
        jest.requireActual<typeof import("../unit/executables")>("../unit/executables")
            .childProcess,
);

const BASE = "spectro-oci-registry";

describeWith("registry", "oras")("a pack in a real OCI registry", () => {
    let registries: RegistryBench;
    beforeAll(async () => void (registries = await RegistryBench.start()));
    afterAll(() => registries.remove());
    afterEach(async () => {
        registries.reset();
        rmSync(join(registries.tools.folder, "oras"), { force: true });
        await registries.bench.control("DELETE", "/switches");
    });

    const publishTo = (repository: RepositoryClient, versions: Parameters<typeof publish>[2]) =>
        publish(repository, "hellouniverse", versions, false);
    const digestOf = async (repository: RepositoryClient, version = "1.0.0") =>
        (await repository.lookUp([version]))![version];

    describe.each([
        ["ecr", "aws"],
        ["basic", "harbor"],
    ] as const)("%s", (kind, service) => {
        test("is pushed once, whatever clone it is pushed from", async () => {
            const repository = await registries.repository(kind, `${BASE}/once`);
            const pack = await registries.pack(`${kind} once`);
            expect(await digestOf(repository)).toBeUndefined();
            await publishTo(repository, { "1.0.0": pack });
            expect(await digestOf(repository, "1.0.0")).toBe(pack.digest);
            expect(await repository.problemOf("1.0.0", pack.digest)).toBeUndefined();

            await registries.resetCounters();
            const clone = await registries.clone(pack);
            expect(clone.digest).toBe(pack.digest);
            const another = await registries.repository(kind, `${BASE}/once`);
            await publishTo(another, { "1.0.0": clone });
            expect(await registries.writes(service)).toEqual([]);
            await Promise.all([repository.close(), another.close()]);
        });

        test("tells the files in which other content differs", async () => {
            const repository = await registries.repository(kind, `${BASE}/changed`);
            await publishTo(repository, { "1.0.0": await registries.pack(`${kind} before`) });
            const changed = await registries.pack(`${kind} after`, {
                file: "values.yaml",
                text: "pack: {}\n",
            });
            await registries.resetCounters();
            await expect(publishTo(repository, { "1.0.0": changed })).rejects.toThrow(
                /^pack hellouniverse 1\.0\.0 .*: values\.yaml changed\. .*"1\.0\.1"/,
            );
            expect(await registries.writes(service)).toEqual([]);
            await repository.close();
        });

        test("refuses a folder that is not what the preview saw", async () => {
            const repository = await registries.repository(kind, `${BASE}/moving`);
            const { path } = await registries.pack(`${kind} moving`);
            const digest = `sha256:${"0".repeat(64)}`;
            await expect(repository.upload("1.0.0", { path, digest })).rejects.toThrow(
                /moving changed while the update was running/,
            );
            await repository.close();
        });

        test("loses the images that are named, and no other", async () => {
            const repository = await registries.repository(kind, `${BASE}/removed`);
            const [first, second] = [
                await registries.pack(`${kind} one`),
                await registries.pack(`${kind} other`, { version: "1.1.0" }),
            ];
            await publishTo(repository, { "1.0.0": first, "1.1.0": second });
            const gone = `sha256:${"0".repeat(64)}`;
            await repository.remove!([first.digest, gone]);
            expect(await digestOf(repository)).toBeUndefined();
            expect(await digestOf(repository, "1.1.0")).toBe(second.digest);
            await repository.remove!([first.digest]);
            await repository.close();
        });

        test("is looked up and loses its images where oras is missing", async () => {
            const repository = await registries.repository(kind, `${BASE}/without-oras`);
            const wanted = await registries.pack(`${kind} without oras`);
            await publishTo(repository, { "1.0.0": wanted });
            const environment = process.env;
            const another = await registries.repository(kind, `${BASE}/without-oras`);
            try {
                process.env = { ...environment, PATH: "", PALETTE_ENGINE_DIR: "/nowhere" };
                expect(await digestOf(another)).toBe(wanted.digest);
                await another.remove!([wanted.digest]);
            } finally {
                process.env = environment;
            }
            expect(await digestOf(repository)).toBeUndefined();
            await another.close();
            await repository.close();
        });

        test("reaches oras without a secret that a process list would show", async () => {
            const arguments_ = registries.watch("oras", 'env >> "$0.environment"');
            const repository = await registries.repository(kind, `${BASE}/secret`);
            await publishTo(repository, { "1.0.0": await registries.pack(`${kind} secret`) });
            await repository.close();
            const shown =
                arguments_() +
                readFileSync(join(registries.tools.folder, "oras.environment"), "utf8");
            expect(shown).toContain("--password-stdin");
            const { harbor, aws } = registries.bench.sandbox;
            for (const secret of [harbor.password, harbor.token, aws.secretAccessKey]) {
                expect(shown).not.toContain(secret);
            }
        });
    });

    describe("trouble in the middle of a push is told, and the next push ends it:", () => {
        test.each([
            [
                "a token that expires",
                "ecr" as const,
                { method: "PUT", status: 401 },
                /^oras push failed: .*401: Unauthorized; check .* AWS credentials .*run the command again: it asks for a new login/,
            ],
            [
                "an answer with another digest",
                "basic" as const,
                // The first one is the look whether it is there already.
                { method: "HEAD", nth: 2, action: "corrupt" },
                /:1\.0\.0 has the digest sha256:\w+ after the push of sha256:\w+: .* run pulumi up again$/,
            ],
        ])("%s", async (name, kind, fault, message) => {
            const base = `${BASE}/${name.replaceAll(" ", "-")}`;
            const pack = await registries.pack(name);
            const repository = await registries.repository(kind, base);
            await registries.bench.control("POST", "/faults", {
                service: kind === "ecr" ? "aws" : "harbor",
                route: "/v2/{name}/manifests/{reference}",
                times: 0,
                ...fault,
            });
            const error = await publishTo(repository, { "1.0.0": pack }).then(
                () => "no error",
                (refusal: Error) => refusal.message,
            );
            await registries.bench.control("DELETE", "/faults");
            expect(error).toMatch(message);
            await repository.close();
            const again = await registries.repository(kind, base);
            await publishTo(again, { "1.0.0": pack });
            expect(await again.problemOf("1.0.0", pack.digest)).toBeUndefined();
            await again.close();
        });
    });

    describe("what Palette would skip is told:", () => {
        const agent = () =>
            new Agent({
                connect: { ca: readFileSync(registries.bench.sandbox.caFile, "utf8") },
            });
        const pushByHand = async (basePath: string, tag: string, shape: Partial<ImageShape>) => {
            const { endpoint, username, password } = registries.bench.sandbox.harbor;
            const basic = Buffer.from(`${username}:${password}`).toString("base64");
            const first = agent();
            try {
                return await pushImage({
                    base: endpoint,
                    repository: `${basePath}/spectro-packs/archive/hellouniverse`,
                    tag,
                    shape: { layers: [await archive(helloFiles())], ...shape },
                    headers: { authorization: `Basic ${basic}` },
                    agent: first,
                });
            } finally {
                await first.close();
            }
        };

        test.each<[string, string, Partial<ImageShape>, RegExp]>([
            [
                "a manifest of another shape",
                "1.0.0",
                { artifactType: "application/vnd.unknown.artifact.v1" },
                /has not the shape of image-spec v1\.0: its artifactType is /,
            ],
            [
                "a tag that is not the pack's version",
                "2.0.0",
                {},
                /holds the pack hellouniverse 1\.0\.0: repository and tag have to be its name and version/,
            ],
        ])("%s", async (name, tag, shape, message) => {
            const basePath = `${BASE}/${name.replaceAll(/\W/g, "-")}`;
            const digest = await pushByHand(basePath, tag, shape);
            const repository = await registries.repository("basic", basePath);
            expect(await repository.problemOf(tag, digest)).toMatch(message);
            expect(await repository.problemOf(tag, `sha256:${"0".repeat(64)}`)).toMatch(
                /has the digest .* somebody else pushed over it/,
            );
            expect(await repository.problemOf("9.9.9", digest)).toMatch(/is not in the registry/);
        });
    });

    describe("a refusal is explained:", () => {
        const answering = async (basePath = `${BASE}/refused`) => {
            const repository = await registries.repository("basic", basePath);
            return digestOf(repository);
        };

        test("a wrong password", async () => {
            registries.reconfigure("harbor", { password: "not-the-password" });
            const error = await answering().catch((refusal: Error) => refusal.message);
            expect(error).toMatch(
                /does not accept the credentials of registries\[\] "harbor".*401/,
            );
            expect(error).not.toContain("not-the-password");
        });

        test.each(["basic", "bearer"])(
            "a project that does not exist, where it is asked for credentials by %s",
            async (harborChallenge) => {
                await registries.bench.control("PATCH", "/switches", { harborChallenge });
                await expect(answering("nowhere/team")).rejects.toThrow(
                    /^manifest look-up failed: .*unauthorized.*; .* accepts the credentials .* in Harbor the project "nowhere" does not exist, or robot\$sandbox may not read it/is,
                );
            },
        );

        test("an authority that nobody knows", async () => {
            registries.reconfigure("harbor", { caFile: undefined });
            await expect(answering()).rejects.toThrow(
                /certificate.*caFile of registries\[\] "harbor"/s,
            );
            registries.reconfigure("harbor", { insecureSkipVerify: true });
            expect(await answering()).toBeUndefined();
        });

        test("but not an authority that the machine trusts", async () => {
            registries.reconfigure("harbor", { caFile: undefined });
            process.env.SSL_CERT_FILE = registries.bench.sandbox.caFile;
            try {
                expect(await answering()).toBeUndefined();
            } finally {
                delete process.env.SSL_CERT_FILE;
            }
        });

        test("a registry that has left the configuration", async () => {
            registries.configure([]);
            await expect(answering()).rejects.toThrow(
                /^registries: "harbor" with the endpoint 127\.0\.0\.1:\d+ is not in the stack's configuration.*put it back/,
            );
        });

        test("a registry whose name stands for another host now, which gets no password of it", async () => {
            registries.reconfigure("harbor", { endpoint: "https://harbor.example" });
            await expect(answering()).rejects.toThrow(
                /^registries: "harbor" with the endpoint 127\.0\.0\.1:\d+ is not in/,
            );
        });

        test("but not that of one which is called otherwise now", async () => {
            registries.reconfigure("harbor", { name: "other" });
            expect(await answering()).toBeUndefined();
        });

        describe("the registry's own words come first, and the advice fits the operation:", () => {
            const project = "rules";
            const base = `${project}/team`;
            const rules = (settings: object) =>
                registries.bench.control("PUT", `/harbor/projects/${project}`, settings);
            afterEach(async () => {
                await rules({});
                await registries.bench.control("PUT", "/harbor", {});
            });
            const push = async (name: string) => {
                const repository = await registries.repository("basic", base);
                return repository.upload("1.0.0", await registries.pack(name)).catch(messageOf);
            };
            const messageOf = (error: Error) => error.message;
            const ofBasic = /(?!.*immutableTags)(?!.*does not exist)/;

            test.each<[string, object, RegExp]>([
                [
                    "a quota that is used up",
                    { quota: 10 },
                    /^oras push failed: .*will exceed the configured upper limit.*; the project "rules" is full: raise its quota/s,
                ],
                [
                    "a proxy project",
                    { proxy: true },
                    /^oras push failed: .*can not push artifact to a proxy project: rules; .*another project in basePath of registries\[\] "harbor"$/s,
                ],
            ])("%s", async (name, settings, expected) => {
                await rules(settings);
                const message = await push(name);
                expect(message).toMatch(expected);
                expect(message).toMatch(ofBasic);
            });

            test("the read-only mode", async () => {
                await rules({});
                await registries.bench.control("PUT", "/harbor", { readOnly: true });
                expect(await push("read-only")).toMatch(
                    /^oras push failed: .*read only mode.*; .*let its administrator end that mode/s,
                );
            });

            test("an immutability rule, at a push and at a deletion", async () => {
                await rules({});
                expect(await push("first")).toBeUndefined();
                await rules({ immutable: true });
                const repository = await registries.repository("basic", base);
                const { digest } = await registries.pack("first");
                const second = await registries.pack("second", {
                    file: "values.yaml",
                    text: "a: 1\n",
                });
                const pushed = await repository.upload("1.0.0", second).catch(messageOf);
                expect(pushed).toMatch(
                    /^oras push failed: .*configured as immutable.*; an immutability rule .*: publish the content under another version$/s,
                );
                const deleted = await repository.remove!([digest]).catch(messageOf);
                expect(deleted).toMatch(
                    /^manifest delete failed: .*configured as immutable.*; an immutability rule .*take the tag out of the rule .*or leave the image there: .*pulumi state delete/s,
                );
                for (const message of [pushed, deleted]) {
                    expect(message).toMatch(ofBasic);
                    expect(message).not.toMatch(/\bagain\b/);
                }
            });
        });

        test.each([
            [400, "MANIFEST_INVALID", "manifest invalid", false],
            [412, "PRECONDITION", "some rule", false],
            [429, "TOOMANYREQUESTS", "slow down", true],
            [503, "UNAVAILABLE", "maintenance", true],
        ])(
            "an answer %d advises to run again only where that can help",
            async (status, code, message, again) => {
                const repository = await registries.repository("basic", `${BASE}/again-${status}`);
                await registries.bench.control("POST", "/faults", {
                    service: "harbor",
                    method: "PUT",
                    route: "/v2/{name}/manifests/{reference}",
                    times: 0,
                    status,
                    body: { errors: [{ code, message }] },
                });
                const error: Error = await repository
                    .upload("1.0.0", await registries.pack(`again ${status}`))
                    .then(
                        () => new Error("no error"),
                        (refusal: Error) => refusal,
                    );
                await registries.bench.control("DELETE", "/faults");
                expect(error.message).toContain(message);
                expect(/command again/.test(error.message)).toBe(again);
            },
        );

        test.each([
            [403, "DENIED", /or leave the image there: .* URN, of type PackRepository/],
            [412, "PRECONDITION", /or leave the image there: .* URN, of type PackRepository/],
            [405, "UNSUPPORTED", /or leave the image there: .* URN, of type PackRepository/],
            [503, "UNAVAILABLE", /; run the command again$/],
        ])("an answer %d to a deletion tells a way on", async (status, code, way) => {
            const name = `deletion-${status}`;
            const repository = await registries.repository("basic", `${BASE}/${name}`);
            const pack = await registries.pack(name);
            await repository.upload("1.0.0", pack);
            await registries.bench.control("POST", "/faults", {
                service: "harbor",
                method: "DELETE",
                times: 0,
                status,
                body: { errors: [{ code, message: "rule Z" }] },
            });
            const error: Error = await repository.remove!([pack.digest]).then(
                () => new Error("no error"),
                (refusal: Error) => refusal,
            );
            await registries.bench.control("DELETE", "/faults");
            expect(error.message).toMatch(/^manifest delete failed: .*rule Z; /s);
            expect(error.message).toMatch(way);
        });

        test("tags that cannot be overwritten", async () => {
            const repository = await registries.repository("ecr", `${BASE}/immutable`);
            const ecr = registries.bench.ecr();
            await ecr.send(
                new PutImageTagMutabilityCommand({
                    repositoryName: `${BASE}/immutable/spectro-packs/archive/hellouniverse`,
                    imageTagMutability: "IMMUTABLE",
                }),
            );
            ecr.destroy();
            await repository.upload("1.0.0", await registries.pack("immutable"));
            const second = await registries.pack("mutable", {
                file: "values.yaml",
                text: "a: 1\n",
            });
            await expect(repository.upload("1.0.0", second)).rejects.toThrow(
                /immutable.*immutableTags of registries\[\] "ecr"/s,
            );
            await repository.close();
        });

        test("a repository that does not exist", async () => {
            const repository = await registries.repository("ecr", `${BASE}/there`);
            await repository.close();
            const absent = await openRepository(
                {
                    registry: registries.access("ecr"),
                    repository: `${BASE}/not-there`,
                    pack: "hellouniverse",
                },
                registries.config,
            );
            expect(await absent.lookUp(["1.0.0"])).toBeUndefined();
            await expect(absent.upload("1.0.0", await registries.pack("absent"))).rejects.toThrow(
                /does not exist: create spectro-oci-registry\/not-there/,
            );
            await absent.close();
        });
    });

    test("a token is taken where the registry asks for one, and told where it wants a password", async () => {
        const { token } = registries.bench.sandbox.harbor;
        registries.reconfigure("harbor", { username: undefined, password: undefined, token });
        const pack = await registries.pack("token");
        const repository = await registries.repository("basic", `${BASE}/token`);
        await expect(digestOf(repository)).rejects.toThrow(
            /wants a user and a password: .*in place of the token/,
        );
        await registries.bench.control("PATCH", "/switches", { harborChallenge: "bearer" });
        await publishTo(repository, { "1.0.0": pack });
        expect(await digestOf(repository, "1.0.0")).toBe(pack.digest);
    });

    test("oras 1.0 is spoken to in its own words", async () => {
        // What the old one does not know it refuses; its manifest is what the new one makes with the flag.
        const old = [
            'if [ "$1" = version ]; then echo "Version:        1.0.1"; exit; fi',
            'if [ "$1" = resolve ]; then echo "Error: unknown command" >&2; exit 1; fi',
            'case " $* " in *" --image-spec "*) echo "Error: unknown image specification flag: v1.0" >&2; exit 1;; esac',
            'if [ "$1" = push ]; then shift; set -- push --image-spec v1.0 "$@"; fi',
        ];
        registries.watch("oras", old.join("\n"));
        const pack = await registries.pack("old oras");
        const repository = await registries.repository("basic", `${BASE}/old`);
        await publishTo(repository, { "1.0.0": pack });
        expect(await digestOf(repository, "1.0.0")).toBe(pack.digest);
    });
});
