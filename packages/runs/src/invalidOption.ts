// An option of a call that cannot be used, as an error.
import { ImagefnError } from "@imagefn/base";

/**
 * `OPTION VALUE: why.` A value of true is an option that is on, and is left out.
 * @param option its name in the call, such as byClass
 */
export const invalidOption = (option: string, value: unknown, why: string): ImagefnError =>
  new ImagefnError("invalid-option", `${option}${value === true ? "" : ` ${value}`}: ${why}`, {
    option,
    value,
  });
