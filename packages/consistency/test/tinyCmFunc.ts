// The smallest CM-Func. Alone, since pages take it too, where there is no engine of Node's.
import { tiny } from "@imagefn/testing/generators";
import { cmFunc } from "@imagefn/transformer";

/** Side of its images in pixels. */
export const size = 4;

/** A CM-Func of some 1,300 parameters for 4 x 4 pixels. */
export const tinyCmFunc = cmFunc(tiny.cmFunc, [size, size]);
