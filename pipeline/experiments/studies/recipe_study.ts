/**
 * Study of a preset's recipe: the error without each of its pieces, on samples that are neither
 * trained on nor tested.
 *
 * @module
 */

// @ts-types="@types/d3-array"
import { deviation, mean } from "d3-array";
import { UserError } from "../../../errors.ts";
import { countOf, formatPercent } from "../../../format.ts";
import { openMeshStore } from "../../../io/mesh_store.ts";
import { overrideOptions } from "../../engine/definition/override_options.ts";
import type { PipelineSpec } from "../../engine/definition/spec.ts";
import { paperForm, type Preset } from "../../presets/preset.ts";
import type { Measurements } from "../../reporting/measurements_file.ts";
import { networkRow } from "../../reporting/report_data.ts";
import type { FinishedJob } from "../batch/job_results.ts";
import { briefPipeline, type Study, type StudyChoice } from "./study.ts";
import type { StudyColumn, StudyReport, StudyRow } from "./study_report.ts";

const COLUMNS: readonly StudyColumn[] = [
  { name: "variant", title: "recipe" },
  { name: "relativeL2", title: "relative L2", format: "percent" },
  { name: "spread", title: "± over seeds", format: "percent" },
  { name: "worst", title: "worst sample", format: "percent" },
  { name: "change", title: "relative to complete" },
  { name: "stepSeconds", title: "time per step", format: "seconds" },
  { name: "seconds", title: "total time", format: "seconds", isDetail: true },
];

/** Runs of a recipe study. */
export interface RecipeGrid {
  /** Number of runs of each variant, which differ in their seed. */
  readonly seedCount: number;
  /** Groups of training cases, one of which a run holds out, for stores without validation. */
  readonly foldCount: number;
}

/** A recipe, or a part of it. */
interface Variant {
  readonly name: string;
  /** Name in the table. */
  readonly title: string;
  /** Changes of the preset, in the form of `--set`. */
  readonly changes: readonly string[];
}

/**
 * Plans runs of the complete recipe, without each piece, and without all of them. Runs of one seed
 * have the same samples, held out from the training: the validation split of the store, or every
 * `foldCount`-th training case, from another one with each seed. The test split is never read.
 *
 * @throws {UserError} If the preset has no recipe, or its store too few training cases.
 */
export async function recipeStudy(study: StudyChoice, grid: RecipeGrid): Promise<Study> {
  const { preset, choice, changes } = study;
  const variants = variantsOf(preset);
  const { hasValidation, folds } = await heldOutSamples(study, grid.foldCount);
  const seeds = Array.from({ length: grid.seedCount }, (_, k) => k);
  const jobs = variants.flatMap((variant) =>
    seeds.map(async (k) => {
      const seed = choice.seed + k;
      const spec = await briefPipeline({
        ...study,
        choice: { ...choice, seed },
        changes: [...variant.changes, ...changes],
      });
      return {
        name: `${variant.name}-seed-${seed}`,
        title: `${preset.title}, ${variant.title}, seed ${seed}`,
        spec: hasValidation ? onValidation(spec) : withoutFold(spec, folds[k % folds.length]),
      };
    })
  );
  return {
    jobs: await Promise.all(jobs),
    report(finished, command) {
      const errors = variants.map((_, k) =>
        finished.slice(k * grid.seedCount, (k + 1) * grid.seedCount).map(figuresOf)
      );
      const heldOut = hasValidation
        ? "the validation split"
        : `one of ${folds.length} groups of training cases, another with each seed`;
      return report(study, variants, errors, { command, heldOut, seedCount: grid.seedCount });
    },
  };
}

function variantsOf(preset: Preset): readonly Variant[] {
  const { name, pieces } = preset;
  const entries = Object.entries(pieces);
  if (entries.length === 0) {
    throw new UserError(`Cannot study recipe "${name}": its preset has no pieces to take out`);
  }
  return [
    { name: "complete", title: "complete", changes: [] },
    ...entries.map(([piece, changes]) => ({
      name: `without-${piece.replaceAll(" ", "-")}`,
      title: `without ${piece}`,
      changes,
    })),
    {
      name: "paper",
      title: "without all: the paper's form",
      changes: paperForm(preset),
    },
  ];
}

