/**
 * The built-in presets: pipelines with their data.
 *
 * @example Build a pipeline for four ranks
 * ```ts
 * import assert from "node:assert/strict";
 * import { presets } from "./presets.ts";
 *
 * const { darcy } = presets;
 * const pipeline = darcy.build({ ...darcy.defaults, ranks: 4 });
 * assert.equal(pipeline.stages.model.ranks, 4);
 * ```
 *
 * @module
 */

export type { Preset, PresetChoice } from "./pipeline/presets/preset.ts";
export { presets } from "./pipeline/presets/presets.ts";
