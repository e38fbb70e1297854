import type { FieldCase } from "./fieldCase";
import { nothingLostCases } from "./nothingLost";
import { likeTheProviderCases } from "./likeTheProvider";
import { fittingAdviceCases } from "./fittingAdvice";
import { saidBeforeCases } from "./saidBefore";

/** Every case that a test shows, by what it is about. */
export const fieldCases: Record<string, FieldCase[]> = {
    "Nothing is lost, nothing false is said": nothingLostCases,
    "Everything works where the AWS provider does": likeTheProviderCases,
    "Advice that fits": fittingAdviceCases,
    "Said before anything is made": saidBeforeCases,
};
