/**
 * The interface of a stage: record batches in, record batches out.
 *
 * @module
 */

import type { z } from "zod";
import type { RecordBatch, Schema } from "../../../io/record_batch.ts";

/**
 * One step of a pipeline: a function from record batches to record batches, with declared options
 * and schemas.
 *
 * A stage module default-exports one, created by {@linkcode defineStage}. The engine imports the
 * module once to check the pipeline (a custom stage in a worker) and once in each worker that runs
 * the stage: importing must have no side effects.
 *
 * @typeParam Options Options after parsing, with defaults.
 * @typeParam Input Options as given in a pipeline.
 */
export interface Stage<Options = unknown, Input = unknown> {
  /** Name of the stage; the `run` of a pipeline refers to a built-in stage by it. */
  readonly name: string;
  /** One sentence for `--help` and the documentation: the output, and what it is computed from. */
  readonly description: string;
  /** Schema of `with`; a `z.strictObject`, so that a misspelled option is an error. */
  readonly options: z.ZodType<Options, Input>;
  /**
   * One schema per stage named in `from`, in that order. A producer may send further columns; a
   * schema without columns accepts any batch.
   */
  readonly inputs: readonly Schema[];
  /**
   * Schemas of further inputs, which a pipeline may leave out.
   *
   * @default none
   */
  readonly optionalInputs?: readonly Schema[] | undefined;
  /**
   * Schema of every batch that `run` yields. Without it, `run` yields nothing and returns a
   * promise.
   */
  readonly output?: Schema | undefined;
  /**
   * Whether a batch is sent to a single rank of a consumer with several: output batches then have
   * one row with an int32 column `rank`. Otherwise a batch is sent to every rank.
   *
   * @default false
   */
  readonly routeByRank?: boolean | undefined;
  /**
   * Whether the ranks of the stage exchange messages through `context.peers`.
   *
   * @default false
   */
  readonly peers?: boolean | undefined;
  /**
   * Whether the output follows long work whose progress the stage reports. Stages that only wait
   * for it start after the first progress, and so do not compete for the processor at the start.
   *
   * @default false
   */
  readonly yieldsAtEnd?: boolean | undefined;
  /**
   * Declares that the stage is deterministic in its options, ranks, inputs and the files declared
   * here, so that a later run can reuse its results. Without it the stage always runs, and so do
   * all that read from it.
   *
   * @default undefined
   */
  readonly repeats?: Repeats<Options> | undefined;
  /**
   * Whether the stage reads or writes files in the directory of the run.
   *
   * @default true
   */
  readonly usesDirectory?: boolean | undefined;
  /** Runs once in every worker of the stage; when it returns or throws, its output ends. */
  run(context: StageContext<Options>): AsyncIterable<RecordBatch> | Promise<void>;
}

/**
 * A stage without its code and schema of options: plain data except for {@linkcode Repeats.writes}.
 */
export type StageDeclaration = Omit<Stage, "options" | "run">;

/** Files of a deterministic stage: its results depend on these, its inputs and its code only. */
export interface Repeats<Options = unknown> {
  /**
   * Names of options, at any depth, that name files or stores which the stage reads.
   *
   * @default none
   */
  readonly reads?: readonly string[] | undefined;
  /**
   * Returns the files and directories that the stage writes, relative to the directory of the run.
   *
   * @default none
   */
  writes?(options: Options): readonly string[];
  /**
   * Whether to cache the output on disk: for output that is slower to compute than to read.
   *
   * @default false
   */
  readonly keeps?: boolean | undefined;
}

/** Everything that the engine passes to a running stage. */
export interface StageContext<Options = unknown> {
  /** Name of the stage in the pipeline, such as `"model"`, as opposed to that of its module. */
  readonly name: string;
  /** Parsed options of the stage, with defaults. */
  readonly options: Options;
  /** Index of this worker among those of the stage, from 0. */
  readonly rank: number;
  /** Number of workers that run the stage. */
  readonly ranks: number;
  /**
   * One stream per stage named in `from`, in that order; optional inputs that are left out have
   * none. Each may be iterated once.
   */
  readonly inputs: readonly AsyncIterable<RecordBatch>[];
  /** Channels to the other ranks of the stage; none unless the stage sets `peers`. */
  readonly peers: Peers;
  /** Directory for the files of the run. */
  readonly directory: string;
  /** Aborted when the run ends early: another stage failed, or the user pressed Ctrl-C. */
  readonly signal: AbortSignal;
  /**
   * Signals that the stage is working, and throws if the run is ending. A run fails if a stage is
   * unresponsive, by default for 5 s: a stage that computes for longer without awaiting anything
   * calls this in its loops, at least every half second. A call takes less than a microsecond.
   */
  beat(): void;
  /** Reports the progress of the stage. */
  progress(progress: Progress): void;
  /**
   * Records figures in the log of the run, such as those of a training step. At most a few hundred
   * a second: each is a message to the main thread.
   */
  record(entry: StageRecord): void;
  /** Reports a problem to the user that does not stop the run. */
  warn(message: string): void;
}

/** Progress of a stage, with figures to display such as a loss. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly values?: Readonly<Record<string, number>> | undefined;
}

/** Figures that a stage records in the log of its run. */
export interface StageRecord {
  /** Kind of the entry, such as `"step"`. */
  readonly kind: string;
  readonly values: Readonly<Record<string, number | boolean | string | null>>;
}

/** Channels between the ranks of one stage: first in, first out between each pair of ranks. */
export interface Peers {
  readonly rank: number;
  readonly ranks: number;
  /**
   * Sends a record batch, encoded or not, to another rank. Encoded bytes are copied before the call
   * returns, so the caller may reuse them immediately. The channel is unbounded: ranks may all send
   * before they receive without deadlock, but a rank that only sends must wait for a reply now and
   * then to bound memory.
   */
  send(rank: number, batch: RecordBatch | Uint8Array<ArrayBuffer>): Promise<void>;
  /** Returns the next record batch from another rank. */
  receive(rank: number): Promise<RecordBatch>;
  /** Bytes sent so far. */
  readonly sentBytes: number;
  /** Time for which calls of `receive` and `send` have waited so far, in seconds. */
  readonly waitSeconds: number;
}

/**
 * Returns the stage unchanged, with the type of its options inferred from their schema.
 *
 * @example Multiply numbers by an option
 * ```ts
 * import { z } from "zod";
 * import { createRecordBatch, type Schema } from "../../../io/record_batch.ts";
 * import { defineStage } from "./stage.ts";
 *
 * export const Numbers: Schema = { name: "numbers", columns: { value: "float64" } };
 *
 * export default defineStage({
 *   name: "scale",
 *   description: "Multiplies every number by a factor.",
 *   options: z.strictObject({ factor: z.number().default(2) }),
 *   inputs: [Numbers],
 *   output: Numbers,
 *   async *run({ inputs: [numbers], options }) {
 *     for await (const batch of numbers) {
 *       const values = batch.values("value", "float64");
 *       const rows = Array.from(values, (value) => ({ value: options.factor * value }));
 *       yield createRecordBatch(Numbers, rows);
 *     }
 *   },
 * });
 * ```
 */
export function defineStage<Options, Input>(stage: Stage<Options, Input>): Stage<Options, Input> {
  return stage;
}
