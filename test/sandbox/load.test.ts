import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import {
    CreateRepositoryCommand,
    ECRClient,
    paginateDescribeRepositories,
} from "@aws-sdk/client-ecr";
import { Agent, fetch } from "undici";
import type { SandboxFile } from "../../sandbox/sandboxFile";
import { Journal } from "../../sandbox/journal";
import type { Pack, Profile } from "../../sandbox/palette/stored";
import type { Cluster } from "../../sandbox/palette/clusters/records";
import type { Registry } from "../../sandbox/palette/registries/registry";
import { describeWith } from "./awsSandbox";
import { archive, helloFiles, packRepository, PaletteBench } from "./paletteSupport";

const root = path.join(__dirname, "../..");
const count = 1000;

// Answers are read freely here; other tests check them against the API's document.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/**
 * A running cluster with its profile, pack and registry is made through the API, and its records
 * are multiplied in the journal of the sandbox, which then runs as a process of its own.
 */
describeWith("registry", "helm")(
    `a sandbox with ${count} registries, packs, profiles, clusters`,
    () => {
        let dir: string;
        let told: SandboxFile;
        let dispatcher: Agent;
        let child: ChildProcess | undefined;

        const start = async (): Promise<void> => {
            const main = ["--import", "tsx", path.join(root, "sandbox/main.ts"), "--dir", dir];
            const options = ["--speed", "1", "--switch", "rateLimit=off"];
            const started = spawn(process.execPath, [...main, ...options], {
                cwd: root,
                stdio: ["ignore", "pipe", "inherit"],
            });
            child = started;
            await new Promise((resolve, reject) => {
                started.stdout.once("data", resolve);
                started.once("exit", (code) => reject(new Error(`the sandbox ended with ${code}`)));
            });
            told = JSON.parse(fs.readFileSync(path.join(dir, "sandbox.json"), "utf8"));
            dispatcher = new Agent({ connect: { ca: fs.readFileSync(told.caFile) } });
        };
        const end = async (signal: NodeJS.Signals): Promise<number | null> => {
            const ended = new Promise<number | null>((resolve) => child!.once("exit", resolve));
            child!.kill(signal);
            const code = await ended;
            child = undefined;
            await dispatcher.destroy();
            return code;
        };
        const send = async (
            method: string,
            url: string,
            body?: object,
            tenant = false,
        ): Promise<{ status: number; body: Json }> => {
            const { endpoint, apiKey, projectUid } = told.palette;
            const response = await fetch(endpoint + url, {
                method,
                dispatcher,
                headers: {
                    ApiKey: apiKey,
                    ...(tenant ? {} : { ProjectUid: projectUid }),
                    ...(body ? { "content-type": "application/json" } : {}),
                },
                body: body ? JSON.stringify(body) : null,
            });
            const text = await response.text();
            return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
        };
        const call = async (...args: Parameters<typeof send>): Promise<Json> => {
            const { status, body } = await send(...args);
            if (status >= 300) {
                throw new Error(`${args[0]} ${args[1]} answers ${status}: ${JSON.stringify(body)}`);
            }
            return body;
        };
        /** All items of a list, page by page. */
        const pages = async (method: string, url: string, body?: object): Promise<Json[]> => {
            const items: Json[] = [];
            for (let next = url; next !== "";) {
                const page = await call(method, next, body);
                items.push(...page.items);
                const token: string = page.listmeta?.continue ?? "";
                next = token && `${url}?continue=${encodeURIComponent(token)}`;
            }
            return items;
        };

        beforeAll(async () => {
            const bench = await PaletteBench.start({ switches: { rateLimit: "off" } });
            dir = bench.dir;
            await makeOne(bench).finally(() => bench.close());
            multiply(path.join(dir, "journal.jsonl"));
            const began = performance.now();
            await start();
            print(`started in ${Math.round(performance.now() - began)} ms`);
        }, 60_000);
        afterAll(async () => {
            if (child?.exitCode === null) {
                await end("SIGTERM");
            }
            fs.rmSync(dir, { recursive: true });
        });

        const lists: [method: string, url: string, body?: object][] = [
            ["GET", "/v1/registries/metadata"],
            ["GET", "/v1/registries/oci/summary"],
            ["GET", "/v1/packs"],
            ["GET", "/v1/packs?filters=spec.name=hellouniverse-500ANDspec.version=1.0.0"],
            ["POST", "/v1/packs/search", {}],
            ["GET", "/v1/dashboard/clusterprofiles/metadata"],
            ["POST", "/v1/dashboard/clusterprofiles", {}],
            [
                "POST",
                "/v1/dashboard/clusterprofiles",
                { filter: { profileName: { eq: "profile-500" } } },
            ],
            ["GET", "/v1/dashboard/spectroclusters/metadata"],
            ["POST", "/v1/dashboard/spectroclusters/search", { sort: [] }],
            [
                "POST",
                "/v1/dashboard/spectroclusters/search",
                { filter: named("cluster-500"), sort: [] },
            ],
        ];

        test("lists take less than 50 ms at the median", async () => {
            const times = new Map(lists.map((list) => [list, [] as number[]]));
            const idle: number[] = [];
            const timed = async (
                into: number[],
                ...args: Parameters<typeof call>
            ): Promise<void> => {
                const began = performance.now();
                await call(...args);
                into.push(performance.now() - began);
            };
            // The first round makes the connection and compiles; a small call tells how busy the machine is.
            for (let round = 0; round < 16; round++) {
                await timed(idle, "GET", "/v1/users/info");
                for (const list of lists) {
                    await timed(times.get(list)!, ...list);
                }
            }
            const busy = median(idle.slice(1));
            // A call without work takes 2 ms on an idle machine.
            const bound = 50 * Math.max(1, busy / 2);
            print(
                `GET /v1/users/info: ${busy.toFixed(1)} ms; bound of the lists: ${bound.toFixed(0)} ms`,
            );
            for (const [[method, url, body], taken] of times) {
                const single = median(taken.slice(1));
                print(
                    `${single.toFixed(1).padStart(6)} ms ${method} ${url} ${JSON.stringify(body) ?? ""}`,
                );
                expect({ url, body, slow: single < bound ? false : single }).toEqual({
                    url,
                    body,
                    slow: false,
                });
            }
        });

        test("finds one among them, and all on their pages", async () => {
            const found = await Promise.all(lists.map((list) => call(...list)));
            expect([3, 7, 10].map((index) => found[index].items.length)).toEqual([1, 1, 1]);
            expect(found[10].items[0].status.state).toBe("Running");
            const names = (await pages("GET", "/v1/packs")).map(({ spec }) => spec.name);
            expect(new Set(names.filter((name) => name.startsWith("hellouniverse-"))).size).toBe(
                count,
            );
            const body = { sort: [] };
            const clusters = await pages("POST", "/v1/dashboard/spectroclusters/search", body);
            expect(new Set(clusters.map(({ metadata }) => metadata.name)).size).toBe(count);
        });

        test("takes less than 300 MB", () => {
            const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(child!.pid)]);
            const megabytes = Number(stdout.toString()) / 1024;
            print(`${Math.round(megabytes)} MB resident`);
            expect(megabytes).toBeGreaterThan(20);
            expect(megabytes).toBeLessThan(300);
        });

        test("keeps everything over a stop and a start", async () => {
            const look = async (): Promise<string[]> => {
                const kept = await Promise.all([
                    pages("GET", "/v1/registries/oci/summary"),
                    pages("GET", "/v1/packs"),
                    pages("POST", "/v1/dashboard/clusterprofiles", {}),
                    pages("POST", "/v1/dashboard/spectroclusters/search", { sort: [] }),
                ]);
                // The heartbeat is the time of the answer.
                return kept
                    .flat()
                    .map((item) => JSON.stringify(item).replace(/"lastHeartBeat[^,]*,/, ""));
            };
            const before = await look();
            expect(before.length).toBeGreaterThan(4 * count);
            expect(await end("SIGTERM")).toBe(0);
            await start();
            const after = await look();
            expect(after).toHaveLength(before.length);
            // One alone, for a failure that can be read.
            const changed = before.findIndex((item, index) => item !== after[index]);
            expect(after[changed]).toBe(before[changed]);
        });

        test("kill -9 loses nothing that was acknowledged", async () => {
            const account = (await call("GET", "/v1/cloudaccounts/aws")).items[0].metadata.uid;
            const profile = (await call("GET", "/v1/dashboard/clusterprofiles/metadata")).items[0];
            /** What an object's description may be: undefined when it is gone. Two while a call is under way. */
            const known = new Map<string, (string | undefined)[]>();
            const repositories: string[] = [];
            const change = async (
                url: string,
                value: string | undefined,
                work: () => Promise<Json>,
            ): Promise<void> => {
                known.set(url, [...(known.get(url) ?? []), value]);
                await work();
                known.set(url, [value]);
            };
            const create = async (url: string, name: string, spec: object, tenant = false) => {
                const metadata = { name, annotations: { description: name } };
                return (await call("POST", url, { metadata, spec }, tenant)).uid as string;
            };
            const profiles = async (name: string): Promise<void> => {
                const uid = await create("/v1/clusterprofiles", name, {});
                const url = `/v1/clusterprofiles/${uid}`;
                known.set(url, [name]);
                const metadata = { name, annotations: { description: "changed" } };
                await change(url, "changed", () => call("PATCH", `${url}/metadata`, { metadata }));
                if (Math.random() < 0.5) {
                    await change(url, undefined, () => call("DELETE", url));
                }
            };
            const clusters = async (name: string): Promise<void> => {
                const uid = await create("/v1/spectroclusters/aws", name, {
                    cloudAccountUid: account,
                    cloudConfig: { region: told.seed.region, sshKeyName: told.seed.sshKeyName },
                    profiles: [{ uid: profile.metadata.uid }],
                    machinepoolconfig: pools(told.seed.availabilityZones[0]!),
                });
                known.set(`/v1/spectroclusters/${uid}`, [name]);
            };
            const registries = async (name: string): Promise<void> => {
                const { registryHost, accessKeyId, secretAccessKey } = told.aws;
                const spec = {
                    endpoint: registryHost,
                    isPrivate: true,
                    providerType: "pack",
                    credentials: { accessKey: accessKeyId, secretKey: secretAccessKey },
                };
                const uid = await create("/v1/registries/oci/ecr", name, spec, true);
                const url = `/v1/registries/oci/${uid}/ecr`;
                known.set(url, [name]);
                if (Math.random() < 0.5) {
                    await change(url, undefined, () => call("DELETE", url, undefined, true));
                }
            };
            const ecr = async (name: string): Promise<void> => {
                const client = ecrClient(told);
                await client
                    .send(new CreateRepositoryCommand({ repositoryName: name }))
                    .finally(() => client.destroy());
                repositories.push(name);
            };

            const rounds = 4;
            for (let round = 0; round < rounds; round++) {
                let killed = false;
                const before = known.size;
                const writers = [profiles, clusters, registries, ecr].map(async (write, writer) => {
                    for (let index = 0; !killed; index++) {
                        await write(`writer${writer}-${round}-${index}`).catch((error: unknown) => {
                            // Cut off by the kill; anything else is a failure.
                            if (!killed) {
                                throw error;
                            }
                        });
                    }
                });
                const failed = Promise.all(writers);
                const enough = async (): Promise<void> => {
                    while (known.size < before + 40 && !killed) {
                        await sleep(5);
                    }
                    await sleep(Math.random() * 100);
                };
                await Promise.race([failed, enough()]);
                killed = true;
                await end("SIGKILL");
                await failed;
                await start();
                for (const [url, values] of known) {
                    const { status, body } = await send(
                        "GET",
                        url,
                        undefined,
                        url.endsWith("/ecr"),
                    );
                    const seen = status === 404 ? undefined : body.metadata.annotations.description;
                    expect({ url, values, known: values.includes(seen) }).toMatchObject({
                        known: true,
                    });
                }
                const client = ecrClient(told);
                const there = new Set<string>();
                for await (const page of paginateDescribeRepositories({ client }, {})) {
                    page.repositories!.forEach((repository) =>
                        there.add(repository.repositoryName!),
                    );
                }
                client.destroy();
                expect(repositories.filter((name) => !there.has(name))).toEqual([]);
            }
            print(
                `${rounds} kills, ${known.size + repositories.length} objects acknowledged, none lost`,
            );
            expect(repositories.length).toBeGreaterThan(rounds);
            const search = { filter: named("cluster-999"), sort: [] };
            const { items } = await call("POST", "/v1/dashboard/spectroclusters/search", search);
            expect(items).toHaveLength(1);
        }, 240_000);
    },
);

