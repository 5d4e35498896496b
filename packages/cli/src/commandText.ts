// The command line as text that can be typed again.

/** `imagefn` and its arguments, quoted where a shell needs it. */
export const commandText = (args: readonly string[] = process.argv.slice(2)): string =>
  ["imagefn", ...args.map((arg) => (/^[\w@%+=:,./[\]-]+$/.test(arg) ? arg : JSON.stringify(arg)))].join(" ");
