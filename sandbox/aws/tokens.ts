import { createHmac, timingSafeEqual } from "node:crypto";
import type { Collection, Journal } from "../journal";
import { newSecret, type Identities } from "./identities";
import type { Identity } from "./policy";

/** Hours that an authorization token is good for (ECR User Guide, "Private registry authentication"). */
const tokenHours = 12;

/** The user AWS's passwords: each names an identity and an end, and is signed by the registry. */
export class Tokens {
    private readonly secret: string;

    constructor(
        journal: Journal,
        private readonly identities: Identities,
    ) {
        const secrets: Collection<string> = journal.collection("aws.secrets");
        this.secret = secrets.get("token") ?? secrets.put("token", newSecret());
    }

    issue(identity: Identity): { password: string; expires: number } {
        const expires = this.identities.now() + tokenHours * 60 * 60 * 1000;
        const payload = Buffer.from(identity.reference).toString("base64");
        const datakey = this.sign(payload, expires);
        // The fields of a real one; what is inside payload and datakey is the registry's own affair.
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
            return token.expiration <= this.identities.now()
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
