import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Journal } from "../journal";
import { AwsError } from "./protocol";

/** The identity provider that the account knows, as conditions of a trust policy name it. */
export const IDENTITY_PROVIDER = "oidc.sandbox.local";

export interface WebIdentity {
    subject: string;
    audience: string;
}

/** Issues and reads the tokens (JWT) of an OpenID Connect provider that the account trusts. */
export class WebIdentities {
    private readonly secret: string;

    constructor(
        journal: Journal,
        /** `arn:<partition>:iam::<account>:oidc-provider/<provider>`, what a trust policy names. */
        readonly providerArn: string,
        private readonly now: () => number,
    ) {
        const secrets = journal.collection<string>("aws.webIdentity");
        this.secret =
            secrets.get("secret") ?? secrets.put("secret", randomBytes(32).toString("base64url"));
    }

    issue({ subject, audience }: WebIdentity, seconds: number): string {
        const iat = Math.floor(this.now() / 1000);
        const claims = {
            iss: `https://${IDENTITY_PROVIDER}`,
            sub: subject,
            aud: audience,
            iat,
            exp: iat + seconds,
        };
        const text = `${encoded({ alg: "HS256", typ: "JWT" })}.${encoded(claims)}`;
        return `${text}.${this.sign(text)}`;
    }

    /** Throws InvalidIdentityToken and ExpiredTokenException (STS API Reference). */
    read(token: string): WebIdentity {
        const [header, payload, signature = "", ...rest] = token.split(".");
        const expected = Buffer.from(this.sign(`${header}.${payload}`));
        const given = Buffer.from(signature);
        if (
            rest.length > 0 ||
            given.length !== expected.length ||
            !timingSafeEqual(given, expected)
        ) {
            throw new AwsError(
                "InvalidIdentityToken",
                "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
            );
        }
        const claims = JSON.parse(Buffer.from(payload!, "base64url").toString()) as {
            sub: string;
            aud: string;
            exp: number;
        };
        if (claims.exp * 1000 <= this.now()) {
            throw new AwsError("ExpiredTokenException", "Token expired");
        }
        return { subject: claims.sub, audience: claims.aud };
    }

    private sign(text: string): string {
        return createHmac("sha256", this.secret).update(text).digest("base64url");
    }
}

function encoded(value: object): string {
    return Buffer.from(JSON.stringify(value)).toString("base64url");
}
