import { writeFileSync } from "node:fs";
import { FILE, fieldDocument } from "./document";

writeFileSync(FILE, fieldDocument());
