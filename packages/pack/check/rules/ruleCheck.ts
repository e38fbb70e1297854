import type { PackContext } from "../context";
import type { Finding } from "../../findings/finding";

/**
 * One check: looks at a pack and yields what it finds. Never throws for what is wrong with the
 * pack.
 */
export type RuleCheck = (pack: PackContext) => Iterable<Finding> | AsyncIterable<Finding>;
