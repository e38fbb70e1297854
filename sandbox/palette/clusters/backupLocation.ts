import { ApiError, type Context } from "../context";

/** The only backup location that there is, by name and by uid. */
const KNOWN = ["backups", "65a0c0de65a0c0de65a0c0de"];

/** Refuses a backup policy that names another location, as the switch `unknownBackupLocation` says. */
export function checkBackupLocation(context: Context, policy: Record<string, unknown>): void {
    const position = context.switches.get("unknownBackupLocation");
    const named = [policy.backupLocationUid, policy.backupLocationName].filter(Boolean);
    const unknown = named.find((name) => !KNOWN.includes(String(name)));
    if (unknown !== undefined && position !== "accepted") {
        throw new ApiError(
            Number(position),
            position === "404" ? "ResourceNotFound" : "InvalidBackupLocation",
            `Backup location '${String(unknown)}' is not found`,
        );
    }
}
