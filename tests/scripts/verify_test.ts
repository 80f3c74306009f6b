import assert from "node:assert/strict";
import { join } from "node:path";
import { readSafetensors, type Tensor } from "../../io/safetensors.ts";
import {
  GRADIENT_TOLERANCE,
  LOSS_TOLERANCE,
  PREDICTION_TOLERANCE,
} from "../../pipeline/training/certificate.ts";
import { testWithAdapter } from "../kernels/webgpu/on_webgpu.ts";
import { casePath } from "../support/case_files.ts";
import { type Editable, edited, withElement } from "../support/damaged_files.ts";
import {
  AFTER_LIMIT,
  difference,
  GRADIENT_LIMIT,
  largest,
  LOSS_LIMIT,
  PREDICTION_LIMIT,
  within,
} from "../support/exactness.ts";
import { inTemporaryDirectory } from "../support/temporary_directory.ts";
import { type Outcome, runTask } from "./run_script.ts";

/** A row as `--json` prints it. */
interface Row {
  readonly case: string;
  readonly device: string;
  readonly ranks: number;
  readonly ghosts: number;
  readonly haloBytes: number;
  readonly errors:
    | Readonly<Record<"prediction" | "loss" | "gradient" | "losses" | "after", number>>
    | null;
  readonly ok: boolean;
}

async function verify(
  ...args: readonly string[]
): Promise<Outcome & { readonly rows: readonly Row[] }> {
  const outcome = await runTask("verify", ...args, "--json");
  const lines = outcome.out.split("\n").filter((line) => line !== "");
  return { ...outcome, rows: lines.map((line) => JSON.parse(line)) };
}

/** Runs `test` with the path of a copy of `tiny` that `edit` has changed. */
async function withTiny(
  edit: (file: Editable) => void,
  test: (path: string, directory: string) => Promise<void>,
) {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "changed.safetensors");
    await Deno.writeFile(path, await edited(casePath("tiny"), edit));
    await test(path, directory);
  });
}

testWithAdapter("verify confirms cases on 3 ranks of the WebGPU device", async () => {
  const paths = ["tiny", "gcn", "root_relu_3d"].map(casePath);
  const { code, rows, error } = await verify(...paths, "--ranks", "3", "--device", "webgpu");
  assert.equal(code, 0, error);
  assert.deepEqual(rows.map(({ device, ranks, ok }) => [device, ranks, ok]), [
    ["webgpu", 3, true],
    ["webgpu", 3, true],
    ["webgpu", 3, true],
  ]);
});

// scripts/test.ts runs all cases on three ranks of the CPU device, as a user would.
Deno.test("verify reports the errors, ghosts and bytes of a case on P ranks", async () => {
  const { code, rows, error } = await verify(casePath("paper"), "--ranks", "1,3");
  assert.equal(code, 0, error);
  assert.deepEqual(
    rows.map((row) => [row.case, row.ranks, row.device, row.ok]),
    [1, 3].map((ranks) => ["paper", ranks, "cpu", true]),
  );
  for (const { errors } of rows) {
    assert.ok(errors);
    within(errors.prediction, PREDICTION_LIMIT, "prediction");
    within(errors.loss, LOSS_LIMIT, "loss");
    within(errors.gradient, GRADIENT_LIMIT, "gradient");
    within(errors.losses, LOSS_LIMIT, "losses");
  }
  const [alone, { ranks, ghosts, haloBytes }] = rows;
  assert.deepEqual([alone.ghosts, alone.haloBytes], [0, 0]);
  // Each of the 2 exchanged hops sends a latent of 16 numbers to every ghost, and its gradient
  // back.
  const numbers = 4 * 16 * 2 * 2 * ghosts;
  assert.ok(ghosts > 0 && haloBytes >= numbers);
  assert.ok(haloBytes < numbers + ranks * (ranks - 1) * 4 * 2000);
});

Deno.test("verify accepts the errors that the tests accept, and no larger ones", () => {
  assert.deepEqual(
    [PREDICTION_TOLERANCE, LOSS_TOLERANCE, GRADIENT_TOLERANCE],
    [PREDICTION_LIMIT, LOSS_LIMIT, GRADIENT_LIMIT],
  );
});

