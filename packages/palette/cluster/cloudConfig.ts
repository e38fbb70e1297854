import { palette } from "../api/session";
import type { Cloud, CloudConfig } from "./cloud";
import type { ObservedPool } from "./poolInputs";

/** The cloud configuration of a cluster in Palette's API: `/v1/cloudconfigs/{cloud}/{uid}`. */
export interface CloudConfigRef {
    cloud: Cloud;
    cloudConfigUid: string;
    /** Uid of the project. */
    project: string;
    /** For messages: `cluster "c"`. */
    subject: string;
}

/** Path of a cloud configuration in the API. */
export function cloudConfigPath({ cloud, cloudConfigUid }: CloudConfigRef): string {
    return `/v1/cloudconfigs/${cloud.name}/${cloudConfigUid}`;
}

/** Reads where a cluster stands, and its pools. @throws PaletteError */
export async function readCloudConfig(ref: CloudConfigRef): Promise<CloudConfig> {
    const { spec } = await palette().request<{ spec?: CloudConfig }>({
        method: "GET",
        path: cloudConfigPath(ref),
        project: ref.project,
        subject: ref.subject,
    });
    return spec ?? {};
}

/** Reads the pools of a cluster. @throws PaletteError */
export async function readPools(ref: CloudConfigRef): Promise<ObservedPool[]> {
    return (await readCloudConfig(ref)).machinePoolConfig ?? [];
}
