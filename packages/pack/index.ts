// What programs use of this package.
export { checkPack, type CheckOptions } from "./check/checkPack";
export { InvalidPackError, readPack } from "./check/readPack";
export { comparePacks } from "./cli/comparePacks";
export type { Finding, SourceLocation, Severity } from "./findings/finding";
export { rules, type Rule, type RuleId } from "./findings/ruleTable";
export { describeArtifact, writeArchive, type Artifact } from "./format/archive";
export type { Pack } from "./format/pack";
export { packageChart } from "./format/packageChart";
export type { PackFile } from "./format/packFile";
export { compareRenderings, type RenderComparison } from "./render/compareRenderings";
export { findHelm } from "./render/helm";
export { renderPack, type Rendering } from "./render/renderPack";
