export { checkHealth } from "./health";
export { refusesLogin } from "./loginCheck";
export { lookUpVersions } from "./publish";
export { openRepository } from "./repository";
