/**
 * Checks the data of a pipeline before it starts: stores, splits, fields and model files, so that
 * no training ends with an error that was there before it.
 *
 * @module
 */

import { DataError, messageOf, UserError } from "../../errors.ts";
import { type Derivation, derivedNames, readsCells } from "../derived/derivation.ts";
import type { PipelineSpec } from "../engine/definition/spec.ts";
import { invalidPipeline, type ValidStage } from "../engine/definition/validate.ts";
import { type MeshColumns, meshColumns, type MeshSelection, openMeshes } from "../stages/load.ts";
import type { SampleOptions } from "../stages/sample.ts";
import { checkModelFields } from "../stages/predict.ts";
import { checkComparedInputs } from "../training/compared_inputs.ts";
import { readModelFile } from "../training/model_file.ts";
import { networkConfig, type TrainOptions } from "../training/train_options.ts";
import { checkValidationOptions } from "../training/training_validation.ts";
import { warmStart } from "../training/warm_start.ts";
import { graphStages } from "./inherited_options.ts";
import type { CompletePipeline } from "./valid_pipeline.ts";

/** Columns of the meshes of a `load` or `derive` stage, and whether they have cells. */
interface LoadedColumns extends DerivedColumns {
  readonly stage: string;
  readonly hasCells: boolean;
}

/** Columns of which the last ones may be derived. */
interface DerivedColumns extends MeshColumns {
  readonly derived?: readonly Derivation[] | undefined;
}

/**
 * Opens every store and model file that built-in stages will read, and compares the fields of the
 * stages that meet in a training, a prediction or an evaluation. Stages behind custom ones are left
 * out.
 *
 * @throws {PipelineError} If a store or model file is missing or damaged, a split is empty, a field
 * is missing or differs, or the number of ranks is not that of the parts; lists every problem.
 */
export async function checkData({ spec, pipeline }: CompletePipeline): Promise<void> {
  const check = new DataCheck(spec, pipeline.stages);
  for (const stage of pipeline.stages.values()) {
    if (stage.builtIn === undefined) continue;
    await check.stage(stage);
  }
  if (check.problems.length > 0) throw invalidPipeline(spec, check.problems);
}

class DataCheck {
  readonly problems: string[] = [];
  readonly #spec: PipelineSpec;
  readonly #stages: ReadonlyMap<string, ValidStage>;
  /** By name of the `load` or `derive` stage. */
  readonly #columns = new Map<string, LoadedColumns>();
  /** Columns of a model, by the name of the stage that trains or reads it. */
  readonly #models = new Map<string, DerivedColumns>();

  constructor(spec: PipelineSpec, stages: ReadonlyMap<string, ValidStage>) {
    this.#spec = spec;
    this.#stages = stages;
  }

  /** Checks a stage; those before it have been checked. */
  async stage(stage: ValidStage): Promise<void> {
    const { name } = stage;
    try {
      switch (stage.stage.name) {
        case "load":
          await this.#load(stage);
          break;
        case "read_model":
          this.#models.set(name, await modelColumns(stage));
          break;
        case "derive":
          this.#derive(stage);
          break;
        case "sample":
          this.#sample(stage);
          break;
        case "train":
          await this.#train(stage);
          break;
        case "predict":
          this.#predict(stage);
          break;
        case "evaluate":
          this.#evaluate(stage);
      }
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const [first, ...rest] = messageOf(error);
      this.problems.push(`Cannot run stage "${name}": ${first.toLowerCase()}${rest.join("")}`);
    }
  }

