// Sessions in a process of their own: a driver that crashes ends that process, and here becomes an error.
import type { ChildProcess } from "node:child_process";
import { escaped } from "../inOneLine.js";
import type { Answer, Call, Start } from "./providerProcess.js";
import type { Sessions } from "./sessions.js";

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

/** Sessions in a new process, as `start` describes them. Once it has ended, every call fails with what ended it. */
export function childSessions(start: Start): Sessions {
  const child = started();
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let ended: Error | undefined;
  let complaints = "";

  function end(error: Error): void {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  }

  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-10_000);
  });
  child.on("error", end);
  child.on("close", (code, signal) => {
    const last = complaints.trim().split("\n").at(-1);
    const said = last ? `: ${escaped(last).slice(0, 300)}` : "";
    end(new Error(`its worker ended with ${signal ?? `code ${code}`}${said}`));
  });
  child.on("message", (answer: Answer) => {
    const call = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (waiting.size === 0) rest(child);
    if ("error" in answer) call?.reject(new Error(answer.error));
    else call?.resolve(answer.result as never);
  });
  child.send(start);
  rest(child);

  const call = (method: keyof Sessions, given?: unknown): Promise<never> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      const id = ++count;
      waiting.set(id, { resolve, reject });
      wake(child);
      const message: Call = { id, method, given };
      // Where the process has ended meanwhile, its end is the better reason.
      child.send(message, () => {});
    });

  return {
    open: (request) => call("open", request),
    run: (request) => call("run", request),
    release: (session) => call("release", session),
    drop: (tensors) => call("drop", tensors),
    async close() {
      ended ??= new Error("it was closed");
      if (child.connected) child.disconnect();
    },
  };
}

function started(): ChildProcess {
  const { execPath, env, getBuiltinModule } = globalThis.process;
  const { spawn } = getBuiltinModule("node:child_process");
  const { fileURLToPath } = getBuiltinModule("node:url");
  // Not `new URL(.., import.meta.url)`, which bundlers for pages would follow.
  const script = fileURLToPath(import.meta.resolve("./providerProcess.js"));
  return spawn(execPath, [script], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // Numbers travel as they are.
    serialization: "advanced",
    // Electron would open a window.
    env: { ...env, ELECTRON_RUN_AS_NODE: "1" },
    windowsHide: true,
  });
}

/** While nothing is asked of it, a process does not keep this one from ending. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  (child.stderr as unknown as { unref(): void }).unref();
}

function wake(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}
