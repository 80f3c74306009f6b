/**
 * The viewer: a server on the loopback interface that shows the runs below a folder and changes
 * nothing.
 *
 * Other web sites can neither read its answers, which name no other origin, nor reach it under a
 * name of theirs: requests must name the loopback interface in their `Host` header. Files are found
 * by the path of a run and by what its log names, never by a path in a request, and only inside the
 * directory of the run.
 *
 * @module
 */

import { join } from "node:path";
import { DataError, messageOf, requireInteger } from "../../errors.ts";
import { confinedFile } from "./confined_file.ts";
import { ASSETS } from "./page/assets.ts";
import { RunFolder, type WatchedRun } from "./run_folder.ts";
import { comparedView, type CurveRange, runView, summaryView } from "./run_view.ts";
import { ViewStreams } from "./view_streams.ts";

/** Port that is tried first. */
export const FIRST_PORT = 8420;

/** Ports that are tried, from the first one on. */
export const PORT_COUNT = 10;

/** Address of the loopback interface. */
export const VIEWER_HOST = "127.0.0.1";

/** Names of the loopback interface; a tunnel may have any port. */
const HOST_NAMES = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

const MAX_BUCKETS = 2000;
const DEFAULT_BUCKETS = 400;

/** Runs that one request may name. */
const MAX_COMPARED = 100;

/** Largest report and picture that are sent. */
const MAX_FILE_BYTES = 256 * 2 ** 20;

/** Time for which the first answer waits for the logs of many runs. */
const MAX_READ_MILLISECONDS = 300;

/** Time that answers in progress have to end when the viewer closes. */
const MAX_CLOSE_MILLISECONDS = 1000;

const PNG_MAGIC = [0x89, 0x50, 0x4e, 0x47];

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
  "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

/** A report has a script of its own, which may neither send anything nor reach the viewer. */
const REPORT_POLICY = "sandbox allow-scripts; default-src 'none'; img-src data:; " +
  "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const COMMON_HEADERS = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** How the viewer runs. */
export interface ViewerOptions {
  /** Folder whose runs are shown; it need not exist yet. */
  readonly folder: string;
  /** First port that is tried; the next ones follow if it is in use. @default 8420 */
  readonly port?: number | undefined;
  /** The command that predicts with the model of a run. */
  readonly predictCommand: (run: PredictedRun) => string;
}

/** The run of a prediction. */
export interface PredictedRun {
  readonly directory: string;
  /** Options of all stages by `stage.option`. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A viewer that runs. */
export interface Viewer extends AsyncDisposable {
  /** Address of its first page. */
  readonly url: string;
  readonly port: number;
}

/**
 * Starts a viewer.
 *
 * @throws {DataError} If all ports that it may use are taken.
 */
export function startViewer(options: ViewerOptions): Viewer {
  const { folder, port = FIRST_PORT } = options;
  requireInteger("Cannot start the viewer: its port", port, 0);
  const runs = new RunFolder(folder);
  const streams = new ViewStreams(runs);
  // The first page finds the logs read, or nearly so; it reports what fails.
  runs.refresh().catch(() => {});
  const handle = (request: Request) => answer(request, runs, streams, options);
  const server = listen(port, handle);
  const found = server.addr.port;
  return {
    url: `http://${VIEWER_HOST}:${found}/`,
    port: found,
    async [Symbol.asyncDispose]() {
      streams.close();
      server.unref();
      // A client that does not read must not hold up the command.
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, MAX_CLOSE_MILLISECONDS);
      await Promise.race([server.shutdown(), promise]).finally(() => clearTimeout(timer));
    },
  };
}

function listen(
  first: number,
  handle: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const last = first === 0 ? 0 : Math.min(65_535, first + PORT_COUNT - 1);
  for (let port = first; port <= last; port++) {
    try {
      return Deno.serve({ hostname: VIEWER_HOST, port, onListen() {}, onError: failure }, handle);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) {
        const reason = `Cannot start the viewer on port ${port}: ${messageOf(error)}`;
        throw new DataError(reason, { cause: error });
      }
    }
  }
  throw new DataError(
    `Cannot start the viewer: one of the ports ${first} to ${last} must be free, all are in use; ` +
      "choose another with --port",
  );
}

