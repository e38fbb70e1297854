import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Journal } from "../../sandbox/journal";

let dir: string;
let file: string;
beforeEach(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), "journal-"));
    file = path.join(dir, "state.jsonl");
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

test("what was put is there after opening again, and history is not", () => {
    const first = Journal.open(file);
    const pets = first.collection<{ age: number }>("pets");
    for (let age = 0; age < 50; age++) {
        pets.put("cat", { age });
    }
    pets.put("dog", { age: 1 });
    pets.put("fish", { age: 2 });
    expect(pets.delete("fish")).toBe(true);
    expect(pets.delete("fish")).toBe(false);
    first.collection<string>("plants").put("cat", "catnip");
    first.close();

    const again = Journal.open(file);
    const read = again.collection<{ age: number }>("pets");
    expect(read.entries()).toEqual([
        ["cat", { age: 49 }],
        ["dog", { age: 1 }],
    ]);
    expect(read.size).toBe(2);
    expect(read.has("fish")).toBe(false);
    expect(again.collection("plants").values()).toEqual(["catnip"]);
    expect(fs.readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(3);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    again.close();
});

test("a change reaches the file only with put", () => {
    const first = Journal.open(file);
    const pets = first.collection<{ age: number }>("pets");
    const cat = pets.put("cat", { age: 1 });
    cat.age = 2;
    expect(pets.get("cat")).toBe(cat);
    first.close();
    const again = Journal.open(file);
    expect(again.collection("pets").get("cat")).toEqual({ age: 1 });
    again.close();
});

test("a torn last line is dropped; any other damage is an error that names the line", () => {
    fs.writeFileSync(file, '["a","1",true]\n["a","2",tr');
    const journal = Journal.open(file);
    expect(journal.collection("a").entries()).toEqual([["1", true]]);
    journal.collection("a").put("3", true);
    journal.close();
    const again = Journal.open(file);
    expect(again.collection("a").size).toBe(2);
    again.close();

    fs.writeFileSync(file, '["a","1",tr\n["a","2",true]\n');
    expect(() => Journal.open(file)).toThrow(`${file}:1: `);
});

test("kill -9 loses nothing that was acknowledged", async () => {
    const program = `
        const { Journal } = require(${JSON.stringify(path.resolve("sandbox/journal"))});
        const numbers = Journal.open(${JSON.stringify(file)}).collection("numbers");
        for (let i = 1; ; i++) {
            numbers.put(String(i), { i, padding: "x".repeat(1000) });
            require("fs").writeSync(1, i + "\\n");
        }`;
    const child = spawn(process.execPath, ["--import", "tsx", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    let acknowledged = "";
    child.stdout.on("data", (data) => {
        acknowledged += String(data);
        if (acknowledged.length > 5000) {
            child.kill("SIGKILL");
        }
    });
    await once(child, "close");
    const last = Number(acknowledged.trimEnd().split("\n").slice(0, -1).pop());
    expect(last).toBeGreaterThan(100);
    const journal = Journal.open(file);
    const numbers = journal.collection("numbers");
    for (let i = 1; i <= last; i++) {
        expect(numbers.has(String(i))).toBe(true);
    }
    journal.close();
});
