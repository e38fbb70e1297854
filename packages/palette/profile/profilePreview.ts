import { isUnknown, surelyDiffer } from "../lifecycle/comparison";
import { profileSubject } from "./profileApi";
import { contentDigest, contentOf } from "./profileContent";
import type { ClusterProfileInputs, ClusterProfileOutputs } from "./profileInputs";
import { chooseVersion, nextVersion } from "./profileVersions";

/** Reports which version a change of a profile makes the current one, where the provider chooses it. */
export function reportVersion(olds: ClusterProfileOutputs, news: ClusterProfileInputs): void {
    const versions = olds.versions;
    const current = versions.find(({ uid }) => uid === olds.uid)?.version ?? olds.version;
    const chosen = news.version ?? (news.editInPlace ? current : upcoming());
    if (chosen !== undefined && chosen !== current) {
        const kept = versions.some(({ version }) => version === chosen);
        console.log(
            `${profileSubject({ ...news, version: chosen })} ` +
                (kept ? `becomes the current one again, after ${current}` : `follows ${current}`),
        );
    }

    function upcoming(): string | undefined {
        if (!isUnknown(news)) {
            return chooseVersion(undefined, contentDigest(news), versions, current);
        }
        return surelyDiffer(contentOf(olds), contentOf(news))
            ? nextVersion(versions.map(({ version }) => version))
            : undefined;
    }
}
