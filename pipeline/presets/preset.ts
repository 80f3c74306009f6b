/**
 * A named pipeline with its data.
 *
 * @module
 */

import type { PipelineSpec } from "../engine/definition/spec.ts";
import type { SampleOptions } from "../stages/sample.ts";

/**
 * The network of all presets, the most accurate on Darcy flow per second of training. Compared with
 * the paper's, half the width of the kernel network costs no accuracy and allows twice the steps; a
 * root weight and GELU after the hop reduce the error by a twelfth.
 */
export const NETWORK = {
  width: 32,
  hops: 4,
  kernelHidden: [32, 32],
  hopActivation: "gelu",
  rootWeight: true,
} as const;

/** Options that all presets have in common. */
export interface PresetChoice {
  /** Number P of ranks that train and predict together. */
  readonly ranks: number;
  readonly device: "auto" | "webgpu" | "cpu";
  /** Path of the data set. */
  readonly store: string;
  readonly seed: number;
  /**
   * Whether the training validates on the split `validation` of the store, and retains the best
   * model. @default false
   */
  readonly validation?: boolean | undefined;
}

/** Options of the `sample` stage that define the edges. */
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
   * Edges of the GCN among the same sampled nodes, as far as they differ. The GCN weights all
   * senders alike: on the many edges that an edge-conditioned network distinguishes by length and
   * direction, it only blurs.
   */
  readonly gcnEdges: EdgeOptions;
  /**
   * The pieces of the recipe beyond the paper's form, by name, each with the assignments, as of
   * `--set`, that take it out again.
   */
  readonly pieces: Readonly<Record<string, readonly string[]>>;
  /** The presets by fidelity of their data, this one included. @default one fidelity only */
  readonly fidelities?: Readonly<Record<string, Preset>> | undefined;
  /** The pipeline as plain data. */
  build(choice: PresetChoice): PipelineSpec;
  /**
   * Creates the data set if it is absent.
   *
   * @returns Whether it was created.
   */
  prepare(choice: PresetChoice, watch: PrepareWatch): Promise<boolean>;
}

/** The assignments that turn a preset into the paper's form: no piece of its recipe, no input derived. */
export function paperForm({ pieces }: Preset): readonly string[] {
  return [...Object.values(pieces).flat(), "stages.inputs.with.fields=[]"];
}

/** Callbacks of `Preset.prepare`. */
export interface PrepareWatch {
  /** Called before the first sample is created, and after each. */
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
  /** Called with the difference if the existing data set is not the one that would be created. */
  readonly onDifference?: ((difference: string) => void) | undefined;
}