/** Samples of the store that a run may hold out. */
async function heldOutSamples({ preset, choice, changes }: StudyChoice, foldCount: number) {
  const { stages } = overrideOptions(preset.build(choice), changes);
  const { attributes, path } = await openMeshStore((stages.meshes.with as { store: string }).store);
  const { ids, splits: { train = [], validation = [] } } = attributes;
  if (validation.length > 0) return { hasValidation: true, folds: [] };
  if (train.length < 2) {
    throw new UserError(
      `Cannot study recipe on "${path}": there must be a validation split or two training cases, ` +
        `received ${countOf(train.length, "training case")}`,
    );
  }
  const count = Math.min(foldCount, train.length);
  const folds = Array.from(
    { length: count },
    (_, fold) => train.filter((_, k) => k % count === fold).map((sample) => ids[sample]),
  );
  return { hasValidation: false, folds };
}

function onValidation(spec: PipelineSpec): PipelineSpec {
  return overrideOptions(spec, { stages: { tests: { with: { split: "validation" } } } });
}

/** A fold is left out of all stores: a case may be in several, at different fidelities. */
function withoutFold(spec: PipelineSpec, fold: readonly string[]): PipelineSpec {
  const tests = { with: { split: "train", only: fold } };
  return overrideOptions(spec, { stages: { meshes: { with: { except: fold } }, tests } });
}

type Figures = ReturnType<typeof figuresOf>;

function figuresOf({ figures, measurements }: FinishedJob) {
  const { relativeL2, fields } = networkRow(measurements as Measurements).metrics;
  const { stepSeconds = NaN, seconds } = figures;
  return { relativeL2: relativeL2.mean, worst: relativeL2.worst, fields, stepSeconds, seconds };
}

function report(
  { preset, choice }: StudyChoice,
  variants: readonly Variant[],
  figures: readonly (readonly Figures[])[],
  terms: { readonly command: string; readonly heldOut: string; readonly seedCount: number },
): StudyReport {
  const fieldNames = Object.keys(figures[0][0].fields);
  const fieldColumns = fieldNames.length < 2 ? [] : fieldNames.map((name): StudyColumn => ({
    name: `field:${name}`,
    title: name,
    format: "percent",
    isDetail: true,
  }));
  const rows = variants.map(({ title }, k) => rowOf(title, figures[k], figures[0], fieldNames));
  const seeds = `${countOf(choice.ranks, "rank")}, ${countOf(terms.seedCount, "seed")}`;
  return {
    study: "recipe",
    subject: preset.title,
    command: terms.command,
    columns: [...COLUMNS.slice(0, 5), ...fieldColumns, ...COLUMNS.slice(5)],
    rows,
    finding: finding(rows),
    figures: [],
    notes: [
      `${seeds}. Errors are those of samples held out from the training: ${terms.heldOut}. The ` +
      "test split is not read.",
      "Runs of one seed have the same training and held-out samples; the change is the mean over " +
      "the seeds of the error divided by that of the complete recipe.",
    ],
  };
}

function rowOf(
  variant: string,
  runs: readonly Figures[],
  complete: readonly Figures[],
  fieldNames: readonly string[],
) {
  const meanOf = (value: (run: Figures, k: number) => number) => mean(runs, value) ?? null;
  const fields = fieldNames.map((name) => [
    `field:${name}`,
    meanOf((run) => run.fields[name].relativeL2.mean),
  ]);
  return {
    variant,
    relativeL2: meanOf((run) => run.relativeL2),
    spread: deviation(runs, (run) => run.relativeL2) ?? null,
    worst: meanOf((run) => run.worst),
    change: meanOf((run, k) => run.relativeL2 / complete[k].relativeL2),
    ...Object.fromEntries(fields) as StudyRow,
    stepSeconds: meanOf((run) => run.stepSeconds),
    seconds: meanOf((run) => run.seconds),
  };
}

function finding(rows: readonly ReturnType<typeof rowOf>[]): string {
  const [complete, ...others] = rows;
  const pieces = others.slice(0, -1);
  const most = pieces.reduce((a, b) => (b.change ?? 0) > (a.change ?? 0) ? b : a);
  const paper = others.at(-1)!;
  const percent = ({ relativeL2 }: typeof complete) => formatPercent(relativeL2 ?? NaN);
  return `The complete recipe has a relative L2 of ${percent(complete)} on samples held out from ` +
    `the training, the paper's form ${percent(paper)}; the piece that matters most is the one ` +
    `taken out in "${most.variant}", which has ${percent(most)}.`;
}
