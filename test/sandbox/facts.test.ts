import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describeWith } from "./binaries";
import { accessFacts } from "./facts/access";
import { clusterFacts } from "./facts/clusters";
import { dayTwoFacts } from "./facts/dayTwo";
import { deletionFacts } from "./facts/deletion";
import { packFormatFacts } from "./facts/packFormat";
import { profileFacts } from "./facts/profiles";
import { registryFacts } from "./facts/registries";
import { Walk } from "./facts/walk";
import { describeOperations, workflow } from "./operations";

/*
 * A reviewer's walk through the published facts about Palette and ECR, section by section, with raw
 * HTTP against the sandbox's process: nothing of the program nor of the sandbox is imported. At the end
 * the list of all operations, with the test that covers each, is compared with sandbox/OPERATIONS.md
 * (`UPDATE_OPERATIONS=1 npx jest test/sandbox/facts` writes it).
 */

jest.setTimeout(60_000);

const page = path.join(__dirname, "../../sandbox/OPERATIONS.md");

describeWith("registry", "helm")("the facts, section by section", () => {
    const walk = new Walk();
    const covered = new Map<string, string>();
    let last = 0;
    beforeAll(() => walk.start());
    afterEach(async () => {
        // What the server says it was asked, and answered with success, belongs to this test.
        // The answer to the last call can be here before the server has noted that it is out.
        await new Promise((resolve) => setTimeout(resolve, 50));
        const { items } = await walk.out.control("GET", `/requests?after=${last}`);
        for (const call of items) {
            const operation = `${call.service} ${call.method} ${call.route}`;
            const name = expect.getState().currentTestName!.replace(/^.*by section /, "");
            if (call.status >= 200 && call.status < 300 && !covered.has(operation)) {
                covered.set(operation, name);
            }
            last = call.number;
        }
    });
    afterAll(() => walk.out.remove());

    accessFacts(walk);
    packFormatFacts(walk);
    registryFacts(walk);
    profileFacts(walk);
    clusterFacts(walk);
    dayTwoFacts(walk);
    deletionFacts(walk);

    describe("Operations", () => {
        test("none of the Terraform workflow's is missing", async () => {
            const { items } = await walk.out.control("GET", "/operations");
            expect(workflow.filter((operation) => !items.includes(operation))).toEqual([]);
        });

        test("each has a test, and sandbox/OPERATIONS.md says which", async () => {
            const { items } = await walk.out.control("GET", "/operations");
            const known = (items as string[]).map((operation) =>
                operation.includes("/v1/") ? `palette ${operation}` : `aws ${operation}`,
            );
            expect(known.filter((operation) => !covered.has(operation))).toEqual([]);
            const text = describeOperations(covered);
            if (process.env.UPDATE_OPERATIONS) {
                fs.writeFileSync(page, text);
            }
            expect(fs.readFileSync(page, "utf8")).toBe(text);
        });

        test("no secret got into a log", () => {
            const { palette, aws, harbor, spectro, control } = walk.out.sandbox;
            const secrets = [
                palette.apiKey,
                palette.nonAdminApiKey,
                palette.password,
                aws.secretAccessKey,
                harbor.password,
                harbor.token,
                spectro.password,
                control.token,
            ];
            const grep = spawnSync(
                "grep",
                ["-rF", ...secrets.flatMap((secret) => ["-e", secret!]), "log"],
                {
                    cwd: walk.out.dir,
                    encoding: "utf8",
                },
            );
            expect(grep.stdout).toBe("");
        });
    });
});
