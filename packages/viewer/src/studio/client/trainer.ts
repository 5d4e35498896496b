// The worker of a studio's page: makes training images, and trains. One thing at a time.
import type { FromTrainer, Images, StudioAbout, ToTrainer } from "../about.js";
import type { Asked } from "./asked.js";
import { avatarImages, pictureImages } from "./images.js";
import { forget, keep, kept } from "./keep.js";
import { trainKept } from "./sitting.js";

const post = (message: FromTrainer, transfer: Transferable[] = []) => postMessage(message, { transfer });

/** What the page wants of the training that runs. */
const asked: Asked = { save: false, stop: false };

const about: Promise<StudioAbout> = fetch("studio.json").then((response) => {
  if (!response.ok) throw new Error(`studio.json: ${response.status} ${response.statusText}`);
  return response.json();
});
// Reported when something is asked for.
about.catch(() => {});

async function act(message: ToTrainer): Promise<void> {
  const { avatars, pictures } = await about;
  const onProgress = (done: number, total: number) => post({ kind: "reading", done, total });
  const take = async ({ images, leftOut }: { images: Images; leftOut: readonly string[] }) => {
    // What was learned from others cannot go on with these.
    await forget("training");
    await keep("images", images);
    post({ kind: "images", leftOut });
  };
  if (message.kind === "avatars") await take({ images: await avatarImages(avatars), leftOut: [] });
  if (message.kind === "read") await take(await pictureImages(pictures, message, onProgress));
  if (message.kind !== "train") return;
  const images = await kept("images");
  if (!images) throw new Error("The browser has lost the pictures. Choose them again.");
  asked.save = asked.stop = false;
  const finished = await trainKept(
    {
      run: images.kind === "avatars" ? avatars : pictures,
      images,
      minutes: message.minutes,
      processor: message.processor,
    },
    asked,
    post,
  );
  post({ kind: "ended", finished });
}

addEventListener("message", async ({ data }: MessageEvent<ToTrainer>) => {
  if (data.kind === "save") {
    asked.save = true;
    asked.stop ||= data.stop;
    return;
  }
  try {
    await act(data);
  } catch (error) {
    post({ kind: "failed", text: (error as Error).message });
  }
});
