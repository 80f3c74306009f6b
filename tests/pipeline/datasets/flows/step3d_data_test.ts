import assert from "node:assert/strict";
import { join } from "node:path";
import { openMeshStore } from "../../../../io/mesh_store.ts";
import { convertStore } from "../../../../pipeline/datasets/convert_store.ts";
import { openStep3d, stepOf } from "../../../../pipeline/datasets/flows/step3d_data.ts";
import { inTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { editText, fixture, largestDifference, readAll, withCopy } from "../flow_cases.ts";

const [second, first, fine] = [
  "step3D_kEps_12.000_0.0900",
  "step3D_kEps_7.500_0.0400",
  "step3D_kEps_12.000_0.0500_fine",
];

/** By brute force over the faces of the walls. */
const distances: Record<string, number[]> = JSON.parse(
  Deno.readTextFileSync(fixture("step3d", "distances.json")),
);

Deno.test("openStep3d() reads closed forms written by VTK, with wall distances", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "steps.arrow");
    await convertStore(await openStep3d(fixture("step3d")), path);
    const store = await openMeshStore(path);
    assert.deepEqual(store.attributes.ids, [second, first, fine]);
    assert.deepEqual(store.attributes.splits, {
      full_train: [0],
      full_test: [1],
      fine: [2],
      train: [0],
      test: [1],
    });
    for (const { id, position, fields, cells } of await readAll(store)) {
      const at = (node: number) => [...position.subarray(3 * node, 3 * node + 3)];
      const { speed, height } = stepOf(id);
      const distance = (node: number) => distances[id][node];
      const difference = (
        name: string,
        components: number,
        expected: (node: number) => readonly number[],
      ) => largestDifference(fields[name], components, expected);
      assert.equal(distances[id].length, fields.distance.length);
      assert.ok(difference("distance", 1, (node) => [distance(node)]) < 1e-7);
      assert.deepEqual([...fields.wall], distances[id].map((metres) => metres < 1e-7 ? 1 : 0));
      assert.ok(difference("inletSpeed", 1, () => [speed]) < 1e-6);
      assert.ok(difference("stepHeight", 1, () => [height]) < 1e-7);
      assert.ok(
        difference("pressure", 1, (node) => [at(node)[0] + 2 * at(node)[1] + 4 * at(node)[2]]) <
          1e-6,
      );
      const velocity = (node: number) => {
        const [x, y] = at(node);
        return [x < -0.29 ? speed : speed * distance(node), 0, y];
      };
      assert.ok(difference("velocity", 3, velocity) < 1e-6);
      assert.deepEqual(new Set(cells!.types), new Set([12]));
    }
  });
});

Deno.test("openStep3d() omits other splits on request", async () => {
  const { attributes } = await openStep3d(fixture("step3d"), { others: false });
  assert.deepEqual(attributes.ids, [second, first]);
  assert.deepEqual(attributes.splits, { full_train: [0], full_test: [1], train: [0], test: [1] });
});

Deno.test("openStep3d() rejects cases that are missing or do not match their names", async (t) => {
  const wrong: Record<string, readonly [change: (copy: string) => void, message: RegExp]> = {
    "a missing folder": [
      (copy) => Deno.renameSync(join(copy, fine), join(copy, "x")),
      /Cannot read ".*_fine\.vtu": No such file/,
    ],
    "another step": [
      (copy) =>
        Deno.copyFileSync(join(copy, first, `${first}.vtu`), join(copy, second, `${second}.vtu`)),
      /_0\.0900\.vtu": its step height .* 0\.09 m, found 0\.04 m; /,
    ],
    "another flow": [
      (copy) =>
        editText(
          join(copy, second, `${second}.vtu`),
          'Name="U"',
          'Name="x" />\n<DataArray Name="U"',
        ),
      /Cannot read /,
    ],
    "another name": [
      (copy) => editText(join(copy, "manifest.json"), first, "step_1"),
      /Cannot read case "step_1": its name must be step3D_<model>_<speed>_<step height>/,
    ],
  };
  for (const [what, [change, message]] of Object.entries(wrong)) {
    await t.step(what, () =>
      withCopy("step3d", async (copy) => {
        change(copy);
        await assert.rejects(openStep3d(copy).then(readAll), { name: "DataError", message });
      }));
  }
  await t.step("another speed", () =>
    withCopy("step3d", async (copy) => {
      const renamed = "step3D_kEps_10.000_0.0900";
      Deno.renameSync(join(copy, second), join(copy, renamed));
      Deno.renameSync(join(copy, renamed, `${second}.vtu`), join(copy, renamed, `${renamed}.vtu`));
      editText(join(copy, "manifest.json"), second, renamed);
      await assert.rejects(openStep3d(copy).then(readAll), {
        name: "DataError",
        message: /its inlet speed .* 10 m\/s, found 12 m\/s; it may belong to another case$/,
      });
    }));
});
