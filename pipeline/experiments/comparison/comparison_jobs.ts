/**
 * The jobs of a comparison: one preset, several networks and seeds, everything else equal.
 *
 * @module
 */

import { join } from "node:path";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import { paperForm, type Preset, type PresetChoice } from "../../presets/preset.ts";
import type { PlannedJob } from "../batch/planned_job.ts";
import { networkNamed, networkSettings } from "./networks.ts";

/** What is compared. */
export interface ComparisonChoice extends Pick<PresetChoice, "device" | "store"> {
  /** Keys of `NETWORKS`. */
  readonly networks: readonly string[];
  /** Number of seeds of the sampling and of the initial parameters: 0, 1, and so on. */
  readonly seedCount: number;
  /** The paper's form, without the pieces of the preset's recipe, or the complete recipe. */
  readonly form: "paper" | "recipe";
  /** Options that all runs change, in the form of `--set`. */
  readonly assignments: readonly string[];
  /** Peak learning rate of the GCN. @default that of `NETWORKS` */
  readonly gcnRate?: number | undefined;
}

/** A training of one network with one seed. */
export interface ComparisonJob extends PlannedJob {
  /** Label of the network. */
  readonly network: string;
  readonly seed: number;
  /** Flags of the equivalent `pipeline` command. */
  readonly flags: PresetChoice & { readonly set: readonly string[] };
}

/**
 * All jobs, seed by seed: every network is seen after the first seed.
 *
 * The jobs of a seed differ in the ranks, which change no sample and no step, and in the options
 * that define the network. These come last, so that common assignments such as
 * `stages.model.with.width=16` or `stages.graphs.with.radius=0.1` do not change the GCN.
 *
 * @throws {PipelineError} If an assignment is not valid.
 */
export function comparisonJobs(preset: Preset, comparison: ComparisonChoice): ComparisonJob[] {
  const { networks, seedCount, device, store, gcnRate, form } = comparison;
  const removed = form === "paper" ? paperForm(preset) : [];
  return Array.from({ length: seedCount }, (_, seed) =>
    networks.map((name): ComparisonJob => {
      const network = networkNamed(name);
      const { label, ranks } = network;
      const choice = { ranks, device, store, seed };
      // All networks take the same steps, and none is chosen by its errors.
      const pipeline = preset.build({ ...choice, validation: false });
      const rate = name === "gcn" && gcnRate !== undefined ? { learningRate: gcnRate } : {};
      const options = { ...network.options, ...rate };
      const settings = networkSettings({ ...network, options }, preset, pipeline);
      const set = [
        ...removed,
        ...comparison.assignments,
        ...Object.entries(settings).map(([path, value]) => `${path}=${value}`),
      ];
      return {
        network: label,
        seed,
        name: `${name}-seed${seed}`,
        flags: { ...choice, set },
        title: `${preset.title}, ${label}, seed ${seed}`,
        spec: overrideOptions(pipeline, set),
      };
    })).flat();
}

/** Default directory of the results of a comparison. */
export function comparisonDirectory(
  { name }: Preset,
  form: ComparisonChoice["form"],
): string {
  return join("out", form === "paper" ? `compare-${name}` : `compare-${name}-${form}`);
}
