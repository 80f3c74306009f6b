/**
 * What a stage is: record batches in, record batches out, in a worker of its own.
 *
 * @module
 */

import type { z } from "zod";
import type { RecordBatch, Schema } from "../../../io/record_batch.ts";

/**
 * One step of a pipeline: a function from record batches to record batches, with declared options
 * and schemas.
 *
 * A stage module default-exports one, made by {@linkcode defineStage}. The engine imports the
 * module once to check the pipeline, which for a stage of one's own is in a worker too, and once in
 * each worker that runs it: importing must have no side effects.
 */
export interface Stage<Options = unknown, Input = unknown> {
  /** Name by which a pipeline's `run` asks for a built-in stage. */
  readonly name: string;
  /** One sentence for `--help` and the documentation: what comes out, from what. */
  readonly description: string;
  /** Schema of `with`; a `z.strictObject`, so that a misspelt option is an error. */
  readonly options: z.ZodType<Options, Input>;
  /**
   * One schema per stage named in `from`, in that order. A producer may send more columns than are
   * named here; a schema without columns takes anything.
   */
  readonly inputs: readonly Schema[];
  /**
   * Schema of every batch that `run` yields; a stage without it yields nothing and returns a
   * promise.
   */
  readonly output?: Schema | undefined;
  /**
   * Output batches have one row with an int32 column `rank`, and each goes to that rank of a
   * consumer that has several. Without it a batch goes to every rank.
   *
   * @default false
   */
  readonly routeByRank?: boolean | undefined;
  /**
   * The ranks of the stage talk to each other through `context.peers`.
   *
   * @default false
   */
  readonly peers?: boolean | undefined;
  /**
   * The output comes at the end of long work of which the stage reports progress. Stages that wait
   * for it start when there is some: the work has the processor to itself when it starts.
   *
   * @default false
   */
  readonly yieldsAtEnd?: boolean | undefined;
  /**
   * The stage does the same again for the same options, ranks, inputs and data, and shows what its
   * files are: a later run need not repeat it. A stage without it always runs, and so do all that
   * read from it.
   *
   * @default not known
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

/** What a stage is, without what it does: plain data but for what it {@linkcode Repeats.writes}. */
export type StageDeclaration = Omit<Stage, "options" | "run">;

/**
 * What a stage states that does the same again: all on which its results depend beside its inputs
 * and its code.
 */
export interface Repeats<Options = unknown> {
  /**
   * Names of options, at any depth, that name files or stores which the stage reads. @default none
   */
  readonly reads?: readonly string[] | undefined;
  /** The files and directories that it writes, relative to that of the run. @default none */
  writes?(options: Options): readonly string[];
  /**
   * Whether its output is worth its room on a disk: it takes longer to make than to read. @default
   * false
   */
  readonly keeps?: boolean | undefined;
}

/** What the engine hands to a running stage. */
export interface StageContext<Options = unknown> {
  /** Name of the stage in the pipeline, such as `"model"`; not that of the module that it runs. */
  readonly name: string;
  /** The options of the stage, parsed: defaults are filled in. */
  readonly options: Options;
  /** Number of this worker among those of the stage, from 0. */
  readonly rank: number;
  /** How many workers run the stage. */
  readonly ranks: number;
  /** One stream per stage named in `from`, in that order. Each may be iterated once. */
  readonly inputs: readonly AsyncIterable<RecordBatch>[];
  /** The other ranks of the stage; there are none unless the stage sets `peers`. */
  readonly peers: Peers;
  /** Directory for the files of the run. */
  readonly directory: string;
  /** Aborted when the run ends early: another stage failed, or the user pressed Ctrl-C. */
  readonly signal: AbortSignal;
  /**
   * Shows that the stage is at work, and throws if the run is to end. A run gives up a stage that
   * stands still, 5 s by default: one that computes for longer without awaiting anything calls this
   * in its loops, at least every half second. A call takes less than a microsecond.
   */
  beat(): void;
  /** Reports how far the stage has come. */
  progress(progress: Progress): void;
  /** Reports something that the user should know and that does not stop the run. */
  warn(message: string): void;
}

/** How far a stage has come, with figures worth showing such as a loss. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly values?: Readonly<Record<string, number>> | undefined;
}

/** Channels between the ranks of one stage: first in, first out for each pair. */
export interface Peers {
  readonly rank: number;
  readonly ranks: number;
  /**
   * Sends a record batch, or one already encoded, to another rank. Encoded bytes are copied before
   * the call returns, so the caller may refill them at once. There is no bound, hence no deadlock
   * when all ranks send before they receive; a rank that only sends must wait for an answer now and
   * then.
   */
  send(rank: number, batch: RecordBatch | Uint8Array<ArrayBuffer>): Promise<void>;
  /** The next record batch from another rank. */
  receive(rank: number): Promise<RecordBatch>;
  /** Bytes given to `send` so far. */
  readonly sentBytes: number;
  /** Time for which calls of `receive` and `send` have waited so far. */
  readonly waitSeconds: number;
}

/**
 * A stage with its options' type inferred from their schema.
 *
 * @example Numbers multiplied by an option
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
 *       const scaled = Array.from(batch.values("value", "float64"), (value) => ({ value: value * options.factor }));
 *       yield createRecordBatch(Numbers, scaled);
 *     }
 *   },
 * });
 * ```
 */
export function defineStage<Options, Input>(stage: Stage<Options, Input>): Stage<Options, Input> {
  return stage;
}
