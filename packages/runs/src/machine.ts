// The processor that this process runs on.
export { processor } from "@imagefn/base";
