// Text on its way to a terminal. Names are quoted where they enter a message; what is left cannot steer the terminal.
import { escaped } from "@imagefn/base";

/** The text with all control characters but line breaks and tabs as `\u001b`; in JSON this is the same text. */
export const visible = (text: string): string => text.replace(/[^\n\t]+/g, escaped);
