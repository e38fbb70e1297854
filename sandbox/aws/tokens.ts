import { createHmac, timingSafeEqual } from "node:crypto";
import type { Collection, Journal } from "../journal";
import { newSecret, type Identities } from "./identities";
import type { Identity } from "./policy";

/** An authorization token is good for twelve hours (ECR User Guide, "Private registry authentication"). */
const LIFETIME = 12 * 60 * 60 * 1000;

/** The user AWS's passwords: each names an identity and an end, and is signed by the registry. */
export class Tokens {
    private readonly secret: string;
    /** Tokens that were issued up to then are over. */
    private readonly ended: Collection<number>;

    constructor(
        journal: Journal,
        private readonly identities: Identities,
    ) {
        const secrets: Collection<string> = journal.collection("aws.secrets");
        this.secret = secrets.get("token") ?? secrets.put("token", newSecret());
        this.ended = journal.collection("aws.tokensEnded");
    }

    /** Ends all tokens that are out. */
    expire(): void {
        this.ended.put("until", this.identities.now());
    }

    issue(identity: Identity): { password: string; expires: number } {
        const expires = this.identities.now() + LIFETIME;
        const payload = Buffer.from(identity.reference).toString("base64");
        const datakey = this.sign(payload, expires);
        // The fields of a real one; what is inside payload and datakey means something to the registry alone.
        const token = { payload, datakey, version: "2", type: "DATA_KEY", expiration: expires };
        return { password: Buffer.from(JSON.stringify(token)).toString("base64"), expires };
    }

    /** Whose password it is; `expired` once its time is over, `undefined` when it is none. */
    read(password: string): Identity | "expired" | undefined {
        try {
            const text = Buffer.from(password, "base64").toString();
            const token = JSON.parse(text) as Record<"payload" | "datakey", string> & {
                expiration: number;
            };
            const signature = Buffer.from(this.sign(token.payload, token.expiration));
            if (!timingSafeEqual(signature, Buffer.from(token.datakey))) {
                return undefined;
            }
            const reference = Buffer.from(token.payload, "base64").toString();
            const ended = (this.ended.get("until") ?? 0) >= token.expiration - LIFETIME;
            return ended || token.expiration <= this.identities.now()
                ? "expired"
                : this.identities.find(reference);
        } catch {
            return undefined;
        }
    }

    private sign(payload: string, expires: number): string {
        return createHmac("sha256", this.secret).update(`${payload} ${expires}`).digest("hex");
    }
}