  async #load({ name, resolved }: ValidStage): Promise<void> {
    const opened = await openMeshes(resolved as MeshSelection);
    const hasCells = (resolved as { readonly cells: boolean }).cells &&
      opened.splits.every(({ store }) => store.attributes.cells === true);
    this.#columns.set(name, { stage: name, hasCells, ...meshColumns(opened) });
  }

  #derive({ name, from: [meshes], resolved }: ValidStage): void {
    const given = this.#columnsBefore(meshes);
    if (given === undefined) return;
    const { fields } = resolved as { readonly fields: readonly Derivation[] };
    const needing = fields.find(readsCells);
    if (needing !== undefined && !given.hasCells) {
      throw new DataError(
        `Cannot derive input "${needing.kind}": walls follow from the cells of a mesh, stage ` +
          `"${given.stage}" reads none; set its option cells, and choose a store with cells`,
      );
    }
    const added = derivedNames(fields, given);
    const inputCount = given.inputNames.length;
    this.#columns.set(name, {
      ...given,
      derived: fields.length === 0 ? undefined : fields,
      inputNames: [...given.inputNames, ...added.map(({ name }) => name)],
      units: [
        ...given.units.slice(0, inputCount),
        ...added.map(({ unit }) => unit),
        ...given.units.slice(inputCount),
      ],
    });
  }

  #sample({ name, resolved }: ValidStage): void {
    const meshes = this.#columnsBefore(name);
    const { edges, emphasis, mode } = resolved as SampleOptions;
    const isUnknown = mode === "epochs" && emphasis !== undefined &&
      meshes?.inputNames.includes(emphasis.input) === false;
    if (isUnknown) {
      throw new DataError(
        `Cannot draw graphs: emphasis needs an input "${emphasis.input}", stage ` +
          `"${meshes.stage}" reads ${meshes.inputNames.join(", ")}; name one of them`,
      );
    }
    if (edges !== "given" || meshes === undefined || meshes.hasCells) return;
    throw new DataError(
      `Cannot draw graphs: given edges are the cells of a mesh, stage "${meshes.stage}" reads ` +
        "none; set its option cells, and choose a store with line cells",
    );
  }

  async #train(stage: ValidStage): Promise<void> {
    const [graphs, statistics, validation] = stage.from;
    checkValidationOptions(stage.resolved as TrainOptions, validation !== undefined);
    this.#checkRanks(stage, graphs);
    if (validation !== undefined) this.#checkRanks(stage, validation);
    const columns = this.#columnsBefore(graphs);
    if (columns === undefined) return;
    const { dimensions, targetNames, inputNames, units } = columns;
    if (targetNames.length === 0) {
      throw new DataError(
        `Cannot train: there must be a target field, stage "${columns.stage}" reads none; name ` +
          "it in its option targets",
      );
    }
    const scaled = this.#columnsBefore(this.#stages.get(statistics)?.from[0]);
    if (scaled !== undefined) checkSameFields("graphs and statistics", columns, scaled);
    const validated = this.#columnsBefore(validation);
    if (validated !== undefined) {
      checkSameFields("graphs and validation graphs", columns, validated);
    }
    this.#models.set(stage.name, columns);
    const options = stage.resolved as TrainOptions;
    if (options.initFrom === undefined) return;
    const config = networkConfig(options, inputNames.length, targetNames.length, dimensions);
    // The rule of the graphs is not compared.
    const graphRule = { edges: "given", radius: 0, maxEdges: 0, sampledNodes: 0 } as const;
    const fields = { dimensions, inputNames, targetNames, units };
    await warmStart(options.initFrom, { config, ...fields, graphRule });
  }

  #predict(stage: ValidStage): void {
    const [model, graphs] = stage.from;
    this.#checkRanks(stage, graphs);
    const trained = this.#models.get(model);
    const columns = this.#columnsBefore(graphs);
    if (trained === undefined || columns === undefined) return;
    const action = `Cannot predict the meshes of stage "${columns.stage}"`;
    checkModelFields(action, columns, trained);
    const [expected, actual] = [trained, columns].map(({ derived }) => JSON.stringify(derived));
    // Columns of a store may hold what the model derives.
    if (actual === undefined || actual === expected) return;
    throw new DataError(
      `${action}: derived inputs must be those of the model, ${expected ?? "none"}, received ` +
        `${actual}; omit fields in stage derive to inherit them`,
    );
  }

  #evaluate({ from: [fields, , meshes] }: ValidStage): void {
    const stitch = this.#stages.get(fields);
    const predict = this.#stages.get(stitch?.from[0] ?? "");
    if (stitch?.stage.name !== "stitch" || predict?.stage.name !== "predict") return;
    const [model, graphs] = predict.from;
    const trained = this.#models.get(model);
    const columns = this.#columnsBefore(graphs);
    if (trained === undefined || columns === undefined) return;
    const compared = this.#columnsBefore(meshes);
    if (compared !== undefined) checkComparedInputs(compared.inputNames, trained.inputNames);
    if (columns.targetNames.join() === trained.targetNames.join()) return;
    throw new DataError(
      `Cannot evaluate: the meshes of stage "${columns.stage}" must have the targets of the ` +
        `model, ${trained.targetNames.join(", ")}, they have ` +
        `${columns.targetNames.join(", ") || "none"}; choose a store with them, or remove stage ` +
        "evaluate",
    );
  }

  /** Columns of the meshes of which graphs are drawn; undefined if they are unknown. */
  #columnsBefore(name: string | undefined): LoadedColumns | undefined {
    const { derive, load } = graphStages(this.#spec, name);
    return this.#columns.get(derive ?? load ?? "");
  }

  #checkRanks({ stage, ranks }: ValidStage, graphs: string): void {
    const partition = this.#stages.get(graphStages(this.#spec, graphs).partition ?? "");
    if (partition?.builtIn === undefined) return;
    const { parts } = partition.resolved as { readonly parts: number };
    if (parts === ranks) return;
    throw new UserError(
      `Cannot ${stage.name}: ranks and parts must be the same number, received ${ranks} ranks ` +
        `and ${parts} parts in stage "${partition.name}"; set both, or use --ranks`,
    );
  }
}

async function modelColumns({ resolved }: ValidStage): Promise<DerivedColumns> {
  const { model } = await readModelFile((resolved as { readonly file: string }).file);
  return model;
}

/** @throws {DataError} If two stages that load meshes read other fields. */
function checkSameFields(inputs: string, graphs: LoadedColumns, scaled: LoadedColumns): void {
  for (const kind of ["inputNames", "targetNames"] as const) {
    const [expected, actual] = [graphs, scaled].map((columns) => columns[kind].join(", "));
    if (expected === actual) continue;
    throw new DataError(
      `Cannot train: ${inputs} must have the same fields, received ${expected} from ` +
        `stage "${graphs.stage}" and ${actual} from stage "${scaled.stage}"`,
    );
  }
}
