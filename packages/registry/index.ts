export { deleteFromIam } from "./iamIdentities";
export { checkHealth } from "./health";
export { refusesLogin } from "./loginCheck";
export { observeVersions } from "./observe";
export { logOut, openRepository } from "./openRepository";
