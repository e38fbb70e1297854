import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { Observer } from "./control";

/** Serves one request; it must not throw. */
export type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Server {
    port: number;
    close(): void;
}

/**
 * Listens with TLS on 127.0.0.1; port 0 takes any that is free. Every request goes through
 * `observe` first. Throws when the port is taken.
 */
export async function listen(options: {
    leaf: { key: string; cert: string };
    port: number;
    observe?: Observer | undefined;
    serve: Serve;
}): Promise<Server> {
    const { leaf, port, observe, serve } = options;
    const server = https.createServer(leaf, (request, response) => {
        const next = (): void => void serve(request, response);
        if (observe) {
            observe(request, response, next);
        } else {
            next();
        }
    });
    // An upload may take longer than the five minutes that are the default.
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, "127.0.0.1", resolve);
    });
    return {
        port: (server.address() as AddressInfo).port,
        close() {
            server.close();
            server.closeAllConnections();
        },
    };
}
