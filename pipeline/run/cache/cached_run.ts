/**
 * A run and the stage cache: which stages need not run, and which results to save.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { isAbsolute, normalize } from "node:path";
import { messageOf } from "../../../errors.ts";
import type { RankReport, RunEvent } from "../../engine/workers/run_report.ts";
import type { StageMode, StageModes } from "../../engine/workers/stage_modes.ts";
import type { ValidStage } from "../../engine/definition/validate.ts";
import { identifyPipeline, type PipelineIdentity } from "../identity/pipeline_identity.ts";
import { trafficOf } from "../stage_traffic.ts";
import type { Entry, EntryRecord } from "./cache_entry.ts";
import type { PendingEntries } from "./pending_entries.ts";
import { type CacheLimits, StageCache } from "./stage_cache.ts";
import { type PipelineKeys, pipelineKeys } from "./stage_keys.ts";

/** A stage whose results are cached. */
export interface CachedStage {
  readonly stage: string;
  /** When they were saved. */
  readonly savedAt: Date;
}

/** The report of a run, which is cached like the output of a stage. */
export interface ReportSource {
  /** The modules that write it. */
  readonly modules: readonly URL[];
  /** Its files, in the directory of the run. */
  readonly files: readonly string[];
  /** Everything else that it depends on, in addition to the results of the stages. */
  readonly settings: readonly string[];
}

/** Name of the entry of a report. */
const REPORT = "report page";

/** How a run uses the cache. */
export interface CacheUse {
  readonly directory: string;
  readonly report: ReportSource;
  /** Receives warnings. */
  readonly warn: (message: string) => void;
  readonly limits?: CacheLimits | undefined;
}

/** One run and the cache. It holds entries open until it is disposed of. */
export class CachedRun implements AsyncDisposable {
  readonly #identity: PipelineIdentity;
  readonly #use: CacheUse;
  readonly #cache: StageCache;
  readonly #keys: PipelineKeys;
  readonly #reportKey: string | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #modes = new Map<string, StageMode>();
  /** Figures of the stages that have run, by rank. */
  readonly #figures = new Map<string, RankReport[]>();
  #pending: PendingEntries | undefined;
  /** Operations that failed once and are not tried again. */
  readonly #failed = new Set<"read" | "save">();
  #report: Entry | undefined;

  private constructor(
    identity: PipelineIdentity,
    use: CacheUse,
    keys: PipelineKeys,
    reportKey: string | undefined,
  ) {
    this.#identity = identity;
    this.#use = use;
    this.#cache = new StageCache(use.directory, use.warn, use.limits);
    this.#keys = keys;
    this.#reportKey = reportKey;
  }

  /** Looks up which stages of a run are cached, and opens their results. */
  static async lookUp(identity: PipelineIdentity, use: CacheUse): Promise<CachedRun> {
    const keys = await pipelineKeys(identity);
    const reportKey = await keys.combined(use.report.modules, ...use.report.settings);
    const run = new CachedRun(identity, use, keys, reportKey);
    await run.#chooseModes();
    return run;
  }

  /** How stages take part in the run. */
  get modes(): StageModes {
    return this.#modes;
  }

  /** Whether no stage runs. */
  get isComplete(): boolean {
    return this.#stages.every(({ name }) => this.#modes.get(name)?.mode === "skip");
  }

