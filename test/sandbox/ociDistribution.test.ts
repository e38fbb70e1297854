import { createHash } from "node:crypto";
import {
    BatchDeleteImageCommand,
    CreateRepositoryCommand,
    GetAuthorizationTokenCommand,
    type ECRClient,
} from "@aws-sdk/client-ecr";
import { AwsSandbox, describeWith } from "./awsSandbox";

/*
 * The categories of the OCI distribution conformance suite (pull, push, content discovery, content
 * management), as a table of raw requests to the sandbox's registry. A case whose answer is not the
 * one, or not the only one, that the specification (1.1) knows says why.
 */

const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";
const octets = { "content-type": "application/octet-stream" };
const digestOf = (data: string): string =>
    `sha256:${createHash("sha256").update(data).digest("hex")}`;

const repository = "conformance/main";
const otherRepository = "conformance/other";
/** Where no push of a case changes the lists. */
const tagged = "conformance/tags";
const at = `/v2/${repository}`;

const config = "{}";
const layer = "the layer of all images here";
const nothing = digestOf("never pushed");
const uuid = "00000000-0000-4000-8000-000000000000";

const descriptor = (mediaType: string, data: string) => ({
    mediaType,
    digest: digestOf(data),
    size: Buffer.byteLength(data),
});
const configDescriptor = descriptor("application/vnd.oci.image.config.v1+json", config);
const image = (more: object = {}): string =>
    JSON.stringify({
        schemaVersion: 2,
        mediaType: manifestType,
        config: configDescriptor,
        layers: [descriptor("application/vnd.oci.image.layer.v1.tar", layer)],
        ...more,
    });
const index = (...manifests: string[]): string =>
    JSON.stringify({
        schemaVersion: 2,
        mediaType: indexType,
        manifests: manifests.map((manifest) => descriptor(manifestType, manifest)),
    });
const main = image();
const signatureType = "application/vnd.example.signature";
const billType = "application/vnd.example.bill";
const referrer = (artifactType: string, subject: string): string =>
    image({
        artifactType,
        subject: descriptor(manifestType, subject),
        annotations: { "org.example.of": artifactType },
    });
const signature = referrer(signatureType, main);
const bill = referrer(billType, main);
const unborn = image({ annotations: { never: "pushed" } });
const early = referrer(signatureType, unborn);
/** How a referrer is listed. */
const item = (manifest: string, artifactType: string) => ({
    ...descriptor(manifestType, manifest),
    artifactType,
    annotations: { "org.example.of": artifactType },
});

interface Answer {
    status: number;
    headers: Record<string, string>;
    text: string;
}

interface Exchange {
    /** Method and path. `<location>` is the last answer's; a query is joined to the one it has. */
    send: string;
    status: number;
    headers?: Record<string, string>;
    body?: string;
    /** Code of the error body, which then has this form. */
    error?: string;
    /** What the answer's headers shall be; undefined: absent. */
    has?: Record<string, string | RegExp | undefined>;
    text?: string;
    json?: unknown;
}

/** The deviation: what the specification asks for, where it is not this, and why it is otherwise here. */
type Case = [title: string, exchanges: Exchange[], deviation?: string];

