/**
 * A job of a batch as it will run.
 *
 * @module
 */

import type { Variation } from "../variations.ts";
import type { PresetData } from "./job_pipeline.ts";

/** A job that can run. */
export interface PlannedJob extends Variation {
  readonly retries: number;
  /** The job that must be done before, as this one starts from its model. */
  readonly after?: string | undefined;
  /** The data set that it reads, for a preset. */
  readonly data?: PresetData | undefined;
  /** How the pipeline command runs the same. */
  readonly repeat: {
    readonly argument: string;
    readonly flags: Readonly<Record<string, string | number | readonly string[] | undefined>>;
  };
  /** Label of its network, "" if it trains none. */
  readonly network: string;
  /** Of its training; undefined if it trains nothing. */
  readonly seed: number | undefined;
  /** What else was chosen, by the key of a job or the path of an option. */
  readonly chosen: ReadonlyMap<string, unknown>;
}