/** A registry, the pack in it, a profile and a cluster that runs it and is healthy. */
async function makeOne(bench: PaletteBench): Promise<void> {
    const project = { project: bench.project };
    await bench.push(packRepository, "1.0.0", { layers: [await archive(helloFiles())] });
    await bench.create("/v1/registries/oci/ecr", bench.ecrRegistry({ name: "registry" }));
    const versions = {
        "ubuntu-aws": "22.04",
        kubernetes: "1.32.3",
        "cni-calico": "3.29.3",
        "csi-aws-ebs": "1.41.0",
        hellouniverse: "1.0.0",
    };
    const packs = [];
    for (const [name, tag] of Object.entries(versions)) {
        const url = `/v1/packs?filters=spec.name=${name}ANDspec.version=${tag}`;
        const pack = await bench.until(async () => (await bench.get(url, project)).items[0]);
        packs.push({ name, tag, uid: pack.metadata.uid, values: pack.spec.values });
    }
    const profile = {
        metadata: { name: "profile" },
        spec: { template: { type: "cluster", cloudType: "aws", packs } },
    };
    const { availabilityZones, region, sshKeyName } = bench.sandbox.seed;
    const accounts = await bench.get("/v1/cloudaccounts/aws", project);
    const cluster = {
        metadata: { name: "cluster" },
        spec: {
            cloudAccountUid: accounts.items[0].metadata.uid,
            cloudConfig: { region, sshKeyName },
            profiles: [
                { uid: await bench.create("/v1/clusterprofiles?publish=true", profile, project) },
            ],
            machinepoolconfig: pools(availabilityZones[0]!),
        },
    };
    const uid = await bench.create("/v1/spectroclusters/aws", cluster, project);
    await bench.until(async () => {
        const url = `/v1/dashboard/spectroclusters/${uid}/overview`;
        return (await bench.get(url, project)).status.health?.state === "Healthy";
    });
}

