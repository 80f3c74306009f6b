/**
 * Hashes of files that a command reads, each computed once.
 *
 * @module
 */

import { contentHash, type ContentStamp, contentStamp } from "./content_hash.ts";

/**
 * Age below which a file may change again without a different time: file systems store times in
 * steps of up to some milliseconds.
 */
const RECENT_MILLISECONDS = 1000;
/** Sources that changed just before are read up to this size; larger ones are waited for. */
const MAX_RECENT_BYTES = 64 * 2 ** 20;

/** Observation of the hashes of a command. */
export interface SourceWatch {
  /** Receives how many bytes of all sources were read. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  /** Stops reading when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** State of sources at one time. */
export interface SourceState {
  readonly stamps: readonly (ContentStamp | undefined)[];
  /** Hashes of the sources that had changed just before, by path. */
  readonly hashes: ReadonlyMap<string, string | undefined>;
}

/**
 * Hashes files and directories that a command reads, and finds out whether they have changed. A
 * source is read again only if its size or times have changed, or had changed less than a second
 * before it was read.
 */
export class SourceHasher {
  readonly #watch: SourceWatch;
  /** Hashes by path, with the stamps of the content. */
  readonly #known = new Map<string, { readonly stamp: string; readonly hash: string }>();

  readonly #now: () => number;

  /**
   * Creates a hasher that has read nothing.
   *
   * @param now The time in milliseconds since 1970. @default `Date.now`
   */
  constructor(watch: SourceWatch = {}, now: () => number = Date.now) {
    this.#watch = watch;
    this.#now = now;
  }

  /** The hashes of sources, in their order; undefined for those that do not exist. */
  async hash(paths: readonly string[]): Promise<readonly (string | undefined)[]> {
    const stamps = await stampsOf(paths);
    const unknown = paths.filter((path, k) =>
      stamps[k] !== undefined && this.#known.get(path)?.stamp !== stamps[k].text
    );
    const hashes = await this.#read(unknown);
    return paths.map((path) => hashes.has(path) ? hashes.get(path) : this.#known.get(path)?.hash);
  }

  /**
   * The state of sources now. Reads those that changed just before or, if they are large, waits for
   * a second first.
   */
  async state(paths: readonly string[]): Promise<SourceState> {
    let stamps = await stampsOf(paths);
    const recentBytes = stamps.reduce(
      (sum, stamp) => stamp && this.#isRecent(stamp) ? sum + stamp.byteLength : sum,
      0,
    );
    if (recentBytes > MAX_RECENT_BYTES) {
      await new Promise((resolve) => setTimeout(resolve, RECENT_MILLISECONDS));
      stamps = await stampsOf(paths);
    }
    const recent = paths.filter((_, k) => stamps[k] !== undefined && this.#isRecent(stamps[k]));
    return { stamps, hashes: await this.#read(recent) };
  }

  /** Whether the sources are as they were in an earlier state. */
  async isAsIn(paths: readonly string[], { stamps, hashes }: SourceState): Promise<boolean> {
    const current = await stampsOf(paths);
    if (current.some((stamp, k) => stamp?.text !== stamps[k]?.text)) return false;
    const read = await this.#read([...hashes.keys()]);
    return [...hashes].every(([path, hash]) => read.get(path) === hash);
  }

  async #read(paths: readonly string[]): Promise<ReadonlyMap<string, string | undefined>> {
    const { onProgress, signal } = this.#watch;
    const stamps = await stampsOf(paths);
    const totalBytes = stamps.reduce((sum, stamp) => sum + (stamp?.byteLength ?? 0), 0);
    let doneBytes = 0;
    const onBytes = (count: number) => onProgress?.(doneBytes += count, totalBytes);
    const hashes = new Map<string, string | undefined>();
    for (const [k, path] of paths.entries()) {
      const hash = await contentHash(path, { onBytes, signal });
      hashes.set(path, hash);
      this.#known.delete(path);
      const [stamp] = await stampsOf([path]);
      const isSteady = stamp !== undefined && stamp.text === stamps[k]?.text &&
        !this.#isRecent(stamp);
      if (isSteady && hash !== undefined) this.#known.set(path, { stamp: stamp.text, hash });
    }
    return hashes;
  }

  #isRecent({ changedAt }: ContentStamp): boolean {
    return changedAt > this.#now() - RECENT_MILLISECONDS;
  }
}

/** One after another: a data set may have more files than a process may open. */
async function stampsOf(paths: readonly string[]): Promise<(ContentStamp | undefined)[]> {
  const stamps: (ContentStamp | undefined)[] = [];
  for (const path of paths) stamps.push(await contentStamp(path));
  return stamps;
}
