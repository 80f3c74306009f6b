/**
 * What a run takes from the cache in place of running stages, and what it keeps there.
 *
 * @module
 */

import { statfs } from "node:fs/promises";
import { isAbsolute, normalize } from "node:path";
import { messageOf } from "../../../errors.ts";
import type { RankReport, RunEvent } from "../../engine/workers/run_report.ts";
import type { StageMode, StageModes } from "../../engine/workers/stage_modes.ts";
import type { ValidPipeline, ValidStage } from "../../engine/definition/validate.ts";
import { identifyPipeline, type PipelineIdentity } from "../identity/pipeline_identity.ts";
import { trafficOf } from "../stage_traffic.ts";
import { Cache, type CacheLimits } from "./stage_cache.ts";
import type { Entry, EntryRecord } from "./cache_entry.ts";
import type { PendingEntries } from "./pending_entries.ts";
import { type PipelineKeys, pipelineKeys } from "./stage_keys.ts";

/** A stage whose results were taken from the cache. */
export interface CachedStage {
  readonly stage: string;
  /** When they were made. */
  readonly made: Date;
}

/**
 * What the pages of a run are made from: they are kept as what a stage of this name would write.
 */
export interface PageSource {
  /** The modules that make them. */
  readonly modules: readonly URL[];
  /** The files, in the directory of the run. */
  readonly files: readonly string[];
  /** What they depend on beside the results of the stages. */
  readonly settings: readonly string[];
}

/** Name of the entry with the pages of a run. */
const PAGE = "report page";

/** How a run uses the cache. */
export interface CacheUse {
  readonly directory: string;
  readonly page: PageSource;
  /** Told what the user should know. */
  readonly warn: (message: string) => void;
  readonly limits?: CacheLimits | undefined;
}

/** One run and the cache. */
export class CachedRun implements AsyncDisposable {
  readonly #identity: PipelineIdentity;
  readonly #pipeline: ValidPipeline;
  readonly #use: CacheUse;
  readonly #cache: Cache;
  readonly #keys: PipelineKeys;
  readonly #pageKey: string | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #modes = new Map<string, StageMode>();
  /** Of the stages that have run, by rank. */
  readonly #reports = new Map<string, RankReport[]>();
  #pending: PendingEntries | undefined;
  /** What went wrong once, and is not tried again. */
  readonly #failed = new Set<"take" | "keep">();
  #page: Entry | undefined;

  private constructor(
    identity: PipelineIdentity,
    use: CacheUse,
    keys: PipelineKeys,
    pageKey: string | undefined,
  ) {
    this.#identity = identity;
    this.#pipeline = identity.pipeline;
    this.#use = use;
    this.#cache = new Cache(use.directory, use.warn, use.limits);
    this.#keys = keys;
    this.#pageKey = pageKey;
  }

  /** Looks up which stages of a run need not run, and holds their results. */
  static async plan(identity: PipelineIdentity, use: CacheUse): Promise<CachedRun> {
    const keys = await pipelineKeys(identity);
    const pageKey = await keys.whole(use.page.modules, ...use.page.settings);
    const run = new CachedRun(identity, use, keys, pageKey);
    await run.#choose();
    return run;
  }

  /** How stages take part in the run. */
  get modes(): StageModes {
    return this.#modes;
  }

  /** Whether no stage runs. */
  get isWhole(): boolean {
    return [...this.#pipeline.stages.keys()].every((name) =>
      this.#modes.get(name)?.mode === "skip"
    );
  }