/** Puts copies of the four records into the journal: with uids, names and addresses of their own. */
function multiply(file: string): void {
    const journal = Journal.open(file);
    const registries = journal.collection<Registry>("registries");
    const packs = journal.collection<Pack>("packs");
    const profiles = journal.collection<Profile>("profiles");
    const clusters = journal.collection<Cluster>("clusters");
    const registry = registries.values().find(({ name }) => name === "registry")!;
    const pack = packs.values().find(({ name }) => name === "hellouniverse")!;
    const profile = profiles.values().find(({ name }) => name === "profile")!;
    const cluster = clusters.values().find(({ name }) => name === "cluster")!;
    const own = [registry, pack, profile, cluster, ...cluster.pools]
        .concat(cluster.pools.flatMap(({ machines }) => machines) as never)
        .map(({ uid }) => uid)
        .concat(cluster.cloudConfigUid);
    const copy = <T>(record: T, index: number): T => {
        let text = JSON.stringify(record);
        for (const uid of own) {
            const otherUid = createHash("sha256")
                .update(`${uid} ${index}`)
                .digest("hex")
                .slice(0, 24);
            text = text.replaceAll(uid, otherUid);
        }
        return JSON.parse(
            text.replaceAll('"name":"hellouniverse"', `"name":"hellouniverse-${index}"`),
        );
    };
    for (let index = 0; index < count; index++) {
        const next = [registry, pack, profile, cluster].map((record) => copy(record, index));
        const [newRegistry, newPack, newProfile, newCluster] = next as [
            Registry,
            Pack,
            Profile,
            Cluster,
        ];
        registries.put(newRegistry.uid, { ...newRegistry, name: `registry-${index}` });
        packs.put(newPack.uid, newPack);
        profiles.put(newProfile.uid, { ...newProfile, name: `profile-${index}` });
        const address = `127.200.${Math.floor(index / 250)}.${1 + (index % 250)}`;
        clusters.put(newCluster.uid, { ...newCluster, name: `cluster-${index}`, address });
    }
    registries.delete(registry.uid);
    packs.delete(pack.uid);
    profiles.delete(profile.uid);
    clusters.delete(cluster.uid);
    journal.close();
}

function pools(zone: string): object[] {
    return [true, false].map((isControlPlane) => {
        const name = isControlPlane ? "control-plane" : "worker";
        return {
            poolConfig: { name, size: 1, isControlPlane, labels: [name] },
            cloudConfig: { instanceType: "m4.xlarge", azs: [zone] },
        };
    });
}

/** The dashboard's filter for a cluster of that name. */
function named(name: string): object {
    const match = { conjunction: "or", values: [name] };
    const condition = { string: { operator: "eq", negation: false, ignoreCase: false, match } };
    const filters = [{ property: "clusterName", type: "string", condition }];
    return { conjunction: "and", filterGroups: [{ conjunction: "and", filters }] };
}

function ecrClient({ aws, caFile }: SandboxFile): ECRClient {
    const { endpoint, region, accessKeyId, secretAccessKey } = aws;
    return new ECRClient({
        endpoint,
        region,
        maxAttempts: 1,
        credentials: { accessKeyId, secretAccessKey },
        requestHandler: { httpsAgent: { ca: fs.readFileSync(caFile) } },
    });
}

function median(values: number[]): number {
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Past Jest, which would add a stack to it. */
function print(line: string): void {
    process.stdout.write(`load: ${line}\n`);
}
