// Public names of imagefn: the packages behind the command, for programs.
export { evaluate } from "@imagefn/metrics";
export { openRun, type Run, type TrainOptions, train } from "@imagefn/runs";
