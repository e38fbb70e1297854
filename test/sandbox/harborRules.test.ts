import fs from "node:fs";
import { Agent, fetch } from "undici";
import { describeWith } from "./awsSandbox";
import { archive, helloFiles, PaletteBench, pushImage } from "./paletteSupport";

describeWith("registry")("Harbor's rules in the basic registry", () => {
    let bench: PaletteBench;
    let agent: Agent;
    let headers: { authorization: string };
    beforeAll(async () => {
        bench = await PaletteBench.start();
        agent = new Agent({ connect: { ca: fs.readFileSync(bench.sandbox.caFile, "utf8") } });
        const { username, password } = bench.sandbox.harbor;
        const login = Buffer.from(`${username}:${password}`).toString("base64");
        headers = { authorization: `Basic ${login}` };
    });
    afterAll(async () => {
        await agent.destroy();
        await bench.remove();
    });

    const repository = (project: string) => `${project}/spectro-packs/archive/hellouniverse`;
    const push = async (project: string, version = "1.0.0", readme = "") => {
        const files = { ...helloFiles({ version }), "hello-universe-pack/x.md": readme };
        return pushImage({
            base: bench.sandbox.harbor.endpoint,
            repository: repository(project),
            tag: version,
            shape: { layers: [await archive(files)] },
            headers,
            agent,
        });
    };
    const call = async (method: string, project: string, reference: string) => {
        const url = `/v2/${repository(project)}/manifests/${reference}`;
        const accept = "application/vnd.oci.image.manifest.v1+json";
        const answer = await fetch(bench.sandbox.harbor.endpoint + url, {
            method,
            headers: { ...headers, accept },
            dispatcher: agent,
        });
        return { status: answer.status, text: await answer.text() };
    };
    const project = (name: string, settings?: object) =>
        bench.control("PUT", `/harbor/projects/${name}`, settings);

    it("refuses a push over the project's quota, until it is raised", async () => {
        await project("small", { quota: 100 });
        await expect(push("small")).rejects.toThrow(
            /PUT .* answers 403: .*"DENIED".*adding \d+ B of storage resource, which when updated to current usage of 0 B will exceed the configured upper limit of 100 B\./,
        );
        await project("small", { quota: 3000 });
        await push("small");
        await push("small");
        await expect(
            push("small", "1.0.1", "x".repeat(3000) + Math.random()),
        ).resolves.toBeTruthy();
        await project("small", { quota: 2000 });
        await expect(push("small", "1.0.2")).rejects.toThrow(
            /current usage of \d\.\d KiB .* upper limit of 2\.0 KiB/,
        );
    });

    it("changes nothing in read-only mode", async () => {
        await project("frozen");
        const digest = await push("frozen");
        await bench.control("PUT", "/harbor", { readOnly: true });
        const refused = /403.*DENIED.*The system is in read only mode. Any modification is proh/;
        await expect(push("frozen", "1.0.1")).rejects.toThrow(refused);
        const { status, text } = await call("DELETE", "frozen", digest);
        expect(`${status} ${text}`).toMatch(refused);
        expect((await call("GET", "frozen", "1.0.0")).status).toBe(200);
        await bench.control("PUT", "/harbor", {});
        expect((await call("DELETE", "frozen", digest)).status).toBe(202);
    });

    it("takes no push to a proxy project", async () => {
        await project("mirror", { proxy: true });
        await expect(push("mirror")).rejects.toThrow(
            /403.*DENIED.*can not push artifact to a proxy project: mirror/,
        );
        expect((await call("GET", "mirror", "1.0.0")).status).toBe(404);
    });

    it("neither overwrites nor deletes immutable tags, and deletes by digest alone", async () => {
        await project("kept", { immutable: true });
        const digest = await push("kept");
        await expect(push("kept", "1.0.0", "changed")).rejects.toThrow(
            /412.*PRECONDITION.*Failed to process request due to 'spectro-packs\/archive\/hellouniverse:1.0.0' configured as immutable\./,
        );
        await push("kept", "1.0.1");
        expect(await call("DELETE", "kept", digest)).toEqual({
            status: 412,
            text: expect.stringContaining(
                "the tag 1.0.0 configured as immutable, cannot be deleted",
            ),
        });
        expect(await call("DELETE", "kept", "1.0.1")).toMatchObject({ status: 400 });
        await project("kept", {});
        expect((await call("DELETE", "kept", digest)).status).toBe(202);
    });

    it("loses images and projects to others", async () => {
        await project("shared");
        await push("shared");
        await push("shared", "1.0.1");
        const images = `/harbor/images/${repository("shared")}`;
        await bench.control("DELETE", `${images}?tag=1.0.0`);
        expect((await call("GET", "shared", "1.0.0")).status).toBe(404);
        await bench.control("DELETE", images);
        expect((await call("GET", "shared", "1.0.1")).status).toBe(404);
        await expect(bench.control("DELETE", images)).rejects.toThrow(/404/);
        await bench.control("DELETE", "/harbor/projects/shared");
        await expect(push("shared")).rejects.toThrow(/401.*unauthorized to access repository/);
    });
});
