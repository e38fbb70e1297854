import type { PaletteError } from "./paletteError";

/** Node.js's codes of a connection that was never made, so that nothing was sent. */
const NOT_CONNECTED =
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EMFILE|ENFILE|UND_ERR_CONNECT_TIMEOUT)$/;

/** Node.js's and OpenSSL's codes of a certificate that is not trusted: waiting will not help. */
const NOT_TRUSTED =
    /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|ERR_TLS_CERT_ALTNAME)/;

/** Codes of the network and of what comes from it: of the system, undici, TLS, HTTP and its compression. */
const NETWORK =
    /^(E(AI_|CONN|HOST|NET|PIPE|PROTO|TIMEDOUT|NOTFOUND|ADDR)|UND_ERR_|ERR_SSL_|HPE_|Z_)/;

/** Too many open files: the connection may be made later, but nothing about the host is wrong. */
const NO_FILE = /^(EMFILE|ENFILE)$/;

/** An error of Node.js's or undici's. */
interface Failure {
    message: string;
    name?: string;
    code?: unknown;
    cause?: unknown;
    errors?: Failure[];
}

/** A port that `fetch` connects to as little as a browser does (fetch standard, "port blocking"); undici's error has no code. */
const isPortBlocked = ({ message }: Failure) => message === "bad port";

const codeOf = ({ code }: Failure) => (typeof code === "string" ? code : "");

/** What is known of a call that got no answer. */
export interface NetworkFailure {
    /** The messages of the error and of its causes. */
    reasons: string;
    reach: PaletteError["reach"];
    advice: string;
}

/** Reads an error of `fetch`. Undefined when it is none of the network, but of this program or its machine. */
export function networkFailure(cause: unknown): NetworkFailure | undefined {
    const reasons: string[] = [];
    const chain: Failure[] = [];
    let reach: PaletteError["reach"] = "sent";
    for (let error = cause; isFailure(error); error = error.cause) {
        // A host with several addresses fails with one error for each and no message of its own.
        const failures = error.errors ?? [error];
        chain.push(...failures);
        reasons.push(failures.map(({ message }) => message).join(", "));
        const codes = failures.map(codeOf);
        if (codes.some((code) => NOT_TRUSTED.test(code)) || failures.some(isPortBlocked)) {
            reach = "untrusted";
        } else if (codes.every((code) => NOT_CONNECTED.test(code))) {
            reach = "notSent";
        }
    }
    const codes = chain.map(codeOf);
    const isNoFile = codes.some((code) => NO_FILE.test(code));
    const isNetwork =
        isNoFile ||
        chain.some(isPortBlocked) ||
        chain.some(({ name }) => name === "TimeoutError") ||
        codes.some((code) => NOT_TRUSTED.test(code) || NETWORK.test(code));
    const advice = isNoFile
        ? "this process has too many files open: raise the limit (ulimit -n)"
        : "check paletteHost, paletteCaFile and the network";
    return isNetwork ? { reasons: reasons.join(": "), reach, advice } : undefined;
}

function isFailure(error: unknown): error is Failure {
    return typeof error === "object" && error !== null && "message" in error;
}
