import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";

/** Where systems keep the certificates that they trust (crypto/x509/root_linux.go and root_bsd.go of Go, which oras reads). */
const BUNDLES = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/**
 * The authorities that Node.js trusts, and those of the machine: SSL_CERT_FILE, or else the first bundle that is there.
 *
 * @returns undefined where there is none, so that Node.js's own count.
 */
export async function systemAuthorities(): Promise<string[] | undefined> {
    const { SSL_CERT_FILE, NODE_EXTRA_CA_CERTS } = process.env;
    const texts = await Promise.all(
        [...(SSL_CERT_FILE ? [SSL_CERT_FILE] : BUNDLES), NODE_EXTRA_CA_CERTS ?? ""].map((file) =>
            readFile(file, "utf8").catch(() => undefined),
        ),
    );
    const extra = texts.pop();
    const bundle = texts.find((text) => text !== undefined);
    return bundle === undefined
        ? undefined
        : [...rootCertificates, bundle, ...(extra === undefined ? [] : [extra])];
}
