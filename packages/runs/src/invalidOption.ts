// Options of a call that cannot be used, as errors.
import { ImagefnError, quoted } from "@imagefn/base";

/**
 * An option that this run cannot be used with: the message begins with its name and value.
 * @param option its name in the call, such as byClass
 * @param value true for an option that is on; the message omits it
 * @param advice what to do instead of leaving the option out
 */
export const invalidOption = (option: string, value: unknown, why: string, advice?: string): ImagefnError =>
  new ImagefnError("invalid-option", named(option, value, why, advice), { option, value, advised: !!advice });

/** The same for a value that does not exist in this run, such as the name of a class. */
export const notInRun = (option: string, value: unknown, why: string): ImagefnError =>
  new ImagefnError("not-in-run", named(option, value, why), { option, value });

const named = (option: string, value: unknown, why: string, advice?: string) =>
  `${option}${value === true ? "" : ` ${quoted(String(value))}`}: ${why}${advice === undefined ? "" : ` ${advice}`}`;
