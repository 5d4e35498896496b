// The command as typed, near enough to type again.

/** `imagefn` and its arguments, quoted where a shell would need it. */
export const commandText = (args: readonly string[] = process.argv.slice(2)): string =>
  ["imagefn", ...args.map((arg) => (/^[\w@%+=:,./[\]-]+$/.test(arg) ? arg : JSON.stringify(arg)))].join(" ");
