import { cp, rm } from "node:fs/promises";
import path from "node:path";
import { startSandbox, stopSandbox } from "../../scripts/sandbox";
import type { TestEnvironment } from "./environment";

/** Copies of a test environment's folder: the sandbox with all that it knows, and the stacks with their states. */
export class Snapshots {
    private readonly folder: string;

    /** @param speed Virtual seconds of the sandbox in a real one. */
    constructor(
        private readonly environment: TestEnvironment,
        private readonly speed: number,
    ) {
        this.folder = `${environment.directory} snapshots`;
    }

    async save(name: string): Promise<void> {
        const { directory } = this.environment;
        await stopSandbox(directory);
        const copy = path.join(this.folder, name);
        await rm(copy, { recursive: true, force: true });
        await cp(directory, copy, { recursive: true });
        await this.start();
    }

    async restore(name: string): Promise<void> {
        const { directory } = this.environment;
        await stopSandbox(directory);
        await rm(directory, { recursive: true, force: true });
        await cp(path.join(this.folder, name), directory, { recursive: true });
        await this.start();
    }

    remove(): Promise<void> {
        return rm(this.folder, { recursive: true, force: true });
    }

    private async start(): Promise<void> {
        const { engine, directory } = this.environment;
        await startSandbox(engine, directory, { speed: this.speed });
    }
}
