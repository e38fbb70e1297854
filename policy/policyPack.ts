import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies";

new PolicyPack("palette-custom-pack", { enforcementLevel: "mandatory", policies });
