/*
 * Gives the test that imports this, first of all, the modules with which a MortalProcess can be killed and time passes
 * faster. Each test has a module registry of its own, so it holds for that test only.
 */
import type { mortalModules } from "./mortalProcess";

const modules = (): typeof mortalModules => jest.requireActual("./mortalProcess").mortalModules;

jest.mock("node:perf_hooks", () => modules().perfHooks());
jest.mock("node:timers", () => modules().timers(jest.requireActual("node:timers")));
jest.mock("node:timers/promises", () => modules().timersPromises());
jest.mock("undici", () => modules().undici(jest.requireActual("undici")));
jest.mock("node:child_process", () =>
    modules().childProcess(jest.requireActual("node:child_process")),
);
