// Public names of imagefn.
export { version } from "@imagefn/runs";
