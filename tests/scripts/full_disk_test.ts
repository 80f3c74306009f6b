import assert from "node:assert/strict";
import { join } from "node:path";
import { assertMistake, type Outcome, runTask } from "./run_script.ts";
import { inDirectory, smallFlags, trainSmallModel, writeSmallStore } from "./small_darcy.ts";

Deno.test({
  name: "A full disk ends generate, pipeline and predict with one line, and keeps nothing that " +
    "is incomplete",
  ignore: !await canMount(),
  async fn(t) {
    await inDirectory(async (directory) => {
      const { model } = await trainSmallModel(directory);
      const store = await writeSmallStore(directory, "small.zarr");
      const disk = join(directory, "disk");
      await Deno.mkdir(disk);
      const large = join(directory, "large.zarr");
      const generated = await runTask(
        "generate",
        "darcy",
        "--count",
        "40",
        "--resolution",
        "65",
        "--out",
        large,
      );
      assert.equal(generated.code, 0, generated.error);
      const commands: {
        readonly [what: string]: readonly [blocks: number, args: readonly string[], left: RegExp];
      } = {
        generate: [100, [
          "generate",
          "darcy",
          "--count",
          "60",
          "--resolution",
          "65",
          "--out",
          `${disk}/d.zarr`,
        ], /^$/],
        // The checkpoint would take four blocks, the model takes two; the rest is for what is
        // written first, such as the log.
        "pipeline, for its checkpoint and its predictions": [
          5,
          ["pipeline", "darcy", ...smallFlags(store, `${disk}/out`)],
          // The measurements of the report do not need the predictions on the disk: they may be
          // whole before.
          /^out\nout\/checkpoints\nout\/log.jsonl\nout\/model\.s.*\nout\/pipeline\.json\n(out\/report\.json\n)?$/,
        ],
        predict: [16, [
          "predict",
          model,
          large,
          "--split",
          "train",
          "--device",
          "cpu",
          "--out",
          `${disk}/p.zarr`,
        ], /^$/],
      };
      for (const [what, [blocks, args, left]] of Object.entries(commands)) {
        await t.step(what, async () => {
          const { left: names, error, ...outcome } = await runOnSmallDisk(disk, blocks, args);
          // Groups of a small cover may not be joined.
          const isOfGraph = (line: string) => line.startsWith("warning: The graph of sample");
          const lines = error.split("\n").filter((line) => !isOfGraph(line));
          const all = lines.filter((line) => line.startsWith("warning: "));
          // The log may be too long for what is left, or not.
          const isOfLog = (line: string) => /^warning: Cannot write the log: .*log$/.test(line);
          const warnings = all.filter((line) => !isOfLog(line));
          assertMistake(
            { ...outcome, error: lines.filter((line) => !all.includes(line)).join("\n") },
            /^error: .*annot write ".*": the disk is full; free some space; nothing was written$/,
          );
          assert.equal(warnings.length, what.startsWith("pipeline") ? 1 : 0, error);
          for (const warning of warnings) {
            assert.match(
              warning,
              /^warning: Cannot write ".*model-0+5\.s.*": the disk is full; .* a checkpoint$/,
            );
          }
          assert.match(names, left);
        });
      }
    });
  },
});

/** Whether this process may mount a file system of its own. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  try {
    const directory = await Deno.makeTempDir();
    const { success } = await new Deno.Command("unshare", {
      args: ["-m", "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", directory],
      stdout: "null",
      stderr: "null",
    }).output();
    await Deno.remove(directory);
    return success;
  } catch {
    return false;
  }
}

/**
 * Runs a script with a `disk` of n blocks of 4 KiB.
 *
 * @returns Its outcome and the files left on the disk, a path per line
 */
async function runOnSmallDisk(
  disk: string,
  blocks: number,
  [script, ...args]: readonly string[],
): Promise<Outcome & { readonly left: string }> {
  const list = join(disk, "..", "left.txt");
  const shell = `mount -t tmpfs -o nr_blocks=${blocks} tmpfs "$1" && shift && "$@"; code=$?; ` +
    `cd "${disk}" && find . -mindepth 1 -maxdepth 2 | sort | sed 's|^./||' > "${list}"; exit $code`;
  const url = new URL(`../../scripts/${script}.ts`, import.meta.url).href;
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: [
      "-m",
      "sh",
      "-c",
      shell,
      "sh",
      disk,
      Deno.execPath(),
      "run",
      "-A",
      "--no-check",
      url,
      ...args,
    ],
    env: { NO_COLOR: "1", HALOFLOW_NO_CACHE: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    out: decoder.decode(stdout),
    error: decoder.decode(stderr),
    left: await Deno.readTextFile(list),
  };
}
