import { UserError } from "../../pack/userError";
import { isUnknown, surelyDiffer } from "../lifecycle/comparison";
import { profileSubject } from "./profileApi";
import { contentDigest, contentOf } from "./profileContent";
import type { ClusterProfileInputs, ClusterProfileOutputs, ProfileVersion } from "./profileInputs";
import { nextVersion } from "./profileVersions";

/**
 * @throws Error when other content is wanted under a version that is published, as far as that is sure already; it
 * proposes the next version.
 */
export function requireNewVersion(olds: ClusterProfileOutputs, news: ClusterProfileInputs): void {
    const versions = olds.versions;
    const known = versions.find(({ version }) => version === news.version);
    if (known === undefined || known.partial || news.editInPlace) {
        return;
    }
    const isCurrent = known.uid === olds.uid && known.contentDigest === contentDigest(olds);
    const isOther = isUnknown(news)
        ? isCurrent && surelyDiffer(contentOf(olds), contentOf(news))
        : known.contentDigest !== contentDigest(news);
    if (isOther) {
        throw otherContent(news, known, versions);
    }
}

/** @throws Error for another type under the same name, where the old versions would be in the way. */
export function requireNewName(olds: ClusterProfileInputs, news: ClusterProfileInputs): void {
    const [then, now] = [olds, news].map(({ type = "cluster" }) => type);
    if (isUnknown([news.type, news.name, news.scope])) {
        return;
    }
    if (then !== now && olds.name === news.name && olds.scope === news.scope) {
        throw new UserError(
            `cluster profile "${news.name}" is of type ${then}, which does not change to ${now}; give it another name`,
        );
    }
}

/** The error about other content under a version that is published. */
export function otherContent(
    inputs: ClusterProfileInputs,
    { version, packs }: ProfileVersion,
    versions: ProfileVersion[],
): Error {
    const wanted = inputs.layers.map((layer) => `${layer.name}:${layer.version}`);
    const changed = wanted.filter((pack) => !packs.includes(pack));
    const what = changed.length > 0 ? changed.join(", ") : "values, order or variables";
    return new UserError(
        `${profileSubject({ ...inputs, version })} is published with other content (now different: ${what}), and a published ` +
            `version does not change. Set its version to ${nextVersion(versions.map((entry) => entry.version))}, or remove the ` +
            "version for one to be chosen, or set editInPlace: true",
    );
}
