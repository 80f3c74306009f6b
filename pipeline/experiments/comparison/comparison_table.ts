/**
 * The table of a comparison: every figure of every network and baseline, as mean and spread over
 * the seeds.
 *
 * @module
 */

import type { MetricsRow } from "../../reporting/report_data.ts";
import type { GroupErrors } from "../../reporting/metrics/surface_metrics.ts";
import { type ComparedRun, runsByNetwork } from "./compared_run.ts";
import { type Scale, SCALES, type Spread, spreadOf } from "./spread.ts";

/** One figure of the table. */
export interface Measure {
  /** Figures of one group stand side by side. */
  readonly group: string;
  readonly name: string;
  /** Unit of the values, "" where there is none. */
  readonly unit: string;
  readonly scale: Scale;
}

/** The figures of one network or baseline. */
export interface ComparisonRow {
  readonly label: string;
  readonly kind: "network" | "baseline";
  /** By measure; undefined for what it does not have, as a baseline has no parameters. */
  readonly spreads: readonly (Spread | undefined)[];
}

/** Measures and what they came to. */
export interface ComparisonTable {
  readonly measures: readonly Measure[];
  readonly rows: readonly ComparisonRow[];
}

/** A measure with how it is taken from the errors of a method, or from a run. */
interface TakenMeasure extends Measure {
  readonly error?: ((row: MetricsRow) => number | undefined) | undefined;
  readonly cost?: ((run: ComparedRun) => number | undefined) | undefined;
}

/**
 * The table of all runs, without measures that nobody has a number for, as the relative error of a
 * velocity that is 0 on a wall. Baselines do not depend on the network: theirs are the figures of
 * the first one's runs.
 */
export function comparisonTable(runs: readonly ComparedRun[]): ComparisonTable {
  const networks = [...runsByNetwork(runs)];
  const [, first] = networks[0];
  const methods = [
    ...networks.map((
      [label, runs],
    ) => ({ label, kind: "network", method: "network", runs } as const)),
    ...first[0].metrics.filter(({ method }) => method !== "network")
      .map(({ label, method }) => ({ label, kind: "baseline", method, runs: first } as const)),
  ];
  const columns = [...errorMeasures(first[0].metrics), ...COSTS].map((
    { error, cost, ...measure },
  ) => ({
    measure,
    spreads: methods.map(({ kind, method, runs }) =>
      definedSpread(runs.map((run) => {
        if (error !== undefined) return error(methodRow(run, method));
        return kind === "network" ? cost?.(run) : undefined;
      }))
    ),
  })).filter(({ spreads }) =>
    spreads.some((spread) => spread !== undefined && Number.isFinite(spread.mean))
  );
  return {
    measures: columns.map(({ measure }) => measure),
    rows: methods.map(({ label, kind }, k) => ({
      label,
      kind,
      spreads: columns.map(({ spreads }) => spreads[k]),
    })),
  };
}

/** The errors of a method in a run. @throws {TypeError} when it has none */
export function methodRow(
  { network, seed, metrics }: ComparedRun,
  method: MetricsRow["method"],
): MetricsRow {
  const row = metrics.find((row) => row.method === method);
  if (row !== undefined) return row;
  throw new TypeError(
    `Cannot compare runs as each must have the errors of "${method}": those of ${network}, ` +
      `seed ${seed}, are missing`,
  );
}

function definedSpread(values: readonly (number | undefined)[]): Spread | undefined {
  const defined = values.filter((value) => value !== undefined);
  return defined.length === values.length ? spreadOf(defined) : undefined;
}

/** The errors that the data tell: over all nodes, by field, and on walls and away from them. */
function errorMeasures(rows: readonly MetricsRow[]): TakenMeasure[] {
  const network = rows.find(({ method }) => method === "network") ?? rows[0];
  const fields = Object.entries(network.metrics.fields);
  const [, { unit }] = fields[0];
  const all: readonly TakenMeasure[] = [
    {
      group: "all nodes",
      name: "RMSE",
      unit: fields.length === 1 ? unit : "",
      scale: SCALES.number,
      error: ({ metrics }) => metrics.rmse,
    },
    {
      group: "all nodes",
      name: "normalised RMSE",
      unit: "",
      scale: SCALES.number,
      error: ({ metrics }) => metrics.normalisedRmse,
    },
    {
      group: "all nodes",
      name: "relative L2",
      unit: "",
      scale: SCALES.percent,
      error: ({ metrics }) => metrics.relativeL2.mean,
    },
  ];
  const byField = fields.map(([name]): TakenMeasure => ({
    group: "relative L2 by field",
    name,
    unit: "",
    scale: SCALES.percent,
    error: ({ metrics }) => metrics.fields[name].relativeL2.mean,
  }));
  return [...all, ...(fields.length > 1 ? byField : []), ...wallMeasures(network)];
}

/** Normalised mean squared error and relative L2 by component, in the volume and on the surface. */
function wallMeasures({ surface }: MetricsRow): TakenMeasure[] {
  if (surface === undefined) return [];
  const names = Object.keys(surface.volume.columns);
  return (["volume", "surface"] as const).flatMap((part) => {
    const of = (value: (errors: GroupErrors) => number) => ({ surface }: MetricsRow) =>
      surface && value(surface[part]);
    const mse = { group: `${part}, normalised MSE`, unit: "", scale: SCALES.number };
    const relativeL2 = { group: `${part}, relative L2`, unit: "", scale: SCALES.percent };
    return [
      { ...mse, name: "all", error: of(({ normalisedMse }) => normalisedMse) },
      ...names.map((name) => ({
        ...mse,
        name,
        error: of(({ columns }) => columns[name].normalisedMse),
      })),
      ...names.map((name) => ({
        ...relativeL2,
        name,
        error: of(({ columns }) => columns[name].relativeL2),
      })),
    ];
  });
}

const COSTS: readonly TakenMeasure[] = [
  {
    group: "cost",
    name: "parameters",
    unit: "",
    scale: SCALES.setting,
    cost: ({ parameterCount }) => parameterCount,
  },
  {
    group: "cost",
    name: "learning rate",
    unit: "",
    scale: SCALES.setting,
    cost: ({ learningRate }) => learningRate,
  },
  {
    group: "cost",
    name: "time per step",
    unit: "s",
    scale: SCALES.seconds,
    cost: ({ stepSeconds }) => stepSeconds,
  },
  {
    group: "cost",
    name: "prediction per sample",
    unit: "s",
    scale: SCALES.seconds,
    cost: ({ predictionSeconds }) => predictionSeconds,
  },
  {
    group: "cost",
    name: "peak memory",
    unit: "B",
    scale: SCALES.bytes,
    cost: ({ peakBytes }) => peakBytes,
  },
];
