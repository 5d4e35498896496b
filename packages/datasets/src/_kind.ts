// What a file is, from its first bytes: its name may say anything.

/** Bytes of a file that `kindOf` needs to see. */
export const HEAD_BYTES = 1024;

export interface FileKind {
  /** For messages, with its article: "a GIF image". */
  shown: string;
  /** Whether this package decodes it. */
  readable: boolean;
  /** Whether it is a still picture, as opposed to a page, an archive or a film. */
  picture: boolean;
}

const readable = (shown: string): FileKind => ({ shown, readable: true, picture: true });
const picture = (shown: string): FileKind => ({ shown, readable: false, picture: true });
const other = (shown: string): FileKind => ({ shown, readable: false, picture: false });

/** Beginnings of files as Latin-1; "." is any byte. */
const beginnings: [string, FileKind][] = [
  ["\x89PNG\r\n\x1a\n", readable("a PNG image")],
  ["\xff\xd8\xff", readable("a JPEG image")],
  ["RIFF....WEBP", readable("a WebP image")],
  ["GIF8", picture("a GIF image")],
  ["II*\0", picture("a TIFF image")],
  ["MM\0*", picture("a TIFF image")],
  ["II+\0", picture("a TIFF image")],
  ["MM\0+", picture("a TIFF image")],
  ["BM....\0\0\0\0", picture("a BMP image")],
  ["....ftypavif", picture("an AVIF image")],
  ["....ftypavis", picture("an AVIF image")],
  ["....ftyphei", picture("a HEIC image")],
  ["....ftyphev", picture("a HEIC image")],
  ["....ftypmif1", picture("a HEIF image")],
  ["....ftypmsf1", picture("a HEIF image")],
  ["....ftypcrx", picture("a CR3 raw image")],
  ["....ftyp", other("an MP4 video")],
  ["\0\0\0\x0cJXL ", picture("a JPEG XL image")],
  ["\xff\x0a", picture("a JPEG XL image")],
  ["\0\0\0\x0cjP  ", picture("a JPEG 2000 image")],
  ["\xff\x4f\xff\x51", picture("a JPEG 2000 image")],
  ["8BPS", picture("a Photoshop file")],
  ["\0\0\x01\0", picture("an icon")],
  ["%PDF", other("a PDF document")],
  ["PK\x03\x04", other("a ZIP archive")],
  ["\x1f\x8b", other("a gzip archive")],
  ["version https://git-lfs", other("a pointer of Git LFS, not the file it stands for")],
];

/** The kind of the file that begins with `head`; undefined if it is none of those known here. */
export function kindOf(head: Uint8Array): FileKind | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, HEAD_BYTES)).toString(
    "latin1",
  );
  const begins = (pattern: string) =>
    text.length >= pattern.length && [...pattern].every((c, i) => c === "." || c === text[i]);
  const known = beginnings.find(([pattern]) => begins(pattern));
  if (known) return known[1];
  // Text may begin with a byte order mark, white space, declarations and comments.
  if (!/^(\xef\xbb\xbf)?\s*</.test(text)) return undefined;
  if (/<svg[\s>]/i.test(text)) return picture("an SVG image");
  return /<(!doctype html|html)[\s>]/i.test(text) ? other("an HTML page") : undefined;
}
