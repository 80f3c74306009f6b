/**
 * What a preset is: a named pipeline with its data.
 *
 * @module
 */

import type { PipelineSpec } from "../engine/definition/spec.ts";
import type { SampleOptions } from "../stages/sample.ts";

/** What may be chosen of any preset, beside single options of its stages. */
export interface PresetChoice {
  /** Ranks P that train and predict together. */
  readonly ranks: number;
  readonly device: "auto" | "webgpu" | "cpu";
  /** Path of the data set. */
  readonly store: string;
  readonly seed: number;
}

/** Options of the `sample` stage that say which edges there are. */
export type EdgeOptions = {
  readonly edges?: SampleOptions["edges"] | undefined;
  readonly radius?: number | undefined;
  readonly maxEdges?: number | undefined;
};

/** A pipeline that ships with the project. */
export interface Preset {
  readonly name: string;
  /** One sentence for the list of presets. */
  readonly description: string;
  /** Title of its report. */
  readonly title: string;
  readonly defaults: PresetChoice;
  /**
   * Which edges the GCN has among the same sampled nodes, where they are others. It takes all
   * senders alike: on the many edges that an edge-conditioned network tells apart by their length
   * and direction, it only blurs.
   */
  readonly gcnEdges: EdgeOptions;
  /**
   * The presets for data of each fidelity, by its name, where there are several; this one is among
   * them.
   */
  readonly fidelities?: Readonly<Record<string, Preset>> | undefined;
  /** The pipeline as plain data. */
  build(choice: PresetChoice): PipelineSpec;
  /**
   * Makes the data set unless it is there.
   *
   * @returns Whether it was made.
   */
  prepare(choice: PresetChoice, watch: PrepareWatch): Promise<boolean>;
}

/** How a preset tells what it prepares. */
export interface PrepareWatch {
  /** Called before the first sample is made, and after each. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
  /** Called with what differs if the data set that is there is not the one that would be made. */
  readonly onDifference?: ((difference: string) => void) | undefined;
}
