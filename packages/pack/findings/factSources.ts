/** Where facts about packs come from. */
export const sources = {
    palette:
        'Palette documentation, "Add Custom Packs": https://docs.spectrocloud.com/registries-and-packs/add-custom-packs/',
    tutorial:
        'Palette documentation, "Deploy a Custom Pack": https://docs.spectrocloud.com/tutorials/profiles/deploy-pack/',
    constraints:
        'Palette documentation, "Pack Constraints": https://docs.spectrocloud.com/registries-and-packs/pack-constraints/',
    constraintsOfValues:
        'Palette documentation, "Pack Constraints", values: https://docs.spectrocloud.com/registries-and-packs/pack-constraints/',
    values: 'Palette documentation, "Profile Customization": https://docs.spectrocloud.com/profiles/profile-customization/',
    presets:
        'Palette documentation, "Add Custom Packs", presets: https://docs.spectrocloud.com/registries-and-packs/add-custom-packs/',
    macros: 'Palette documentation, "Macros": https://docs.spectrocloud.com/clusters/cluster-management/macros/',
    profiles:
        'Palette documentation, "Duplicate Pack in a Profile": https://docs.spectrocloud.com/profiles/cluster-profiles/create-cluster-profiles/duplicate-pack-in-profile/',
    airgap: 'Palette documentation, "Add Custom Packs", images for content bundles: https://docs.spectrocloud.com/registries-and-packs/add-custom-packs/',
    central: "Practice of the public packs: https://github.com/spectrocloud/pack-central",
    helm: 'Helm documentation, "Charts": https://helm.sh/docs/topics/charts/',
    template: "Go, package text/template: https://pkg.go.dev/text/template",
    deprecations:
        'Kubernetes documentation, "Deprecated API Migration Guide": https://kubernetes.io/docs/reference/using-api/deprecation-guide/',
    kubernetesApi:
        "Kubernetes' OpenAPI document, in the models of its client: https://github.com/kubernetes-client/javascript",
    kubernetes:
        'Kubernetes documentation, "Objects in Kubernetes": https://kubernetes.io/docs/concepts/overview/working-with-objects/',
    oci: "OCI distribution specification: https://github.com/opencontainers/distribution-spec/blob/main/spec.md",
    ecr: "Amazon ECR API, CreateRepository: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html",
    images: "Grammar of image references: https://pkg.go.dev/github.com/distribution/reference",
    semver: "Semantic Versioning 2.0.0: https://semver.org/",
    json: "JSON, RFC 8259: https://www.rfc-editor.org/rfc/rfc8259",
    yaml: "YAML 1.2: https://yaml.org/spec/1.2.2/",
    tool: "A rule of this tool.",
};
