// The user's home folder in paths that no shell has expanded, as in a file or after `=`.
import { homedir } from "node:os";

/** `~` and `~/pictures` with the home folder in place of the tilde; other paths as they are. */
export const expandHome = (path: string): string => path.replace(/^~(?=$|[/\\])/, homedir());
