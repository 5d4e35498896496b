// What the browser keeps of a studio: the training images, and the training as it stands at its last checkpoint.
import type { Images, Kept } from "../about.js";

interface Parts {
  readonly images: Images;
  readonly training: Kept;
}

/** Pages at other addresses of the same host have their own. */
const name = `imagefn-studio ${new URL(".", location.href).pathname}`;

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("parts");
  return settled(request);
}

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function within<T>(
  mode: IDBTransactionMode,
  act: (parts: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  try {
    const transaction = database.transaction("parts", mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([settled(act(transaction.objectStore("parts"))), done]);
    return result;
  } finally {
    database.close();
  }
}

/** A part as it was kept last; undefined if there is none. */
export const kept = <K extends keyof Parts>(part: K): Promise<Parts[K] | undefined> =>
  within("readonly", (parts) => parts.get(part));

/** Replaces a part, wholly or not at all. @throws if the browser has no space left */
export async function keep<K extends keyof Parts>(part: K, value: Parts[K]): Promise<void> {
  await within("readwrite", (parts) => parts.put(value, part));
}

/** Forgets a part. */
export async function forget(part: keyof Parts): Promise<void> {
  await within("readwrite", (parts) => parts.delete(part));
}
