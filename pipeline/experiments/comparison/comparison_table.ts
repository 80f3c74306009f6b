/**
 * The table of a comparison: all figures of networks and baselines, as mean and spread over the
 * seeds.
 *
 * @module
 */

import type { MetricsRow } from "../../reporting/report_data.ts";
import type { GroupErrors } from "../../reporting/metrics/surface_metrics.ts";
import { type ComparedRun, runsByNetwork } from "./compared_run.ts";
import { type Scale, SCALES, type Spread, spreadOf } from "./spread.ts";

/** One figure of the table. */
export interface Measure {
  /** Measures of a group share a table. */
  readonly group: string;
  readonly name: string;
  /** Unit of the values, "" for none. */
  readonly unit: string;
  readonly scale: Scale;
}

/** The figures of one network or baseline. */
export interface ComparisonRow {
  readonly label: string;
  readonly kind: "network" | "baseline";
  /** By measure; undefined for one that the row lacks, such as the parameters of a baseline. */
  readonly spreads: readonly (Spread | undefined)[];
}

/** Measures and their values. */
export interface ComparisonTable {
  readonly measures: readonly Measure[];
  readonly rows: readonly ComparisonRow[];
}

/** A measure with its value in the errors of a method, or in a run. */
interface TakenMeasure extends Measure {
  readonly error?: ((row: MetricsRow) => number | undefined) | undefined;
  readonly cost?: ((run: ComparedRun) => number | undefined) | undefined;
}

/**
 * The table of all runs, without measures that have no number in any row, such as the relative
 * error of a velocity that is 0 on a wall. Baselines do not depend on the network: their figures
 * are those in the runs of the first one.
 */
export function comparisonTable(runs: readonly ComparedRun[]): ComparisonTable {
  const networks = [...runsByNetwork(runs)];
  const [, first] = networks[0];
  const methods = [
    ...networks.map(([label, runs]) =>
      ({ label, kind: "network", method: "network", runs }) as const
    ),
    ...first[0].metrics.filter(({ method }) => method !== "network")
      .map(({ label, method }) => ({ label, kind: "baseline", method, runs: first } as const)),
  ];
  const taken = [...errorMeasures(first[0].metrics), ...COSTS];
  const columns = taken.map(({ error, cost, ...measure }) => ({
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

/** The errors of a method in a run. @throws {TypeError} If there are none. */
export function methodRow(
  { network, seed, metrics }: ComparedRun,
  method: MetricsRow["method"],
): MetricsRow {
  const row = metrics.find((row) => row.method === method);
  if (row !== undefined) return row;
  throw new TypeError(
    `Cannot compare runs: each must have the errors of "${method}", but those of ${network}, ` +
      `seed ${seed}, are missing`,
  );
}

function definedSpread(values: readonly (number | undefined)[]): Spread | undefined {
  const defined = values.filter((value) => value !== undefined);
  return defined.length === values.length ? spreadOf(defined) : undefined;
}

type ErrorOf = NonNullable<TakenMeasure["error"]>;
type CostOf = NonNullable<TakenMeasure["cost"]>;

/** Errors over all nodes, by field, and, if the data have walls, on them and away from them. */
function errorMeasures(rows: readonly MetricsRow[]): TakenMeasure[] {
  const network = rows.find(({ method }) => method === "network") ?? rows[0];
  const fields = Object.entries(network.metrics.fields);
  const rmseUnit = fields.length === 1 ? fields[0][1].unit : "";
  const all = (name: string, unit: string, scale: Scale, error: ErrorOf) =>
    ({ group: "all nodes", name, unit, scale, error }) as const;
  const byField = fields.map(([name]): TakenMeasure => ({
    group: "relative L2 by field",
    name,
    unit: "",
    scale: SCALES.percent,
    error: ({ metrics }) => metrics.fields[name].relativeL2.mean,
  }));
  return [
    all("RMSE", rmseUnit, SCALES.number, ({ metrics }) => metrics.rmse),
    all("normalised RMSE", "", SCALES.number, ({ metrics }) => metrics.normalisedRmse),
    all("relative L2", "", SCALES.percent, ({ metrics }) => metrics.relativeL2.mean),
    ...(fields.length > 1 ? byField : []),
    ...wallMeasures(network),
  ];
}

/** Normalised mean squared error and relative L2 by component, in the volume and on the surface. */
function wallMeasures({ surface }: MetricsRow): TakenMeasure[] {
  if (surface === undefined) return [];
  const names = Object.keys(surface.volume.columns);
  return (["volume", "surface"] as const).flatMap((part) => {
    const of = (value: (errors: GroupErrors) => number): ErrorOf => ({ surface }) =>
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

const costMeasure = (name: string, unit: string, scale: Scale, cost: CostOf): TakenMeasure => ({
  group: "cost",
  name,
  unit,
  scale,
  cost,
});

const COSTS: readonly TakenMeasure[] = [
  costMeasure("parameters", "", SCALES.setting, ({ parameterCount }) => parameterCount),
  costMeasure("learning rate", "", SCALES.setting, ({ learningRate }) => learningRate),
  costMeasure("time per step", "s", SCALES.seconds, ({ stepSeconds }) => stepSeconds),
  costMeasure("prediction per sample", "s", SCALES.seconds, (run) => run.predictionSeconds),
  costMeasure("peak memory", "B", SCALES.bytes, ({ peakBytes }) => peakBytes),
];
