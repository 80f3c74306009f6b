import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { writeArrowMeshes } from "../../io/mesh_store.ts";
import { assertDamaged, header, ragged, sameSize } from "./mesh_samples.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";

Deno.test("openMeshStore() refuses an Arrow file that does not match its attributes", () =>
  inTemporaryDirectory(async (directory) => {
    const path = join(directory, "a.arrow");
    await writeArrowMeshes(path, header, ragged);
    await assert.rejects(writeArrowMeshes(path, header, ragged), UserError);
    await assert.rejects(
      writeArrowMeshes(join(directory, "b"), header, [sameSize[0]]),
      /split "train" names sample 2 of 1/,
    );
    const replace = (from: string, to: string) => {
      const changed = join(directory, "changed.arrow");
      const text = Buffer.from(Deno.readFileSync(path)).toString("latin1").replaceAll(from, to);
      Deno.writeFileSync(changed, Buffer.from(text, "latin1"));
      return changed;
    };
    await assertDamaged(
      replace('"components":2', '"components":3'),
      /"velocity" must have 5 × 3 numbers, there are 10/,
    );
    await assertDamaged(
      replace('"nodeCount":15', '"nodeCount":16'),
      /its meshes must have 16 nodes, they have 15/,
    );
    await assertDamaged(
      replace('"plate-1"', '"plate-7"'),
      /the ids of its rows must be those of its attributes/,
    );
    await assertDamaged(replace('"format"', '"farmot"'), /format: /);
    await assertDamaged(
      replace('"temperature":{', '"temparature":{'),
      /column "temparature" must be a list/,
    );
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 20));
    await assertDamaged(path, /^Cannot open ".*a\.arrow": /);
  }));
