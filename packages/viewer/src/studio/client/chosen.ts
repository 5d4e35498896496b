// Files that the reader chooses or drops, with their paths in their folder.
import type { PictureFile } from "../about.js";

/** Files, and what they are called together: the folder's name, or "pictures". */
export interface Chosen {
  readonly folder: string;
  readonly files: readonly PictureFile[];
}

const LOOSE = "pictures";

/** What an input of files, or of one folder, holds. */
export function chosenBy({ files }: HTMLInputElement): Chosen {
  const all = [...(files ?? [])];
  const [folder, inside] = all[0]?.webkitRelativePath.split("/") ?? [];
  if (inside === undefined) return { folder: LOOSE, files: all.map((file) => ({ path: file.name, file })) };
  const path = (file: File) => file.webkitRelativePath.slice(folder.length + 1);
  return { folder, files: all.map((file) => ({ path: path(file), file })) };
}

/** What was dropped: one folder, or files and folders together. */
export async function chosenByDrop({ items }: DataTransfer): Promise<Chosen> {
  // All at once: the list is empty after the first wait.
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const [first] = entries;
  if (entries.length === 1 && first instanceof FileSystemDirectoryEntry)
    return { folder: first.name, files: await filesIn(first, "") };
  const files = await Promise.all(entries.map((entry) => filesOf(entry, "")));
  return { folder: LOOSE, files: files.flat() };
}

async function filesIn(directory: FileSystemDirectoryEntry, prefix: string): Promise<PictureFile[]> {
  const reader = directory.createReader();
  const files: PictureFile[] = [];
  for (;;) {
    // Browsers give a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return files;
    for (const entry of some) files.push(...(await filesOf(entry, prefix)));
  }
}

async function filesOf(entry: FileSystemEntry, prefix: string): Promise<PictureFile[]> {
  if (entry instanceof FileSystemDirectoryEntry) return filesIn(entry, `${prefix}${entry.name}/`);
  const file = await new Promise<File>((resolve, reject) =>
    (entry as FileSystemFileEntry).file(resolve, reject),
  );
  return [{ path: prefix + entry.name, file }];
}
