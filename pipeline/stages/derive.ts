/** Adds inputs that follow from the mesh and its other inputs. @module */

import { z } from "zod";
import { DataError } from "../../errors.ts";
import { createRecordBatch } from "../../io/record_batch.ts";
import { cellsOf } from "../batches/cell_columns.ts";
import { MESH } from "../batches/batch_schemas.ts";
import { offsetsOf, packOffsets } from "../batches/value_offsets.ts";
import { derivations } from "../derived/derivation.ts";
import { InputDeriver } from "../derived/derive_inputs.ts";
import { defineStage } from "../engine/definition/stage.ts";

export default defineStage({
  name: "derive",
  description: "Adds inputs that follow from a mesh and its other inputs, before any node is " +
    "sampled: means over a length, gradients, distances to walls, potential flow.",
  options: z.strictObject({
    fields: derivations.default([]).describe(
      "Derived inputs in their order, each of a `kind` with an optional `name`: `smoothed`, " +
        "`inverseMean` (mean of the inverse) and `gradient` of a `field` with Gaussian weights " +
        "of standard deviation `length`; `distance` `to` the `box` around the mesh, its " +
        "`boundary`, a `wall` around a hole (both from its cells), or nodes `marked` by a " +
        "`field`; `logDistance`, log(distance + `length`), and `decay`, " +
        "exp(-distance / `length`), `to` such a place or of a `field` with distances; " +
        "`panel`, the potential flow u around all bodies in a 2-D mesh, by the panel method of " +
        "Hess and Smith, in an undisturbed `velocity` v: (u - v) / |v| and the pressure " +
        "coefficient. Lengths are in units of the positions, or a `share` of the longest side of " +
        "the mesh. The model records them, and predictions derive them again.",
    ),
  }),
  inputs: [MESH],
  output: MESH,
  repeats: { keeps: true },
  usesDirectory: false,
  async *run({ inputs: [meshes], options: { fields }, beat, progress }) {
    const deriver = new InputDeriver(fields, beat);
    let done = 0;
    for await (const batch of meshes) {
      const inputNames = batch.texts("inputNames", 0);
      const units = batch.texts("units", 0);
      const id = batch.value("id", 0, "utf8");
      if (batch.value("derived", 0, "utf8") !== "") {
        throw new DataError(
          `Cannot derive inputs of "${id}": a stage before has derived some; name all in one stage`,
        );
      }
      const { input, ...derived } = deriver.derive({
        id,
        dimensions: batch.value("dimensions", 0, "int32"),
        position: batch.list("position", 0, "float32"),
        cells: cellsOf(batch),
        input: batch.list("input", 0, "float32"),
        offsets: offsetsOf(batch, "input"),
        inputNames,
        units: units.slice(0, inputNames.length),
      });
      yield createRecordBatch(MESH, [{
        ...batch.row(0),
        input,
        inputNames: derived.inputNames,
        units: [...derived.units, ...units.slice(inputNames.length)],
        valueOffset: packOffsets([...derived.offsets, ...offsetsOf(batch, "target")]),
        derived: fields.length === 0 ? "" : JSON.stringify(fields),
      }]);
      progress({ done: ++done, total: batch.value("count", 0, "int32") });
    }
  },
});
