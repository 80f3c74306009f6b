/**
 * Study of the training cases: error against their number, in the same number of steps.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { deviation, mean } from "d3-array";
import { UserError } from "../../../errors.ts";
import { countOf, formatCount, formatPercent } from "../../../format.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { hash, keyedPermutation } from "../../graph/random.ts";
import type { CoefficientMetrics } from "../../reporting/flow/force_metrics.ts";
import type { Measurements } from "../../reporting/measurements_file.ts";
import { type MetricsRow, networkRow } from "../../reporting/report_data.ts";
import type { FinishedJob } from "../batch/job_results.ts";
import { briefPipeline, numberOption, type Study, type StudyChoice } from "./study.ts";
import type { StudyColumn, StudyReport, StudyRow } from "./study_report.ts";

/** Default numbers of cases, relative to all training cases. */
const SHARES = [1 / 8, 1 / 4, 1 / 2, 1];

/** Runs of a study of the training cases. */
export interface CasesGrid {
  /** Numbers of training cases. @default 1/8, 1/4, 1/2 and all of them */
  readonly caseCounts?: readonly number[] | undefined;
  /** Number of runs with each number of cases, which differ in their seed and their cases. */
  readonly seedCount: number;
}

/**
 * Plans runs on some of the training cases, drawn by the seed; fewer cases of a seed are among its
 * more. All runs take about as many steps as the preset takes on the fewest cases, unless the study
 * chooses their number, and have the same tests.
 *
 * @throws {UserError} If the store has fewer training cases than asked for.
 */
export async function casesStudy(study: StudyChoice, grid: CasesGrid): Promise<Study> {
  const { preset, choice } = study;
  // The training is not made brief: its cases and epochs are chosen here.
  const spec = await briefPipeline({ ...study, steps: undefined });
  const { store, split = "train" } = spec.stages.meshes.with as { store: string; split?: string };
  const { attributes: { ids, splits }, path } = await openMeshStore(store);
  const training = splits[split] ?? [];
  const counts = grid.caseCounts ??
    [...new Set(SHARES.map((share) => Math.max(1, Math.round(share * training.length))))];
  const most = Math.max(...counts);
  if (most > training.length) {
    throw new UserError(
      `Cannot study cases of "${path}": --cases must be <= ` +
        `${countOf(training.length, "training case")}, received ${most}`,
    );
  }
  const fewest = Math.min(...counts);
  const steps = study.steps ?? numberOption(spec, "graphs", "epochs") * fewest;
  const runs = counts.flatMap((caseCount) =>
    Array.from({ length: grid.seedCount }, (_, k) => ({ caseCount, seed: choice.seed + k }))
  );
  return {
    jobs: await Promise.all(runs.map(async ({ caseCount, seed }) => {
      const seeded = await briefPipeline({
        ...study,
        choice: { ...choice, seed },
        steps: undefined,
      });
      const order = keyedPermutation(training.length, hash(seed, "cases"));
      const cases = [...order.subarray(0, caseCount)].map((k) => ids[training[k]]);
      return {
        name: `cases-${caseCount}-seed-${seed}`,
        title: `${preset.title}, ${countOf(caseCount, "training case")}, seed ${seed}`,
        spec: withCases(seeded, cases, Math.max(1, Math.round(steps / caseCount))),
      };
    })),
    report(finished, command) {
      const groups = counts.map((caseCount, k) => ({
        caseCount,
        networks: finished.slice(k * grid.seedCount, (k + 1) * grid.seedCount).map(runOf),
      }));
      return report(study, groups, { command, steps, seedCount: grid.seedCount });
    },
  };
}

function withCases(spec: PipelineSpec, cases: readonly string[], epochs: number): PipelineSpec {
  return overrideOptions(spec, {
    stages: { meshes: { with: { only: cases } }, graphs: { with: { epochs } } },
  });
}

interface FinishedRun {
  readonly network: MetricsRow;
  readonly seconds: number;
}

interface CaseGroup {
  readonly caseCount: number;
  readonly networks: readonly FinishedRun[];
}

function runOf({ figures: { seconds }, measurements }: FinishedJob): FinishedRun {
  return { network: networkRow(measurements as Measurements), seconds };
}

