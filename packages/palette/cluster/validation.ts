import { UserError } from "../../pack/userError";

/** `v1ConstraintValidatorResult`: what Palette's own check finds about a pool or a pack. */
export interface ValidationResult {
    name?: string;
    displayName?: string;
    errors?: { code?: string; message?: string }[];
}

/** @throws Error with every finding of a validation, if there is one. */
export function requireValid(subject: string, results: ValidationResult[] | undefined): void {
    const findings = (results ?? []).flatMap(({ name, displayName, errors }) =>
        (errors ?? []).map(({ code, message }) => `${name ?? displayName}: ${message ?? code}`),
    );
    if (findings.length > 0) {
        throw new UserError(`${subject}: Palette's validation found: ${findings.join("; ")}`);
    }
}
