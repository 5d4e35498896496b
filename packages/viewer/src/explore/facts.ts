// What a page says of a run under its name.
import type { About } from "./about.js";

export const factsOf = ({ step, parameters, size }: About): string =>
  `${parameters.toLocaleString("en-US")} parameters, trained for ${step.toLocaleString("en-US")} steps on images of ${size} x ${size}`;