function report(
  { preset, choice }: StudyChoice,
  groups: readonly CaseGroup[],
  terms: { readonly command: string; readonly steps: number; readonly seedCount: number },
): StudyReport {
  const { metrics, forces } = groups[0].networks[0].network;
  const fieldNames = Object.keys(metrics.fields);
  const columns = [
    { name: "cases", title: "training cases", format: "count" },
    { name: "relativeL2", title: "relative L2", format: "percent" },
    { name: "spread", title: "± over seeds", format: "percent" },
    ...(fieldNames.length < 2 ? [] : fieldNames).map((name): StudyColumn => ({
      name: `field:${name}`,
      title: name,
      format: "percent",
    })),
    ...Object.keys(forces?.coefficients ?? {}).flatMap(forceColumns),
    { name: "seconds", title: "total time", format: "seconds", isDetail: true },
  ] as const satisfies readonly StudyColumn[];
  const rows = groups.map((group) => rowOf(group, fieldNames));
  const first = rows[0];
  const last = rows.at(-1)!;
  const percent = (row: StudyRow) => formatPercent(Number(row.relativeL2));
  const points = rows.map(({ cases, relativeL2 }) => ({ x: Number(cases), y: Number(relativeL2) }));
  return {
    study: "cases",
    subject: preset.title,
    command: terms.command,
    columns,
    rows,
    finding: `From ${formatCount(Number(first.cases))} to ${formatCount(Number(last.cases))} ` +
      `training cases, in the same number of steps, the relative L2 changes from ` +
      `${percent(first)} to ${percent(last)}.`,
    figures: [{
      title: "Error",
      x: {
        label: "training cases",
        type: "log",
        format: formatCount,
        ticks: points.map(({ x }) => x),
      },
      y: { label: "relative L2", format: formatPercent },
      series: [{ name: "network", points }],
    }],
    notes: [
      `${countOf(choice.ranks, "rank")}, ${countOf(terms.seedCount, "seed")}, about ` +
      `${countOf(Math.round(terms.steps), "step")} each; every seed draws its own training cases.`,
      ...(forces === undefined ? [] : [
        "Coefficients: mean absolute error as a share of the range over the test cases, and " +
        "Spearman's rank correlation, by the network and by a regression on speed and angle of " +
        "the inlet alone, fitted to the same cases.",
      ]),
    ],
  };
}

/** Columns of the error and the rank correlation of a coefficient, with those of a regression. */
function forceColumns(name: string): StudyColumn[] {
  return [
    { name: `${name}:range`, title: `${name}, of its range`, format: "percent" },
    { name: `${name}:rank`, title: `${name}, rank correlation` },
    { name: `${name}:inletRange`, title: "... from the inlet alone", format: "percent" },
    { name: `${name}:inletRank`, title: "... from the inlet alone", isDetail: true },
  ];
}

function rowOf({ caseCount, networks }: CaseGroup, fieldNames: readonly string[]): StudyRow {
  const meanOf = (value: (run: FinishedRun) => number) => finiteOrNull(mean(networks, value));
  const relativeL2 = ({ network }: FinishedRun) => network.metrics.relativeL2.mean;
  const fields = fieldNames.map((name) => [
    `field:${name}`,
    meanOf(({ network }) => network.metrics.fields[name].relativeL2.mean),
  ]);
  const names = Object.keys(networks[0].network.forces?.coefficients ?? {});
  const forces = names.flatMap((name) => {
    const by = (figure: (coefficient: CoefficientMetrics) => number) =>
      meanOf(({ network }) => figure(network.forces!.coefficients[name]));
    const fromInlet = (figure: (coefficient: CoefficientMetrics) => number) =>
      meanOf(({ network: { forces } }) =>
        forces?.inletRegression ? figure(forces.inletRegression[name]) : NaN
      );
    return [
      [`${name}:range`, by(({ rangeError }) => rangeError)],
      [`${name}:rank`, by(({ rankCorrelation }) => rankCorrelation)],
      [`${name}:inletRange`, fromInlet(({ rangeError }) => rangeError)],
      [`${name}:inletRank`, fromInlet(({ rankCorrelation }) => rankCorrelation)],
    ];
  });
  return {
    cases: caseCount,
    relativeL2: meanOf(relativeL2),
    spread: deviation(networks, relativeL2) ?? null,
    ...Object.fromEntries(fields) as StudyRow,
    ...Object.fromEntries(forces) as StudyRow,
    seconds: meanOf(({ seconds }) => seconds),
  };
}

function finiteOrNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