Deno.test("verify fails on any wrong number and names it", async () => {
  const wrong = {
    prediction: "expected/prediction",
    loss: "expected/loss",
    gradient: "expected/gradient/hop.bias",
    losses: "expected/losses",
    after: "expected/after/hop.bias",
  } as const;
  await inTemporaryDirectory(async (directory) => {
    for (const [figure, name] of Object.entries(wrong)) {
      const tamper = ({ tensors }: Editable) =>
        tensors[name] = withElement(tensors[name], 0, tensors[name].data[0] * 1.001 + 1e-3);
      await Deno.writeFile(
        join(directory, `${figure}.safetensors`),
        await edited(casePath("tiny"), tamper),
      );
    }
    const files = Object.keys(wrong).map((figure) => join(directory, `${figure}.safetensors`));
    const { code, rows } = await verify(...files, casePath("tiny"), "--ranks", "2");
    assert.equal(code, 1);
    assert.deepEqual(rows.map(({ ok }) => ok), [false, false, false, false, false, true]);
    const limits = {
      prediction: PREDICTION_LIMIT,
      loss: LOSS_LIMIT,
      gradient: GRADIENT_LIMIT,
      losses: LOSS_LIMIT,
    };
    for (const { case: figure, errors } of rows) {
      assert.ok(errors);
      for (const [other, limit] of Object.entries({ ...limits, after: AFTER_LIMIT })) {
        assert.equal(
          errors[other as keyof typeof wrong] > limit,
          other === figure,
          `${other} of ${figure}`,
        );
      }
    }
  });
});

Deno.test("verify --out writes what was computed, under the names of the case", async () => {
  await inTemporaryDirectory(async (directory) => {
    const { code, error } = await verify(casePath("hub"), "--ranks", "1,3", "--out", directory);
    assert.equal(code, 0, error);
    const { tensors: given } = await readSafetensors(casePath("hub"));
    const expected = Object.entries(given).filter(([name]) => name.startsWith("expected/"));
    for (const ranks of [1, 3]) {
      const { tensors: actual } = await readSafetensors(
        join(directory, `hub.${ranks}.cpu.safetensors`),
      );
      assert.deepEqual(
        Object.keys(actual).sort(),
        expected.map(([name]) => name.replace("expected/", "actual/")).sort(),
      );
      for (const [name, tensor] of expected) {
        const { dtype, shape, data }: Tensor = actual[name.replace("expected/", "actual/")];
        assert.deepEqual([dtype, shape], ["F32", tensor.shape]);
        // Small entries of a small tensor may be noise; verify itself knows the tolerance of each.
        within(difference(data, tensor.data), 3e-5 * Math.max(largest(tensor.data), 1e-2), name);
      }
    }
  });
});

Deno.test("verify computes and writes a case that expects nothing", async () => {
  const open = ({ tensors }: Editable) => {
    for (const name of Object.keys(tensors)) if (name.startsWith("expected/")) delete tensors[name];
  };
  await withTiny(open, async (path, directory) => {
    const { code, rows: [row], error } = await verify(path, "--ranks", "2", "--out", directory);
    assert.equal(code, 0, error);
    assert.deepEqual([row.ok, row.errors], [true, null]);
    const { tensors: actual } = await readSafetensors(join(directory, "changed.2.cpu.safetensors"));
    const { tensors: expected } = await readSafetensors(casePath("tiny"));
    within(
      difference(actual["actual/prediction"].data, expected["expected/prediction"].data),
      PREDICTION_LIMIT,
      "prediction",
    );
    assert.equal(
      Object.keys(actual).length,
      Object.keys(expected).filter((name) => name.startsWith("expected/")).length,
    );
  });
});

Deno.test("verify prints one line per mistake in a file or an option", async () => {
  const refuse = async (args: readonly string[], message: RegExp) => {
    const { code, out, error } = await runTask("verify", ...args);
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(error, message);
    assert.equal(error.trim().split("\n").length, 1, error);
  };
  await refuse(["not_there.safetensors"], /not_there\.safetensors/);
  await refuse([casePath("tiny"), "--ranks", "0"], /Cannot read --ranks: .* received "0"/);
  await refuse([casePath("tiny"), "--device", "tpu"], /Cannot read --device: .* received "tpu"/);
  await refuse(
    [casePath("tiny"), casePath("tiny"), "--out", "o"],
    /different names, received "tiny/,
  );
  const bad = ({ tensors }: Editable) =>
    tensors["graph/senders"] = withElement(tensors["graph/senders"], 0, 99);
  await withTiny(
    bad,
    (path) =>
      refuse(
        [path, "--ranks", "2"],
        /"graph\/senders" must be node numbers below 5\W+edge 0 has 99/,
      ),
  );
});

Deno.test("verify prints a table with the outcome of every case", async () => {
  const { code, out } = await runTask(
    "verify",
    casePath("tiny"),
    casePath("one_node"),
    "--ranks",
    "1,2",
  );
  assert.equal(code, 0);
  assert.equal(out.match(/│ yes/g)?.length, 4);
  assert.match(out, /All 4 results are within the tolerances\n$/);
});
