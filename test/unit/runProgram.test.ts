import { aboutRunProgram } from "../../components/config/runProgram";

const above = (command: string) =>
    [
        "    1     0 /sbin/init destroy",
        `   10     1 ${command}`,
        "   11    10 /opt/pulumi-language-nodejs 127.0.0.1:4000",
        "   12    11 node run.js destroy",
    ].join("\n");

test.each([
    ["pulumi destroy --run-program --yes", "destroy"],
    ["/home/me/.pulumi/bin/pulumi --cwd x refresh", "refresh"],
    ["/home/me and you/.pulumi/bin/pulumi destroy --stack up", "destroy"],
    ["pulumi down", "down"],
])("%s: an error of the program names the flag", (command, verb) => {
    expect(aboutRunProgram(above(command), 12)).toMatch(
        new RegExp(`^\npulumi ${verb} runs the program for --run-program .* only`),
    );
});

test.each(["pulumi up --stack destroy", "pulumi preview", "something destroy"])(
    "%s: an error is told as it is",
    (command) => {
        expect(aboutRunProgram(above(command), 12)).toBe("");
    },
);

test("an error is told as it is where processes cannot be listed", () => {
    expect(aboutRunProgram("", 12)).toBe("");
    expect(aboutRunProgram()).toBe("");
});