async function answer(
  request: Request,
  folder: RunFolder,
  streams: ViewStreams,
  { predictCommand }: ViewerOptions,
): Promise<Response> {
  const host = request.headers.get("host") ?? "";
  if (!HOST_NAMES.test(host)) return text(403, "The viewer answers on the loopback host only.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return text(405, "The viewer is read-only.", { allow: "GET, HEAD" });
  }
  const { pathname, searchParams } = new URL(request.url);
  const asset = ASSETS.get(pathname);
  if (asset !== undefined) {
    return new Response(asset.body, { headers: headers(asset.type) });
  }
  if (pathname === "/events") return streams.open(headers("text/event-stream"));
  const named = searchParams.getAll("run").slice(0, MAX_COMPARED);
  if (!streams.isWatched) await read(folder, named, streams.isOpen);
  const run = folder.run(named[0] ?? "");
  switch (pathname) {
    case "/api/runs":
      return json({
        folder: folder.name,
        leftOutCount: folder.leftOutCount,
        runs: folder.runs.map((run) => summaryView(run, Date.now())),
      });
    case "/api/run": {
      if (run === undefined) return noRun();
      const files = { report: await hasReport(run), predict: predictOf(run, predictCommand) };
      return json({ ...runView(run, rangeOf(searchParams), Date.now()), ...files });
    }
    case "/api/compare": {
      const found = named.length === 0 ? folder.runs : named.map((path) => folder.run(path));
      const runs = found.filter((run) => run !== undefined).slice(0, MAX_COMPARED);
      const range = rangeOf(searchParams);
      return json(runs.map((run) => ({
        ...comparedView(run, range, Date.now()),
        predict: predictOf(run, predictCommand),
      })));
    }
    case "/report": {
      const bytes = run && await confinedFile(run.directory, "report.html", MAX_FILE_BYTES);
      if (bytes === undefined) return text(404, "This run has no report yet.");
      return new Response(bytes, { headers: headers("text/html; charset=utf-8", REPORT_POLICY) });
    }
    case "/picture":
      return await picture(run, searchParams.get("step"));
  }
  return text(404, "There is no such page.");
}

/**
 * Reads the logs that a page shows. A page that follows the folder is not held up by many of them:
 * it is told when the others have been read.
 */
async function read(
  folder: RunFolder,
  named: readonly string[],
  isFollowed: boolean,
): Promise<void> {
  const reading = named.length > 0 ? folder.refreshRuns(named) : folder.refresh();
  if (!isFollowed || named.length === 1) return await reading;
  const isReading = () =>
    named.length > 0 && !named.some((path) => folder.run(path)) ||
    folder.runs.length === 0;
  const done = reading.then(() => true);
  do {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = new Promise<false>((resolve) => {
      timer = setTimeout(resolve, MAX_READ_MILLISECONDS, false);
    });
    const isDone = await Promise.race([done, wait]).finally(() => clearTimeout(timer));
    if (isDone) return;
  } while (isReading());
}

/** The picture of a validation, as its line in the log names it. */
async function picture(run: WatchedRun | undefined, step: string | null): Promise<Response> {
  const line = run?.history.validations.find((line) => String(line.step) === step);
  const bytes = run !== undefined && line?.picture !== undefined
    ? await confinedFile(run.directory, line.picture, MAX_FILE_BYTES)
    : undefined;
  if (bytes === undefined || !PNG_MAGIC.every((byte, k) => bytes[k] === byte)) {
    return text(404, "There is no such picture.");
  }
  return new Response(bytes, { headers: headers("image/png") });
}

async function hasReport({ directory }: WatchedRun): Promise<boolean> {
  return await Deno.lstat(join(directory, "report.html")).then(({ isFile }) => isFile, () => false);
}

function predictOf(
  { directory, history }: WatchedRun,
  predictCommand: ViewerOptions["predictCommand"],
): string {
  return predictCommand({ directory, options: history.run?.options ?? {} });
}

function rangeOf(query: URLSearchParams): CurveRange {
  const number = (name: string, otherwise: number) => {
    const value = Number(query.get(name) ?? otherwise);
    return Number.isNaN(value) ? otherwise : value;
  };
  const buckets = Math.round(number("buckets", DEFAULT_BUCKETS));
  return {
    axis: query.get("axis") === "seconds" ? "seconds" : "step",
    from: number("from", 0),
    to: number("to", Infinity),
    buckets: Math.min(MAX_BUCKETS, Math.max(10, buckets)),
  };
}

function noRun(): Response {
  return text(404, "There is no such run in this folder.");
}

function failure(error: unknown): Response {
  return text(500, messageOf(error));
}

function text(status: number, message: string, more: Record<string, string> = {}): Response {
  const init = { ...headers("text/plain; charset=utf-8"), ...more };
  return new Response(`${message}\n`, { status, headers: init });
}

function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers: headers("application/json") });
}

function headers(type: string, policy = POLICY): Record<string, string> {
  return { ...COMMON_HEADERS, "content-type": type, "content-security-policy": policy };
}
