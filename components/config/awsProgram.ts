import * as pulumi from "@pulumi/pulumi";
import { configuredRegion, type ConfiguredRegion } from "../../packages/registry/awsFiles";
import { awsSettings, type AwsSettings } from "../../packages/registry/awsSettings";
import type { StackConfig } from "../../packages/registry/stackConfig";

/** The AWS part of the stack's configuration as the program has it. */
export function programAwsConfig(): StackConfig {
    const config = new pulumi.Config("aws");
    const own = (key: string) => key.replace(/^aws:/, "");
    return {
        get: (key) => config.get(own(key)),
        getObject: <T>(key: string) => config.getObject<T>(own(key)),
    };
}

/** The region of the program's AWS provider. A mistake in another key is reported where AWS is asked. */
export function providerRegion(): ConfiguredRegion | undefined {
    const config = programAwsConfig();
    let settings: AwsSettings;
    try {
        settings = awsSettings(config);
    } catch {
        settings = { region: config.get("aws:region"), profile: config.get("aws:profile") };
    }
    return configuredRegion(settings);
}
