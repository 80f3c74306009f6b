/**
 * Validation for the pipelines of presets.
 *
 * @module
 */

import { openMeshStore } from "../../io/mesh_store.ts";
import { inputNames, type PipelineSpec } from "../engine/definition/spec.ts";
import type { Preset } from "./preset.ts";

/** Split of the samples on which a training validates. */
const SPLIT = "validation";

/**
 * The pipeline of a preset in which the training validates: one fixed group of nodes of each
 * sample, drawn as those of the training.
 *
 * @param spec A pipeline with the stages `meshes`, `subdomains`, `graphs` and `model` of presets.
 */
export function withValidation(spec: PipelineSpec): PipelineSpec {
  const { meshes, subdomains, graphs, model, ...others } = spec.stages;
  const { more: _more, only: _only, except: _except, limit: _limit, ...loaded } = meshes.with ?? {};
  const seed = graphs.with?.seed;
  const isSeeded = seed === undefined ? {} : { with: { seed } };
  const { inputs, statistics, ...rest } = others;
  const training = { meshes, inputs, statistics, subdomains, graphs };
  const validation: PipelineSpec["stages"] = {
    validation: { run: "load", with: { ...loaded, split: SPLIT } },
    validationInputs: { run: "derive", from: "validation" },
    validationSubdomains: {
      run: "partition",
      from: "validationInputs",
      with: { parts: subdomains.with?.parts },
    },
    validationGraphs: { run: "sample", from: "validationSubdomains", ...isSeeded },
  };
  const validated = { ...model, from: [...inputNames(model), "validationGraphs"] };
  return { ...spec, stages: { ...training, ...validation, model: validated, ...rest } };
}

/**
 * Whether a preset validates on a store: it has validation samples, and the choices of the preset
 * were made on such.
 */
export async function hasValidation({ defaults }: Preset, store: string): Promise<boolean> {
  if (defaults.validation !== true) return false;
  if (store === defaults.store) return true;
  return (await openMeshStore(store)).split(SPLIT).length > 0;
}
