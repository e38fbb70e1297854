import { finding, type Finding } from "../findings/finding";
import type { Member } from "./profile";
import { satisfies } from "./versionConstraint";

/** Helm refuses to install a chart on a Kubernetes that its `kubeVersion` does not have. */
export function* checkKubernetesVersion(members: readonly Member[]): Iterable<Finding> {
    const kubernetes = members.find(
        ({ layer, name, pack }) =>
            layer === "k8s" || (layer === undefined && !pack && /^kubernetes/.test(name)),
    );
    if (!kubernetes) {
        return;
    }
    const { version } = kubernetes;
    for (const { name, pack, version: own } of members) {
        for (const [chart, range] of Object.entries(pack?.kubeVersions ?? {})) {
            if (satisfies(version, range) !== false) {
                continue;
            }
            const release = version.replace(/-.*$/, "");
            const onlyPreRelease = release !== version && satisfies(release, range) === true;
            const message =
                `The chart ${chart} of ${name} ${own} wants Kubernetes ${range}; ` +
                `the profile has ${kubernetes.name} ${version}.`;
            const help = onlyPreRelease
                ? `Helm takes ${version} for a pre-release: write kubeVersion with -0 in Chart.yaml, such as ">=${release}-0", and package the chart again.`
                : "Choose a Kubernetes in that range, or another version of the chart.";
            yield finding("profile-kubernetes-version", {}, message, { help });
        }
    }
}
