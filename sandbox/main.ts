import { Command, InvalidArgumentError } from "commander";
import { startSandbox } from "./index";
import { describeSwitches } from "./palette/switches";

interface Options {
    dir?: string;
    listSwitches?: true;
    speed?: number;
    switch: Record<string, string>;
    region?: string;
    registry?: string;
    helm?: string;
}

// Nothing of the user's own accounts gets in.
for (const name of Object.keys(process.env)) {
    if (/^(AWS|SPECTROCLOUD)_/.test(name)) {
        delete process.env[name];
    }
}

// The SDK's version is pinned: that newer ones will not run on this Node.js is no news to the user.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";

const program = new Command("sandbox")
    .description("A local Palette and a local AWS (ECR, STS, IAM) on 127.0.0.1, in the foreground")
    .option("--dir <folder>", "folder of all state")
    .option("--list-switches", "print the switches as a table, and end")
    .option("--speed <n>", "virtual seconds in a real one (default 200; 1 is real time)", positive)
    .option("--switch <name=value>", "position of a switch; may be repeated", addSwitch, {})
    .option("--region <name>", "home region of a new AWS account (default: us-east-1)")
    .option("--registry <path>", "the CNCF registry (default: on PATH)")
    .option("--helm <path>", "Helm (default: on PATH)")
    .parse();

const {
    dir,
    speed,
    switch: switches,
    region,
    registry,
    helm,
    listSwitches,
} = program.opts<Options>();

if (listSwitches) {
    console.log(describeSwitches());
} else if (dir === undefined) {
    program.error("error: required option '--dir <folder>' not specified");
} else {
    startSandbox({ dir, speed, switches, region, binaries: { registry, helm } })
        .then((sandbox) => {
            const { palette, aws, control, file } = sandbox;
            const servers = `palette ${palette.endpoint} aws ${aws.endpoint} registry ${aws.registryHost}`;
            console.log(`ready: ${servers} control ${control.endpoint} (keys in ${file})`);
            const end = (): void => void sandbox.close().then(() => process.exit(0), fail);
            process.once("SIGTERM", end);
            process.once("SIGINT", end);
        })
        .catch(fail);
}

function fail(error: Error): void {
    console.error(`sandbox: ${error.message}`);
    process.exit(1);
}

function positive(text: string): number {
    const number = Number(text);
    if (!(number > 0)) {
        throw new InvalidArgumentError("must be a number above 0");
    }
    return number;
}

function addSwitch(text: string, before: Record<string, string>): Record<string, string> {
    const [name, value, ...rest] = text.split("=");
    if (!name || !value || rest.length > 0) {
        throw new InvalidArgumentError("must be name=value");
    }
    return { ...before, [name]: value };
}
