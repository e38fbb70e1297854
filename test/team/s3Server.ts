import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { engineDirectory } from "../../engine";
import { buildBinary } from "../../engine/build";

const VERSION = "1.2.0";

/** gofakes3, a server of the S3 protocol, from the tools' cache; built into it once, which takes a quarter of a minute. */
async function s3Binary(): Promise<string> {
    const file = path.join(engineDirectory(), "gofakes3", VERSION, "gofakes3");
    const isThere = await access(file).then(
        () => true,
        () => false,
    );
    if (!isThere) {
        await mkdir(path.dirname(file), { recursive: true });
        const folder = await mkdtemp(path.join(path.dirname(file), "tmp-"));
        const recipe = { module: "s3", package: "github.com/johannesboyne/gofakes3/cmd/gofakes3" };
        await buildBinary({ ...recipe, output: "gofakes3" }, folder, () => {});
        await rename(path.join(folder, "gofakes3"), file);
        await rm(folder, { recursive: true });
    }
    return file;
}

/** A server with one empty bucket, on the loopback only; what is in it goes with the process. */
export class S3Server {
    private constructor(
        private readonly process: ChildProcess,
        /** For PULUMI_BACKEND_URL. */
        readonly backend: string,
    ) {}

    static async start(bucket: string): Promise<S3Server> {
        const port = await freePort();
        const address = `127.0.0.1:${port}`;
        const args = ["-backend", "memory", "-host", address, "-initialbucket", bucket];
        const process = spawn(await s3Binary(), args, { stdio: "ignore" });
        for (let tries = 0; !(await answers(address)); tries++) {
            if (tries === 100 || process.exitCode !== null) {
                throw new Error(`gofakes3 does not answer at ${address}`);
            }
            await sleep(100);
        }
        const query = `endpoint=http://${address}&s3ForcePathStyle=true&region=us-east-1`;
        return new S3Server(process, `s3://${bucket}?${query}`);
    }

    async close(): Promise<void> {
        const end = once(this.process, "exit");
        this.process.kill();
        await end;
    }
}

async function freePort(): Promise<number> {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    server.close();
    return port;
}

function answers(address: string): Promise<boolean> {
    return fetch(`http://${address}/`).then(
        ({ ok }) => ok,
        () => false,
    );
}
