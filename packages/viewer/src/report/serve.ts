// The live report of a run in progress: a page on this machine that follows training through server-sent events.
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Progress, RunFolder } from "@imagefn/runs";
import { end, endRefused, listen, type ServeOptions, safeHeaders } from "../loopback.js";
import { listPictures, readContents } from "./contents.js";
import { followLog } from "./followLog.js";
import { chartData, contentPolicy, reportPage } from "./page.js";
import { changingParts } from "./parts.js";
import { answerTo } from "./requests.js";
import { onServer } from "./show.js";
import { type View, viewOf } from "./view.js";

/** What the server sends to a page. */
export interface Update {
  /** Markup by the id of its part; parts that stayed the same are left out. */
  readonly parts: Readonly<Record<string, string>>;
  /** The data of the charts, where it changed. */
  readonly chart?: ReturnType<typeof chartData>;
  /** False in the last message, which contains its pictures, because the server ends after it. */
  readonly live: boolean;
}

/** The page of a run in progress. */
export interface LiveReport {
  /** Such as http://127.0.0.1:43210/ */
  readonly url: string;
  /** Sends the run's progress to open pages, at most once a second and using at most a twentieth of the time. */
  update(progress: Progress): void;
  /** Sends the final state to open pages and ends the server. */
  close(): Promise<void>;
}

const EVERY_MS = 1000;
const SHARE = 1 / 20;
/** How long pages have to receive the last message. */
const LAST_MS = 3000;

/**
 * Serves the report of a run to this machine, on 127.0.0.1, until it is closed. Open pages follow the run's log and
 * pictures; call `update` as training goes on.
 * @throws ImagefnError `port-in-use` if the port is taken or not allowed; `details.port` is its number
 */
export async function serveReport(run: RunFolder, { port = 0 }: ServeOptions = {}): Promise<LiveReport> {
  /** Each page, and whether it missed an update because it reads too slowly. */
  const pages = new Map<ServerResponse, { behind: boolean }>();
  let progress: Progress | undefined;
  /** The last update that went to all pages. */
  let sent: Update | undefined;
  let timer: NodeJS.Timeout | undefined;
  let next = 0;

  const headers = safeHeaders(contentPolicy({ live: true }));
  const log = followLog(run.log);
  const now = () => viewOf(readContents(run, log), { source: onServer, progress });
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      const { method, url } = request;
      const answer = answerTo({ method, url, host: request.headers.host }, () => listPictures(run.samples));
      switch (answer.kind) {
        case "page":
          end(response, 200, "text/html; charset=utf-8", reportPage(now(), { live: true }));
          break;
        case "picture":
          end(response, 200, "image/png", readFileSync(answer.path));
          break;
        case "events": {
          const full = whole(now(), true);
          response.writeHead(200, { "Content-Type": "text/event-stream" });
          response.write(message(full));
          if (pages.size === 0) sent = full;
          pages.set(response, { behind: false });
          response.on("close", () => pages.delete(response));
          break;
        }
        case "refused":
          endRefused(response, answer);
      }
    } catch {
      // The folder of a run that ends before its first step is removed.
      end(response, 503, "text/plain; charset=utf-8", "the run folder cannot be read\n");
    }
  });
  const url = await listen(server, port);

  const push = () => {
    timer = undefined;
    const began = performance.now();
    const full = attempt(() => whole(now(), true));
    if (full) {
      const changed = message(changes(sent, full));
      for (const [page, state] of pages) {
        const waiting = page.writableNeedDrain;
        if (!waiting) page.write(state.behind ? message(full) : changed);
        state.behind = waiting;
      }
      sent = full;
    }
    const ended = performance.now();
    next = ended + Math.max(EVERY_MS, (ended - began) / SHARE);
  };

  return {
    url,
    update(latest) {
      progress = latest;
      if (pages.size > 0) timer ??= setTimeout(push, Math.max(0, next - performance.now()));
    },
    async close() {
      clearTimeout(timer);
      const last = attempt(() => message(whole(viewOf(readContents(run, log)), false)));
      const taken = [...pages.keys()].map(
        (page) =>
          new Promise<void>((resolve) => {
            page.on("close", resolve);
            page.end(last, resolve);
          }),
      );
      server.close();
      const waiting = new AbortController();
      await Promise.race([
        Promise.all(taken),
        delay(LAST_MS, undefined, { signal: waiting.signal }).catch(() => {}),
      ]);
      waiting.abort();
      server.closeAllConnections();
    },
  };
}

/** Everything that changes in a page. */
function whole(view: View, live: boolean): Update {
  const parts = Object.entries(changingParts(view)).map(([id, { markup }]) => [id, markup]);
  return { parts: Object.fromEntries(parts), chart: chartData(view), live };
}

/** What is new since another update. */
function changes(before: Update | undefined, after: Update): Update {
  const parts = Object.entries(after.parts).filter(([id, markup]) => before?.parts[id] !== markup);
  const same = JSON.stringify(before?.chart) === JSON.stringify(after.chart);
  return { parts: Object.fromEntries(parts), chart: same ? undefined : after.chart, live: after.live };
}

/** An event (WHATWG HTML, 9.2). JSON has no line breaks, so that one line holds it. */
const message = (update: Update): string => `event: report\ndata: ${JSON.stringify(update)}\n\n`;

/** Undefined if `make` throws: a page that misses an update must not end the training. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
