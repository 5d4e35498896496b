// Public names of @imagefn/avatars-model.
export { avatars } from "./avatars.js";
