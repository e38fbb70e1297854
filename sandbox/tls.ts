import "reflect-metadata";
import { webcrypto } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 24 * 60 * 60 * 1000;

/** The sandbox's own certificate authority: clients trust `file`, servers get leaves from `issue`. */
export interface CertificateAuthority {
    /** Path of the PEM file that clients take as their CA bundle. */
    readonly file: string;
    readonly pem: string;
    /**
     * A server certificate for these IP addresses and DNS names.
     * `cert` is the leaf followed by the CA, both PEM; `key` is PKCS#8 PEM.
     */
    issue(hosts: string[]): Promise<{ key: string; cert: string }>;
}

/** Loads `ca.pem` and `ca.key` (mode 0600) from the folder; makes them the first time. */
export async function certificateAuthority(dir: string): Promise<CertificateAuthority> {
    const file = path.join(dir, "ca.pem");
    const keyFile = path.join(dir, "ca.key");
    // The certificate is written last: where it is, the key is whole.
    if (!fs.existsSync(file)) {
        const made = await createCa();
        fs.mkdirSync(dir, { recursive: true });
        fs.writeFileSync(keyFile, made.key, { mode: 0o600 });
        fs.writeFileSync(`${file}.new`, made.pem);
        fs.renameSync(`${file}.new`, file);
    }
    const pem = fs.readFileSync(file, "utf8");
    const ca = new x509.X509Certificate(pem);
    const signingKey = await importKey(fs.readFileSync(keyFile, "utf8"));
    return { file, pem, issue: (hosts) => issue(ca, signingKey, hosts) };
}

async function createCa(): Promise<{ key: string; pem: string }> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: serialNumber(),
        name: "CN=Local sandbox CA",
        notBefore: new Date(Date.now() - DAY),
        notAfter: new Date(Date.now() + 3650 * DAY),
        keys: keys,
        signingAlgorithm: algorithm,
        extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(
                x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
                true,
            ),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return { key: await exportKey(keys.privateKey), pem: `${certificate.toString("pem")}\n` };
}

async function issue(
    ca: x509.X509Certificate,
    signingKey: webcrypto.CryptoKey,
    hosts: string[],
): Promise<{ key: string; cert: string }> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: "CN=Local sandbox",
        issuer: ca.subject,
        notBefore: new Date(Date.now() - DAY),
        // Apple's and Go's verifiers on macOS refuse leaves of more than 825 days.
        notAfter: new Date(Date.now() + 800 * DAY),
        publicKey: keys.publicKey,
        signingKey: signingKey,
        signingAlgorithm: algorithm,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension(
                hosts.map((host) => ({ type: net.isIP(host) ? "ip" : "dns", value: host })),
            ),
            await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    const caPem = ca.toString("pem");
    return {
        key: await exportKey(keys.privateKey),
        cert: `${certificate.toString("pem")}\n${caPem}\n`,
    };
}

/** Positive and random, as RFC 5280 section 4.1.2.2 wants it. */
function serialNumber(): string {
    const bytes = webcrypto.getRandomValues(new Uint8Array(16));
    bytes[0] = (bytes[0]! & 0x7f) | 0x40;
    return Buffer.from(bytes).toString("hex");
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
    const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key);
    return `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
    const pkcs8 = x509.PemConverter.decodeFirst(pem);
    return webcrypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, ["sign"]);
}
