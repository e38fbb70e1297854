import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Agent, fetch } from "undici";
import type { SandboxFile } from "../../sandbox";
import { describeWith } from "./awsSandbox";

const root = path.join(__dirname, "../..");
const count = 1000;

/** 1,000 registries, profiles and clusters in a process of their own. */
describeWith("registry", "helm")("a full sandbox", () => {
    let cleanUp = (): Promise<void> => Promise.resolve();
    afterAll(() => cleanUp());

    it("answers its lists in less than 50 ms and stays below 300 MB", async () => {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "palette load "));
        const main = ["--import", "tsx", path.join(root, "sandbox/main.ts")];
        const options = ["--dir", dir, "--switch", "rateLimit=off"];
        const child = spawn(process.execPath, [...main, ...options], {
            cwd: root,
            stdio: ["ignore", "pipe", "inherit"],
        });
        const ended = new Promise((resolve) => child.once("exit", resolve));
        cleanUp = async () => {
            child.kill("SIGKILL");
            await ended;
            fs.rmSync(dir, { recursive: true });
        };
        await new Promise((resolve, reject) => {
            child.stdout.once("data", resolve);
            void ended.then((code) => reject(new Error(`the sandbox ended with ${String(code)}`)));
        });
        const told = JSON.parse(
            fs.readFileSync(path.join(dir, "sandbox.json"), "utf8"),
        ) as SandboxFile;
        const { palette, control, seed } = told;
        const dispatcher = new Agent({ connect: { ca: fs.readFileSync(told.caFile) } });
        const call = async (method: string, url: string, body?: object, tenant = false) => {
            const response = await fetch(palette.endpoint + url, {
                method,
                dispatcher,
                headers: {
                    ApiKey: palette.apiKey,
                    ...(tenant ? {} : { ProjectUid: palette.projectUid }),
                    ...(body ? { "content-type": "application/json" } : {}),
                },
                body: body ? JSON.stringify(body) : null,
            });
            const text = await response.text();
            if (!response.ok) {
                throw new Error(`${method} ${url} answers ${response.status}: ${text}`);
            }
            // eslint-disable-next-line @typescript-eslint/no-explicit-any
            return JSON.parse(text) as any;
        };
        /** Four at a time. */
        const each = async (make: (index: number) => Promise<unknown>): Promise<void> => {
            let next = 0;
            const worker = async (): Promise<void> => {
                while (next < count) {
                    await make(next++);
                }
            };
            await Promise.all([worker(), worker(), worker(), worker()]);
        };

        await each((index) => {
            const { registryHost, accessKeyId, secretAccessKey } = told.aws;
            const body = {
                metadata: { name: `registry-${index}` },
                spec: {
                    endpoint: registryHost,
                    isPrivate: true,
                    providerType: "pack",
                    isSyncSupported: true,
                    baseContentPath: `base-${index}`,
                    credentials: { accessKey: accessKeyId, secretKey: secretAccessKey },
                },
            };
            return call("POST", "/v1/registries/oci/ecr", body, true);
        });
        const versions = { "ubuntu-aws": "22.04", kubernetes: "1.32.3", "cni-calico": "3.29.3" };
        const packs = await Promise.all(
            Object.entries(versions).map(async ([name, tag]) => {
                const url = `/v1/packs?filters=spec.name=${name}ANDspec.version=${tag}`;
                const { metadata, spec } = (await call("GET", url)).items[0];
                return { name, tag, uid: metadata.uid, values: spec.values };
            }),
        );
        const profiles: string[] = [];
        await each(async (index) => {
            const made = await call("POST", "/v1/clusterprofiles?publish=true", {
                metadata: { name: `profile-${index}` },
                spec: { template: { type: "cluster", cloudType: "aws", packs } },
            });
            profiles[index] = made.uid;
        });
        const accounts = await call("GET", "/v1/cloudaccounts/aws");
        const pool = (name: string, isControlPlane: boolean): object => ({
            poolConfig: { name, size: 1, isControlPlane, labels: [name] },
            cloudConfig: { instanceType: "m4.xlarge", azs: [seed.availabilityZones[0]] },
        });
        await each((index) =>
            call("POST", "/v1/spectroclusters/aws", {
                metadata: { name: `cluster-${index}` },
                spec: {
                    cloudAccountUid: accounts.items[0].metadata.uid,
                    cloudConfig: { region: seed.region, sshKeyName: seed.sshKeyName },
                    profiles: [{ uid: profiles[index] }],
                    machinepoolconfig: [pool("control-plane", true), pool("worker", false)],
                },
            }),
        );

        const headers = { authorization: `Bearer ${control.token}` };
        await fetch(`${control.endpoint}/requests`, { method: "DELETE", headers });
        const lists: [string, string, object?][] = [
            ["GET", "/v1/registries/metadata"],
            ["GET", "/v1/registries/oci/summary"],
            ["GET", "/v1/packs"],
            ["POST", "/v1/packs/search", {}],
            ["GET", "/v1/dashboard/clusterprofiles/metadata"],
            ["POST", "/v1/dashboard/clusterprofiles", {}],
            ["GET", "/v1/dashboard/spectroclusters/metadata"],
            ["POST", "/v1/dashboard/spectroclusters/search", { sort: [] }],
        ];
        for (const [method, url, body] of lists) {
            for (let time = 0; time < 15; time++) {
                await call(method, url, body);
            }
        }
        const log = await fetch(`${control.endpoint}/requests`, { headers });
        const { items } = (await log.json()) as {
            items: { service: string; method: string; route: string; milliseconds: number }[];
        };
        for (const [method, url] of lists) {
            const times = items
                .filter((one) => one.method === method && one.route === url)
                .map(({ milliseconds }) => milliseconds)
                .sort((a, b) => a - b);
            expect(times).toHaveLength(15);
            expect({ url, slow: times[7]! >= 50 ? times : false }).toEqual({ url, slow: false });
        }
        const status = `/proc/${child.pid}/status`;
        if (fs.existsSync(status)) {
            const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(fs.readFileSync(status, "utf8"))!;
            expect(Number(kilobytes) / 1024).toBeLessThan(300);
        }
        child.kill("SIGTERM");
        expect(await ended).toBe(0);
        await dispatcher.destroy();
    }, 240_000);
});
