// Videos by ffmpeg, where it is installed: it is given raw frames, and its file is copied once it is complete.
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { escaped, ImagefnError, type Rows, writeAtomic } from "@imagefn/base";

/** Frames in a second, and the size of each. */
interface Shown {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

/** What files of one ending contain. */
interface Video {
  /** ffmpeg's name of the encoder. */
  readonly encoder: string;
  readonly options: readonly string[];
}

/** By the ending of a file. The levels of loss are about where frames of a smooth function show nothing of it. */
export const videos = {
  // An index at the start lets players begin before they have all of it.
  mp4: { encoder: "libx264", options: ["-crf", "16", "-preset", "slow", "-movflags", "+faststart"] },
  webm: { encoder: "libvpx-vp9", options: ["-crf", "24", "-b:v", "0", "-row-mt", "1"] },
} as const satisfies Readonly<Record<string, Video>>;

/** An ending of `videos`. */
export type VideoName = keyof typeof videos;

/** How to get what is missing. */
const INSTALL = "Install it: `apt-get install ffmpeg`, `brew install ffmpeg` or `winget install ffmpeg`.";

/**
 * @throws ImagefnError `missing-package` if there is no ffmpeg, or one without the encoder
 */
export async function requireFfmpeg(name: VideoName): Promise<void> {
  const { encoder } = videos[name];
  const missing = (why: string) =>
    new ImagefnError("missing-package", `a .${name} file needs ffmpeg, ${why}`);
  const { stdout } = await promisify(execFile)("ffmpeg", ["-hide_banner", "-encoders"]).catch((error) => {
    if (error.code === "ENOENT") throw missing(`which is not installed, or not in PATH. ${INSTALL}`);
    throw missing(`which does not start: ${escaped(error.message.trim())}`);
  });
  if (!stdout.includes(` ${encoder} `))
    throw missing(`and this one was built without ${encoder}. Install one that has it.`);
}

/**
 * The arguments of ffmpeg. Its own conversion would be by BT.601 and say nothing of it, which players take for BT.709 in large
 * pictures; so the colours are converted by BT.709, and the file says so.
 */
export function ffmpegArguments(name: VideoName, { width, height, fps }: Shown, path: string): string[] {
  const { encoder, options } = videos[name];
  const raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size", `${width}x${height}`];
  return [
    ...["-hide_banner", "-loglevel", "error", "-y", ...raw, "-framerate", `${fps}`, "-i", "pipe:0"],
    ...["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p", "-c:v", encoder],
    ...options,
    ...["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"],
    ...["-fflags", "+bitexact", "-f", name, path],
  ];
}

/**
 * Writes frames as a video, completely or not at all; they are in memory one at a time.
 * @throws Error with what ffmpeg says, if it fails
 */
export async function writeVideo(
  name: VideoName,
  path: string,
  shown: Shown,
  frames: AsyncIterable<Rows>,
): Promise<void> {
  // The index of a video is written last, so that ffmpeg has to have a file to go back in.
  const folder = mkdtempSync(join(tmpdir(), "imagefn-video-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    const whole = join(folder, `video.${name}`);
    await encode(ffmpegArguments(name, shown, whole), frames);
    await writeAtomic(path, async (handle) => {
      for await (const part of createReadStream(whole)) await handle.writeFile(part);
    });
  } finally {
    process.off("exit", remove);
    remove();
  }
}

async function encode(args: readonly string[], frames: AsyncIterable<Rows>): Promise<void> {
  const ffmpeg = spawn("ffmpeg", args, { stdio: ["pipe", "ignore", "pipe"] });
  const said = text(ffmpeg);
  const ended = once(ffmpeg, "close");
  try {
    await pipeline(Readable.from(bytesOf(frames)), ffmpeg.stdin);
  } catch (error) {
    // It closes its input when it fails, and says why. Whatever else fails is not its fault.
    const broken = ["EPIPE", "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE"];
    if (!broken.includes((error as NodeJS.ErrnoException).code ?? "")) {
      ffmpeg.kill("SIGKILL");
      await ended;
      throw error;
    }
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg failed: ${escaped((await said).trim()) || `exit code ${code}`}`);
}

/** All that a process prints to its standard error. */
async function text({ stderr }: ChildProcessByStdio<Writable, null, Readable>): Promise<string> {
  let all = "";
  for await (const part of stderr.setEncoding("utf8")) all += part;
  return all;
}

async function* bytesOf(frames: AsyncIterable<Rows>): AsyncGenerator<Uint8Array> {
  for await (const rows of frames) yield* rows;
}