  /** The stages whose results are cached. */
  get stages(): readonly CachedStage[] {
    return this.#stages.flatMap(({ name }) => {
      const entry = this.#entries.get(name);
      return entry === undefined ? [] : [{ stage: name, savedAt: entry.savedAt }];
    });
  }

  /** The record saved with the report of the same run; undefined unless the run is complete. */
  get reportRecord(): unknown {
    return this.#report?.record.note;
  }

  /** Whether a stage runs as it would without the cache. */
  runs(stage: string): boolean {
    const { mode = "record" } = this.#modes.get(stage) ?? {};
    return mode === "record";
  }

  /** The record of a cached stage; undefined for a stage that runs. */
  recordOf(stage: string): EntryRecord | undefined {
    return this.#entries.get(stage)?.record;
  }

  /** Records an event of the run. */
  record(event: RunEvent): void {
    if (event.type !== "finished") return;
    const reports = this.#figures.get(event.stage) ?? [];
    this.#figures.set(event.stage, [...reports, event.report]);
  }

  /** Copies the files of cached stages into the directory of the run. */
  async restore(directory: string): Promise<void> {
    for (const entry of this.#entries.values()) await entry.restore(directory);
    await this.#report?.restore(directory);
  }

  /**
   * Saves the results of the stages that ran to their end, and the report, unless code or data have
   * changed meanwhile. Never throws.
   *
   * @param record Saved with the report; undefined if there is no new report
   */
  async save(directory: string, record?: unknown): Promise<void> {
    const ended = this.#stages.filter((planned) =>
      this.runs(planned.name) && this.#isCacheable(planned) &&
      this.#figures.get(planned.name)?.length === planned.ranks
    );
    if (ended.length === 0 && record === undefined) return;
    await this.#write("the results of this run are not cached", async (pending) => {
      const { spec, pipeline } = this.#identity;
      const current = await pipelineKeys(await identifyPipeline(spec, pipeline));
      const isUnchanged = ({ name }: ValidStage) =>
        current.stages.get(name) === this.#keys.stages.get(name);
      for (const planned of ended.filter(isUnchanged)) {
        await this.#saveStage(planned, directory, pending);
      }
      const changed = ended.filter((planned) => !isUnchanged(planned));
      if (changed.length > 0) {
        const names = changed.map(({ name }) => `"${name}"`).join(", ");
        this.#use.warn(`results of ${names} are not cached: code or data changed during the run`);
      }
      if (record !== undefined) await this.#saveReport(record, current, directory, pending);
    });
  }

  async #saveStage(
    planned: ValidStage,
    directory: string,
    pending: PendingEntries,
  ): Promise<void> {
    const { name, stage, ranks } = planned;
    await pending.save({
      key: this.#keys.stages.get(name)!,
      pipeline: this.#identity.pipeline.name,
      stage: name,
      run: stage.name,
      directory,
      writes: [...writesOf(planned) ?? []],
      figures: trafficOf(this.#figures.get(name)!),
      tapeCount: this.#modes.get(name)?.mode === "record" ? ranks : 0,
      note: undefined,
    });
  }

  async #saveReport(
    record: unknown,
    current: PipelineKeys,
    directory: string,
    pending: PendingEntries,
  ): Promise<void> {
    const { modules, settings, files } = this.#use.report;
    const key = this.#reportKey;
    if (key === undefined || await current.combined(modules, ...settings) !== key) return;
    await pending.save({
      key,
      pipeline: this.#identity.pipeline.name,
      stage: REPORT,
      run: REPORT,
      directory,
      writes: [...files],
      figures: undefined,
      tapeCount: 0,
      note: record,
    });
  }

  /** Closes the entries, and evicts others if the cache has grown too large. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const entry of [...this.#entries.values(), this.#report]) entry?.[Symbol.dispose]();
    if (this.#pending === undefined) return;
    await this.#pending[Symbol.asyncDispose]();
    const consequence = "the cache may exceed its size";
    await this.#attempt("save", consequence, () => this.#cache.trim());
  }

  get #stages(): readonly ValidStage[] {
    return [...this.#identity.pipeline.stages.values()];
  }

  /** Walks from the last stage to the first: one runs if its results are read and not cached. */
  async #chooseModes(): Promise<void> {
    for (const planned of this.#stages.toReversed()) {
      const { name, stage } = planned;
      const consumers = this.#stages.filter(({ from }) => from.includes(name));
      const isRead = consumers.some((consumer) => this.runs(consumer.name));
      const hasEffect = stage.repeats === undefined || consumers.length === 0 ||
        writesOf(planned)?.length !== 0;
      if (isRead || hasEffect) await this.#lookUpStage(planned, isRead);
      else this.#modes.set(name, { mode: "skip" });
    }
    if (this.isComplete && this.#reportKey !== undefined) {
      this.#report = await this.#open(this.#reportKey, false);
    }
  }

  /** Opens the results of a stage if they are cached, otherwise prepares to record them. */
  async #lookUpStage(planned: ValidStage, isRead: boolean): Promise<void> {
    const { name, stage } = planned;
    if (!this.#isCacheable(planned)) return;
    const hasTapes = stage.repeats?.keeps === true && stage.output !== undefined;
    const entry = isRead && !hasTapes
      ? undefined
      : await this.#open(this.#keys.stages.get(name)!, isRead);
    if (entry !== undefined) {
      this.#entries.set(name, entry);
      this.#modes.set(name, isRead ? { mode: "replay", directory: entry.tapes } : { mode: "skip" });
    } else if (hasTapes) {
      await this.#write(`the results of stage "${name}" are not cached`, async (pending) => {
        const directory = await pending.tapesOf(name);
        const maxBytes = this.#cache.maxEntryBytes;
        this.#modes.set(name, { mode: "record", directory, maxBytes });
      });
    }
  }

  /** Whether the results of a stage can be cached. */
  #isCacheable(planned: ValidStage): boolean {
    const { name, stage } = planned;
    const writes = writesOf(planned);
    return this.#keys.stages.has(name) && writes !== undefined &&
      (writes.length > 0 || stage.repeats!.keeps === true);
  }

  async #open(key: string, withTapes: boolean): Promise<Entry | undefined> {
    const consequence = "the cache is not read";
    return await this.#attempt("read", consequence, () => this.#cache.open(key, withTapes));
  }

  async #write(
    consequence: string,
    work: (pending: PendingEntries) => Promise<void>,
  ): Promise<void> {
    await this.#attempt("save", consequence, async () => {
      await checkSpace(this.#cache);
      await work(this.#pending ??= await this.#cache.begin());
    });
  }

  /** Runs an operation on the cache; a failure becomes a warning, once per operation. */
  async #attempt<Result>(
    operation: "read" | "save",
    consequence: string,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.#failed.has(operation)) return undefined;
    try {
      return await work();
    } catch (error) {
      this.#failed.add(operation);
      this.#use.warn(`${consequence}: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/**
 * The paths that a stage writes, relative to the directory of the run; undefined if they are
 * unknown or outside of it.
 */
function writesOf({ stage, resolved }: ValidStage): readonly string[] | undefined {
  if (stage.repeats === undefined) return undefined;
  const paths = (stage.repeats.writes?.(resolved) ?? []).map((path) =>
    normalize(path).replaceAll("\\", "/")
  );
  const isInside = (path: string) =>
    !isAbsolute(path) && path !== "." && path.split("/")[0] !== "..";
  return paths.every(isInside) ? paths.map((path) => path.replace(/\/$/, "")) : undefined;
}

/**
 * Reserves the last free space of a disk for the run itself.
 *
 * @throws {Error} If the free space is less than the maximum size of an entry.
 */
async function checkSpace({ directory, maxEntryBytes }: StageCache): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return;
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= maxEntryBytes) return;
  throw new Error(`the disk of "${directory}" is almost full`);
}