const call = (send: string, status: number, rest: Partial<Exchange> = {}): Exchange => ({
    send,
    status,
    ...rest,
});
const start = call(`POST ${at}/blobs/uploads/`, 202, {
    has: { location: /\/blobs\/uploads\//, range: "0-0" },
});
const patch = (body: string, range: string | undefined, status: number, has = {}): Exchange => {
    const headers = { ...octets, ...(range && { "content-range": range }) };
    return call("PATCH <location>", status, { headers, body, has });
};
const complete = (whole: string, body = "", rest: Partial<Exchange> = {}): Exchange =>
    call(`PUT <location>?digest=${digestOf(whole)}`, 201, {
        headers: octets,
        body,
        has: made("blobs", whole),
        ...rest,
    });
const made = (kind: "blobs" | "manifests", content: string) => ({
    location: new RegExp(`${at}/${kind}/${digestOf(content)}$`),
    "docker-content-digest": digestOf(content),
});
const blobIsThere = (data: string) =>
    call(`GET ${at}/blobs/${digestOf(data)}`, 200, { text: data });
const putManifest = (reference: string, body: string, status: number, rest = {}): Exchange => {
    const headers = { "content-type": manifestType };
    return call(`PUT ${at}/manifests/${reference}`, status, { headers, body, ...rest });
};
const isManifest = (body: string): Partial<Exchange> => ({
    text: body,
    has: { "content-type": manifestType, "docker-content-digest": digestOf(body) },
});

const base: Case[] = [
    ["GET /v2/ tells that the API is there", [call("GET /v2/", 200)]],
    [
        "GET /v2/ without credentials is a challenge",
        [
            call("GET /v2/", 401, {
                headers: { authorization: "" },
                error: "UNAUTHORIZED",
                has: { "www-authenticate": /^Basic realm=/ },
            }),
        ],
    ],
    ["another path is 404", [call("GET /v1/search", 404, { error: "UNSUPPORTED" })]],
];

/** GET and HEAD alike, but that the answer to a HEAD has no body. */
const both = (title: string, path: string, status: number, rest: Partial<Exchange>): Case[] => [
    [`GET ${title}`, [call(`GET ${path}`, status, rest)]],
    [`HEAD ${title}`, [call(`HEAD ${path}`, status, { has: rest.has, text: "" })]],
];
const layerAnswer = {
    text: layer,
    has: { "content-length": String(layer.length), "docker-content-digest": digestOf(layer) },
};
const noBlob = { error: "BLOB_UNKNOWN" };
const noManifest = { error: "MANIFEST_UNKNOWN" };

const pull: Case[] = [
    ...both("a blob", `${at}/blobs/${digestOf(layer)}`, 200, layerAnswer),
    ...both("a blob that is not there", `${at}/blobs/${nothing}`, 404, noBlob),
    ...both(
        "another repository's blob",
        `/v2/${otherRepository}/blobs/${digestOf(layer)}`,
        404,
        noBlob,
    ),
    ...both("a manifest by tag", `${at}/manifests/main`, 200, isManifest(main)),
    ...both("a manifest by digest", `${at}/manifests/${digestOf(main)}`, 200, isManifest(main)),
    ...both("a tag that is not there", `${at}/manifests/nothing`, 404, noManifest),
    ...both("a manifest that is not there", `${at}/manifests/${nothing}`, 404, noManifest),
    [
        "GET parts of a blob",
        [
            call(`GET ${at}/blobs/${digestOf(layer)}`, 206, {
                headers: { range: "bytes=4-8" },
                text: "layer",
            }),
            call(`GET ${at}/blobs/${digestOf(layer)}`, 416, { headers: { range: "bytes=1000-" } }),
        ],
    ],
    [
        "GET from a repository that is not there",
        ["manifests/latest", `blobs/${nothing}`, "tags/list"].map((rest) =>
            call(`GET /v2/conformance/nothing/${rest}`, 404, { error: "NAME_UNKNOWN" }),
        ),
    ],
    [
        "GET from a repository whose name can't be one",
        [call("GET /v2/Conformance/manifests/latest", 400, { error: "NAME_INVALID" })],
    ],
    [
        "HEAD a blob by a digest of another algorithm",
        [call(`HEAD ${at}/blobs/sha512:${"0".repeat(128)}`, 404)],
    ],
];

const uploads: Case[] = [
    ["POST, PUT", [start, complete("post put", "post put"), blobIsThere("post put")]],
    ["POST, PUT of a blob that is there already", [start, complete(layer, layer)]],
    [
        "POST with the digest and the blob falls back to an upload",
        [
            {
                ...start,
                send: `${start.send}?digest=${digestOf("one")}`,
                headers: octets,
                body: "one",
            },
            complete("one", "one"),
            blobIsThere("one"),
        ],
        "allowed (201 or 202); so does the CNCF registry behind it",
    ],
    [
        "PATCH of the whole, PUT",
        [start, patch("streamed", undefined, 202, { range: "0-7" }), complete("streamed")],
    ],
    [
        "PATCH in chunks, PUT",
        [
            start,
            patch("first", "0-4", 202, { range: "0-4" }),
            call("GET <location>", 204, { has: { range: "0-4", location: /uploads/ } }),
            patch("second", "5-10", 202, { range: "0-10" }),
            complete("firstsecond"),
            blobIsThere("firstsecond"),
        ],
        "none; but ECR was seen to answer 201 and to lose the second chunk (aws/containers-roadmap#2831)",
    ],
    [
        "the last chunk comes with the PUT",
        [
            start,
            patch("three", "0-4", 202),
            complete("threefour", "four", { headers: { ...octets, "content-range": "5-8" } }),
            blobIsThere("threefour"),
        ],
    ],
    ["a chunk out of order", [start, patch("second", "5-10", 416)]],
    ["a chunk that is there already", [start, patch("a", "0-0", 202), patch("a", "0-0", 416)]],
    [
        "PUT with another digest than the blob's",
        [
            start,
            call(`PUT <location>?digest=${nothing}`, 400, {
                headers: octets,
                body: "other",
                error: "DIGEST_INVALID",
            }),
            call(`HEAD ${at}/blobs/${nothing}`, 404),
        ],
    ],
    ["PUT without a digest", [start, call("PUT <location>", 400, { error: "DIGEST_INVALID" })]],
    [
        "an upload that does not exist",
        [call(`PATCH ${at}/blobs/uploads/${uuid}`, 404, { error: "BLOB_UPLOAD_INVALID" })],
        "code BLOB_UPLOAD_UNKNOWN asked for; the CNCF registry misses the state in the address first",
    ],
    [
        "giving an upload up",
        [start, call("DELETE <location>", 405, { error: "UNSUPPORTED" })],
        "204 asked for; ECR's control plane has no action for it",
    ],
    ...[`mount=${digestOf(layer)}&from=${repository}`, `mount=${digestOf(layer)}`].map(
        (query): Case => [
            `a mount ${query.includes("from") ? "from a repository" : "from anywhere"} falls back to an upload`,
            [
                call(`POST /v2/${otherRepository}/blobs/uploads/?${query}`, 202, {
                    has: { location: new RegExp(`/v2/${otherRepository}/blobs/uploads/`) },
                }),
                call(`HEAD /v2/${otherRepository}/blobs/${digestOf(layer)}`, 404),
            ],
            "allowed (201 or 202); ECR mounts only where an account setting says so (user guide, Blob mounting)",
        ],
    ),
    [
        "an upload to a repository that is not there",
        [call("POST /v2/conformance/nothing/blobs/uploads/", 404, { error: "NAME_UNKNOWN" })],
        "most registries create it; ECR does so only with a repository creation template",
    ],
];

const byTag = image({ annotations: { pushed: "by tag" } });
const byDigest = image({ annotations: { pushed: "by digest" } });
const lost = image({ layers: [{ ...configDescriptor, digest: nothing }] });

const manifests: Case[] = [
    [
        "PUT by tag",
        [
            putManifest("by-tag", byTag, 201, { has: made("manifests", byTag) }),
            call("GET <location>", 200, isManifest(byTag)),
        ],
    ],
    [
        "PUT by digest",
        [
            putManifest(digestOf(byDigest), byDigest, 201, { has: made("manifests", byDigest) }),
            call("GET <location>", 200, isManifest(byDigest)),
        ],
    ],
    [
        "a tag moves",
        [main, byTag].flatMap((body) => [
            putManifest("moving", body, 201),
            call(`GET ${at}/manifests/moving`, 200, isManifest(body)),
        ]),
    ],
    ["PUT without layers", [putManifest("no-layers", image({ layers: [] }), 201)]],
    [
        "PUT an index",
        [
            putManifest("index", index(main), 201, { headers: { "content-type": indexType } }),
            call(`GET ${at}/manifests/index`, 200, {
                text: index(main),
                has: { "content-type": indexType },
            }),
        ],
    ],
    [
        "PUT under another digest than its own",
        [putManifest(nothing, main, 400, { error: "DIGEST_INVALID" })],
    ],
    [
        "PUT when its blobs are not there",
        [
            putManifest("lost", lost, 400, { error: "MANIFEST_BLOB_UNKNOWN" }),
            call(`GET ${at}/manifests/lost`, 404, noManifest),
        ],
    ],
    [
        "PUT what is no manifest",
        [putManifest("broken", "blablabla", 405, { error: "UNSUPPORTED" })],
        "400 MANIFEST_INVALID asked for; this is ECR's answer (oras-project/oras#1133)",
    ],
    [
        "PUT under a tag that can't be one",
        [putManifest("1.0.0%2Bbuild", main, 400, { error: "TAG_INVALID" })],
    ],
];

const tags = ["a", "b", "v1.0.0", "v1.10.0"];
const list = (query: string, names: string[], link?: RegExp): Exchange =>
    call(`GET /v2/${tagged}/tags/list${query}`, 200, {
        json: { name: tagged, tags: names },
        has: { link },
    });
const next = (last: string): RegExp => new RegExp(`^<.*last=${last}>; rel="next"$`);
const referrers = (digest: string, query: string, items: object[], has = {}): Exchange =>
    call(`GET ${at}/referrers/${digest}${query}`, 200, {
        json: { schemaVersion: 2, mediaType: indexType, manifests: items },
        has: { "content-type": indexType, ...has },
    });

const discovery: Case[] = [
    ["all tags, in the order of their text", [list("", tags)]],
    [
        "n and last: pages of tags",
        [
            list("?n=3", ["a", "b", "v1.0.0"], next("v1.0.0")),
            list("?n=3&last=v1.0.0", ["v1.10.0"]),
            list("?n=2&last=a", ["b", "v1.0.0"], next("v1.0.0")),
        ],
    ],
    ["last need not be a tag", [list("?last=c", ["v1.0.0", "v1.10.0"])]],
    [
        "no tags in a new repository",
        [
            call(`GET /v2/${otherRepository}/tags/list`, 200, {
                json: { name: otherRepository, tags: [] },
            }),
        ],
    ],
    [
        "a manifest with a subject is told to be a referrer",
        [
            putManifest(digestOf(signature), signature, 201, {
                has: { "oci-subject": digestOf(main) },
            }),
            putManifest(digestOf(bill), bill, 201, { has: { "oci-subject": digestOf(main) } }),
            putManifest(digestOf(early), early, 201, { has: { "oci-subject": digestOf(unborn) } }),
        ],
    ],
    [
        "referrers of a manifest",
        [referrers(digestOf(main), "", [item(signature, signatureType), item(bill, billType)])],
    ],
    [
        "referrers of one type",
        [
            referrers(digestOf(main), `?artifactType=${billType}`, [item(bill, billType)], {
                "oci-filters-applied": "artifactType",
            }),
        ],
    ],
    [
        "referrers of a manifest that is not there yet",
        [referrers(digestOf(unborn), "", [item(early, signatureType)])],
    ],
    ["no referrers", [referrers(nothing, "", [])]],
];

const management: Case[] = [
    ["manifests/main", "allowed (202, 400, 404 or 405); ECR takes it by now, the sandbox does not"],
    [
        `manifests/${digestOf(main)}`,
        "allowed (202, 404 or 405); ECR takes it by now, the sandbox does not",
    ],
    [`blobs/${digestOf(layer)}`, "allowed (202, 404 or 405); ECR deletes images as a whole"],
].map(([what = "", deviation]) => [
    `DELETE ${what.replace(/sha256.*/, "<digest>")}`,
    [call(`DELETE ${at}/${what}`, 405, { error: "UNSUPPORTED" }), call(`GET ${at}/${what}`, 200)],
    deviation,
]);

describeWith("registry")("OCI distribution", () => {
    let sandbox: AwsSandbox;
    let ecr: ECRClient;
    let authorization: string;

    const send = async (
        { send: line, headers = {}, body }: Exchange,
        location: string,
    ): Promise<Answer> => {
        const [method, target = ""] = line.split(" ");
        const [where = "", query] = target.split("?");
        const path = where.replace("<location>", location);
        const joined = query ? `${path}${path.includes("?") ? "&" : "?"}${query}` : path;
        const { authorization: own = authorization, ...rest } = headers;
        return sandbox.fetch(joined, {
            method,
            headers: { ...rest, ...(own && { authorization: own }) },
            body,
        });
    };
    const run = async (exchanges: Exchange[]): Promise<void> => {
        let location = "";
        for (const exchange of exchanges) {
            const answer = await send(exchange, location);
            location = answer.headers.location ?? location;
            check(exchange, answer);
        }
    };

    beforeAll(async () => {
        sandbox = await AwsSandbox.start();
        ecr = sandbox.ecr();
        for (const repositoryName of [repository, otherRepository, tagged]) {
            await ecr.send(new CreateRepositoryCommand({ repositoryName }));
        }
        const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
        authorization = `Basic ${authorizationData![0]!.authorizationToken!}`;
        for (const name of [repository, tagged]) {
            for (const body of [config, layer]) {
                await run([
                    call(`POST /v2/${name}/blobs/uploads/`, 202),
                    complete(body, body, { has: {} }),
                ]);
            }
        }
        const pushed = [
            `${repository}/manifests/main`,
            // Not in the order in which they are listed.
            ...[...tags].reverse().map((tag) => `${tagged}/manifests/${tag}`),
        ];
        const headers = { "content-type": manifestType };
        for (const manifest of pushed) {
            await run([call(`PUT /v2/${manifest}`, 201, { headers, body: main })]);
        }
    });
    afterAll(() => sandbox.remove());

    describe.each([
        ["base", base],
        ["pull", pull],
        ["push: blobs", uploads],
        ["push: manifests", manifests],
        ["content discovery", discovery],
        ["content management", management],
    ])("%s", (_, cases) => {
        test.each(
            cases.map(([title, exchanges, deviation]): [string, Exchange[]] => [
                deviation ? `${title} (${deviation})` : title,
                exchanges,
            ]),
        )("%s", (_title, exchanges) => run(exchanges));
    });

    test("an image that ECR's control plane deletes is gone here too, with its blobs", async () => {
        const imageIds = tags.map((imageTag) => ({ imageTag }));
        await ecr.send(new BatchDeleteImageCommand({ repositoryName: tagged, imageIds }));
        await run([
            list("", []),
            ...["v1.0.0", digestOf(main)].map((reference) =>
                call(`GET /v2/${tagged}/manifests/${reference}`, 404, noManifest),
            ),
            call(`GET /v2/${tagged}/blobs/${digestOf(layer)}`, 404, noBlob),
            blobIsThere(layer),
        ]);
    });
});

function check(exchange: Exchange, { status, headers, text }: Answer): void {
    expect({ sent: exchange.send, status, text }).toMatchObject({
        sent: exchange.send,
        status: exchange.status,
        ...(exchange.text === undefined ? {} : { text: exchange.text }),
    });
    if (exchange.error !== undefined) {
        expect(headers["content-type"]).toMatch(/^application\/json/);
        expect(JSON.parse(text)).toMatchObject({
            errors: [{ code: exchange.error, message: expect.any(String) }],
        });
    }
    if (exchange.json !== undefined) {
        expect(JSON.parse(text)).toEqual(exchange.json);
    }
    for (const [name, value] of Object.entries(exchange.has ?? {})) {
        const seen = { [name]: headers[name] };
        expect(seen).toEqual({
            [name]: value instanceof RegExp ? expect.stringMatching(value) : value,
        });
    }
}