  /** The stages whose results were taken. */
  get stages(): readonly CachedStage[] {
    return [...this.#pipeline.stages.keys()].flatMap((stage) => {
      const entry = this.#entries.get(stage);
      return entry === undefined ? [] : [{ stage, made: new Date(entry.record.made) }];
    });
  }

  /**
   * What was kept with the pages of a run that is as this one; undefined unless the whole run was
   * taken.
   */
  get pageNote(): unknown {
    return this.#page?.record.note;
  }

  /** Whether a stage does the same work as it would without the cache. */
  runs(stage: string): boolean {
    const { mode = "record" } = this.#modes.get(stage) ?? {};
    return mode === "record";
  }

  /**
   * What the run that made the results of a stage told of it; undefined where they were not taken.
   */
  recordOf(stage: string): EntryRecord | undefined {
    return this.#entries.get(stage)?.record;
  }

  /** Takes note of what happens in the run. */
  hear(event: RunEvent): void {
    if (event.type !== "finished") return;
    this.#reports.set(event.stage, [...this.#reports.get(event.stage) ?? [], event.report]);
  }

  /** Puts what the stages wrote whose results were taken into the directory of the run. */
  async restore(directory: string): Promise<void> {
    for (const entry of this.#entries.values()) await entry.restore(directory);
    await this.#page?.restore(directory);
  }

  /**
   * Keeps what the stages did that ran to their ends, and the pages of the run, unless code or data
   * have changed meanwhile. Never throws.
   *
   * @param note What to give back with the pages; undefined where there are no new ones
   */
  async keep(directory: string, note?: unknown): Promise<void> {
    const ended = [...this.#pipeline.stages.values()].filter((stage) =>
      this.runs(stage.name) && this.#isKept(stage) &&
      this.#reports.get(stage.name)?.length === stage.ranks
    );
    if (ended.length === 0 && note === undefined) return;
    await this.#prepare("the results of this run are not kept", async (pending) => {
      const { spec } = this.#identity;
      const now = await pipelineKeys(await identifyPipeline(spec, this.#pipeline));
      const isAsBefore = ({ name }: ValidStage) =>
        now.stages.get(name) === this.#keys.stages.get(name);
      for (const stage of ended.filter(isAsBefore)) {
        await this.#keepStage(stage, directory, pending);
      }
      const changed = ended.filter((stage) => !isAsBefore(stage)).map(({ name }) => `"${name}"`);
      if (changed.length > 0) {
        this.#use.warn(
          `code or data have changed while they ran: nothing is kept of ${changed.join(", ")}`,
        );
      }
      const { modules, settings, files } = this.#use.page;
      const key = this.#pageKey;
      if (
        note === undefined || key === undefined || await now.whole(modules, ...settings) !== key
      ) return;
      await pending.keep({
        key,
        pipeline: this.#pipeline.name,
        stage: PAGE,
        run: PAGE,
        directory,
        note,
        writes: [...files],
        tapeCount: 0,
        figures: undefined,
      });
    });
  }

  async #keepStage(
    planned: ValidStage,
    directory: string,
    pending: PendingEntries,
  ): Promise<void> {
    const { name, stage, ranks } = planned;
    await pending.keep({
      key: this.#keys.stages.get(name)!,
      pipeline: this.#pipeline.name,
      stage: name,
      run: stage.name,
      directory,
      writes: [...writesOf(planned) ?? []],
      figures: trafficOf(this.#reports.get(name)!),
      tapeCount: this.#modes.get(name)?.mode === "record" ? ranks : 0,
      note: undefined,
    });
  }

  /** Gives free what the run held, and bounds the cache. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const entry of [...this.#entries.values(), this.#page]) entry?.[Symbol.dispose]();
    if (this.#pending === undefined) return;
    await this.#pending[Symbol.asyncDispose]();
    await this.#attempt(
      "keep",
      "the cache may take more room than it should",
      () => this.#cache.trim(),
    );
  }

  /** From the last stages to the first: one runs if its results are wanted and are not there. */
  async #choose(): Promise<void> {
    const { stages } = this.#pipeline;
    const readers = new Map([...stages.keys()].map((name) => [name, [] as string[]]));
    for (const { name, from } of stages.values()) {
      for (const producer of from) readers.get(producer)!.push(name);
    }
    for (const planned of [...stages.values()].reverse()) {
      const { name, stage } = planned;
      const reading = readers.get(name)!;
      const isRead = reading.some((reader) => this.runs(reader));
      const hasEffect = stage.repeats === undefined || reading.length === 0 ||
        writesOf(planned)?.length !== 0;
      if (!isRead && !hasEffect) this.#modes.set(name, { mode: "skip" });
      else await this.#take(planned, isRead);
    }
    if (this.isWhole && this.#pageKey !== undefined) {
      this.#page = await this.#lookUp(this.#pageKey, false);
    }
  }

  /** Takes the results of a stage if they are there, else makes ready to keep them. */
  async #take(planned: ValidStage, isRead: boolean): Promise<void> {
    const { name, stage } = planned;
    if (!this.#isKept(planned)) return;
    const hasTapes = stage.repeats?.keeps === true && stage.output !== undefined;
    const entry = isRead && !hasTapes
      ? undefined
      : await this.#lookUp(this.#keys.stages.get(name)!, isRead);
    if (entry !== undefined) {
      this.#entries.set(name, entry);
      this.#modes.set(name, isRead ? { mode: "replay", directory: entry.tapes } : { mode: "skip" });
    } else if (hasTapes) {
      await this.#prepare(`the results of stage "${name}" are not kept`, async (pending) => {
        const directory = await pending.tapesOf(name);
        this.#modes.set(name, { mode: "record", directory, maxBytes: this.#cache.mostEntryBytes });
      });
    }
  }

  /** Whether the results of a stage are kept at all. */
  #isKept(planned: ValidStage): boolean {
    const { name, stage } = planned;
    const writes = writesOf(planned);
    return this.#keys.stages.has(name) && writes !== undefined &&
      (writes.length > 0 || stage.repeats!.keeps === true);
  }

  async #lookUp(key: string, wantsTapes: boolean): Promise<Entry | undefined> {
    return await this.#attempt(
      "take",
      "nothing is taken from the cache",
      () => this.#cache.take(key, wantsTapes),
    );
  }

  /** Does something with the entries in the making. */
  async #prepare(
    consequence: string,
    work: (pending: PendingEntries) => Promise<void>,
  ): Promise<void> {
    await this.#attempt("keep", consequence, async () => {
      await checkSpace(this.#cache);
      await work(this.#pending ??= await this.#cache.begin());
    });
  }

  /** Does something with the cache; what goes wrong is no more than a warning, once. */
  async #attempt<Result>(
    what: "take" | "keep",
    consequence: string,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    if (this.#failed.has(what)) return undefined;
    try {
      return await work();
    } catch (error) {
      this.#failed.add(what);
      this.#use.warn(`${consequence}: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/**
 * What a stage writes, relative to the directory of the run; undefined if that is not known, or
 * lies elsewhere.
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
 * Leaves what little room a disk has to the run itself. @throws {Error} If there is less than the
 * largest entry may take
 */
async function checkSpace({ directory, mostEntryBytes }: Cache): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state !== "granted") return;
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= mostEntryBytes) return;
  throw new Error(`the disk of "${directory}" is almost full`);
}
