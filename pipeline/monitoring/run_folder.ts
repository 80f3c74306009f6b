/**
 * The runs below a folder, live or ended, from their logs alone.
 *
 * @module
 */

import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import { ifPresent } from "../../io/if_present.ts";
import { LOG_FILE } from "./log_schema.ts";
import { LogReader } from "./read_log.ts";
import { RunHistory } from "./run_history.ts";

/** Levels of folders below the root in which runs are found. */
const MAX_DEPTH = 5;

/** Runs that are shown. */
const MAX_RUNS = 1000;

/** Time between two searches for new runs while a page is open, in milliseconds. */
const SCAN_INTERVAL = 2000;

/**
 * Time without a line after which a run without an end counts as killed, in milliseconds; the
 * writer adds a state about every two seconds.
 */
const SILENT_AFTER = 20_000;

/** Folders that hold no runs. */
const OTHER_FOLDERS = /^\.|^node_modules$|\.zarr$/;

/** State of a run. */
export type RunState = "running" | "finished" | "failed" | "stopped" | "killed" | "unreadable";

/** A run below the folder. */
export class WatchedRun {
  /** From the root, with `/`; `.` for the root. */
  readonly path: string;
  readonly directory: string;
  history = new RunHistory();
  /** Why the log cannot be read. */
  error: string | undefined;
  state: RunState = "running";
  /** Changes with everything that a page shows. */
  version = 0;
  /** Time of the last sign of life, in milliseconds since 1970 by the clock of this process. */
  lastSign = 0;
  readonly #reader: LogReader;
  /** Size and time of the log that was read. */
  #read = "";
  #isRead = false;
  #refreshing: Promise<boolean> | undefined;

  constructor(path: string, directory: string) {
    this.path = path;
    this.directory = directory;
    this.#reader = new LogReader(join(directory, LOG_FILE));
  }

  /** Whether the log has been read at least once. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Reads what was added to the log. @returns Whether anything changed */
  refresh(now: number): Promise<boolean> {
    this.#refreshing ??= this.#refresh(now).finally(() => this.#refreshing = undefined);
    return this.#refreshing;
  }

  async #refresh(now: number): Promise<boolean> {
    const hasChanged = await this.#readAdded(now);
    const state = this.#currentState(now);
    this.#isRead = true;
    if (!hasChanged && state === this.state) return false;
    this.state = state;
    this.version++;
    return true;
  }

  async #readAdded(now: number): Promise<boolean> {
    try {
      const file = await ifPresent(Deno.stat(join(this.directory, LOG_FILE)));
      const found = `${file?.ino} ${file?.size} ${file?.mtime?.getTime()}`;
      if (file === undefined || found === this.#read) return false;
      // The clock of a file server may differ; once the log has grown, only this one counts.
      const isFirst = this.#read === "";
      this.lastSign = isFirst ? Math.min(now, file.mtime?.getTime() ?? now) : now;
      this.#read = found;
      await this.#reader.visit({
        replace: () => this.history = new RunHistory(),
        add: (line) => this.history.add(line),
        addDamaged: () => this.history.damagedCount++,
      });
      this.error = undefined;
    } catch (error) {
      this.error = messageOf(error);
    }
    return true;
  }

  #currentState(now: number): RunState {
    if (this.error !== undefined) return "unreadable";
    if (this.history.end !== undefined) return this.history.end.outcome;
    return now - this.lastSign > SILENT_AFTER ? "killed" : "running";
  }
}

/** The runs below a folder. */
export class RunFolder {
  /** As the user named it. */
  readonly name: string;
  /** Runs below the folder that are not shown because there are too many. */
  leftOutCount = 0;
  readonly #runs = new Map<string, WatchedRun>();
  #scanned = -Infinity;
  #refreshing: Promise<void> | undefined;
  /** Paths of runs that have changed, appeared or disappeared since they were taken. */
  #changed = new Set<string>();

  /** @param name Path of the folder, which need not exist yet */
  constructor(name: string) {
    this.name = name;
  }

  /** The runs whose logs have been read, by path in alphabetical order. */
  get runs(): readonly WatchedRun[] {
    const read = [...this.#runs.values()].filter(({ isRead }) => isRead);
    return read.sort((a, b) => a.path < b.path ? -1 : 1);
  }

  /** The run of a path; undefined if there is none, or if its log has not been read yet. */
  run(path: string): WatchedRun | undefined {
    const run = this.#runs.get(path);
    return run?.isRead ? run : undefined;
  }

  /** The paths of the runs that have changed, appeared or disappeared since the last call. */
  takeChanged(): readonly string[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /**
   * Finds new runs and reads what was added to their logs. Callers at the same time share one
   * refresh.
   *
   * @param options.isFollowing Whether the search for new runs may be left out if there was one
   * just before. @default false
   */
  refresh({ isFollowing = false } = {}): Promise<void> {
    this.#refreshing ??= this.#refresh(isFollowing).finally(() => this.#refreshing = undefined);
    return this.#refreshing;
  }

  /** Reads what was added to some logs, before those of other runs. */
  async refreshRuns(paths: readonly string[]): Promise<void> {
    const now = Date.now();
    if (!paths.every((path) => this.#runs.has(path))) await this.#scan();
    for (const path of paths) await this.#refreshRun(this.#runs.get(path), now);
  }

  async #refresh(isFollowing: boolean): Promise<void> {
    const now = Date.now();
    if (!isFollowing || Math.abs(now - this.#scanned) >= SCAN_INTERVAL) await this.#scan();
    for (const run of this.#runs.values()) await this.#refreshRun(run, now);
  }

  async #refreshRun(run: WatchedRun | undefined, now: number): Promise<void> {
    if (run !== undefined && await run.refresh(now)) this.#changed.add(run.path);
  }

  /** Finds new runs. */
  async #scan(): Promise<void> {
    this.#scanned = Date.now();
    const found = await Array.fromAsync(runsBelow(this.name, ".", 0));
    const paths = new Set(found.slice(0, MAX_RUNS));
    this.leftOutCount = found.length - paths.size;
    const gone = [...this.#runs.keys()].filter((path) => !paths.has(path));
    const added = [...paths].filter((path) => !this.#runs.has(path));
    for (const path of gone) this.#runs.delete(path);
    for (const path of added) {
      this.#runs.set(path, new WatchedRun(path, join(this.name, path)));
    }
    for (const path of [...gone, ...added]) this.#changed.add(path);
  }
}

/**
 * The paths of the folders with a log, without those in a run. Links are not followed: they may
 * lead out of the folder.
 */
async function* runsBelow(folder: string, path: string, depth: number): AsyncGenerator<string> {
  let entries: readonly Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch {
    // It is not there yet, was removed, or may not be read.
    return;
  }
  if (entries.some(({ name, isFile }) => isFile && name === LOG_FILE)) {
    yield path;
    return;
  }
  if (depth === MAX_DEPTH) return;
  for (const { name, isDirectory } of entries) {
    if (!isDirectory || OTHER_FOLDERS.test(name)) continue;
    yield* runsBelow(join(folder, name), path === "." ? name : `${path}/${name}`, depth + 1);
  }
}
