/**
 * The networks of the paper's table.
 *
 * @module
 */

import { didYouMean, UserError } from "../../../errors.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { GRAPH_CONVOLUTION, SINGLE_RANK } from "./expectations.ts";
import type { Preset } from "../../presets/preset.ts";
import { trainingsOf } from "../batch/planned_job.ts";

/** A network of the table. */
export interface ComparedNetwork {
  readonly label: string;
  readonly ranks: number;
  /** Options of the training that define the network. */
  readonly options: Readonly<Record<string, string | number>>;
  /** Whether its graphs have the edges of {@linkcode Preset.gcnEdges}. @default false */
  readonly hasGcnEdges?: true | undefined;
}

/**
 * Peak learning rate of the GCN: a rate that was tuned for another network would be unfair. On
 * Darcy flow with its own edges, 1e-3, 3e-3 and 6e-3 give normalised RMSEs of 0.274, 0.266 and
 * 0.263.
 */
export const GCN_LEARNING_RATE = 3e-3;

/** The networks by their names in `--networks`. */
export const NETWORKS: Readonly<Record<string, ComparedNetwork>> = {
  s: { label: SINGLE_RANK, ranks: 1, options: {} },
  ds2: { label: parallelLabel(2), ranks: 2, options: {} },
  ds4: { label: parallelLabel(4), ranks: 4, options: {} },
  gcn: {
    label: GRAPH_CONVOLUTION,
    ranks: 1,
    options: {
      network: "gcn",
      layers: 6,
      width: 378,
      optimizer: "adam",
      learningRate: GCN_LEARNING_RATE,
    },
    hasGcnEdges: true,
  },
};

/** Maximum number of ranks in a name. */
const MAX_RANKS = 4096;

/**
 * The network of a name: a key of `NETWORKS`, or `dsP` for DS-MPNN on P ranks.
 *
 * @throws {UserError} If there is no such network.
 */
export function networkNamed(name: string): ComparedNetwork {
  if (Object.hasOwn(NETWORKS, name)) return NETWORKS[name];
  const ranks = Number(name.match(/^ds(\d+)$/)?.[1]);
  if (ranks >= 2 && ranks <= MAX_RANKS) return { label: parallelLabel(ranks), ranks, options: {} };
  throw new UserError(
    `Cannot train network "${name}": no network of that name, ` +
      `${didYouMean(name, Object.keys(NETWORKS))}`,
  );
}

/**
 * Options that define a network in the pipeline of a preset, in addition to its ranks: values by
 * paths such as `stages.model.with.layers`.
 */
export function networkSettings(
  { options, hasGcnEdges }: ComparedNetwork,
  { gcnEdges }: Preset,
  pipeline: PipelineSpec,
): Readonly<Record<string, string | number>> {
  const settings = settingsOf(trainingStage(pipeline), options);
  if (!hasGcnEdges) return settings;
  const samplings = Object.keys(pipeline.stages)
    .filter((name) => pipeline.stages[name].run === "sample");
  return Object.assign(settings, ...samplings.map((name) => settingsOf(name, gcnEdges)));
}

function settingsOf(
  stage: string,
  options: Readonly<Record<string, string | number | undefined>>,
): Record<string, string | number> {
  const settings: Record<string, string | number> = {};
  for (const [option, value] of Object.entries(options)) {
    if (value !== undefined) settings[`stages.${stage}.with.${option}`] = value;
  }
  return settings;
}

/** Name of the stage that trains. */
function trainingStage(pipeline: PipelineSpec): string {
  const [training] = trainingsOf(pipeline);
  if (training !== undefined) return training;
  throw new TypeError(`Cannot set a network of "${pipeline.name}": it must have a train stage`);
}

/** The label of DS-MPNN on several ranks. */
export function parallelLabel(ranks: number): string {
  return `DS-MPNN_${ranks}`;
}

/**
 * The names in a list, in the order of the table.
 *
 * @param list Names separated by commas
 * @throws {UserError} If a name is unknown or the list is empty.
 */
export function networkNames(list: string): readonly string[] {
  const names = list.split(",").map((name) => name.trim());
  const known = Object.keys(NETWORKS);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UserError(
      `Cannot compare network "${unknown}": no network of that name, ${didYouMean(unknown, known)}`,
    );
  }
  return known.filter((name) => names.includes(name));
}
