import assert from "node:assert/strict";
import { join } from "node:path";
import { claimDirectory } from "../../../pipeline/run/run_directory.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const SPEC = { name: "mine", stages: { meshes: { run: "load" } } };

const ASIDE = "earlier-1a2b.partial";

/** Results of an earlier run, in the order in which they are set aside. */
const EARLIER = ["metrics.json", "model.safetensors", "report.html", "pipeline.json"];

/** The text of each file in a directory, by its path. */
async function textsIn(directory: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = join(directory, name);
    if (!isDirectory) texts[name] = await Deno.readTextFile(path);
    else {
      for (const [inner, text] of Object.entries(await textsIn(path))) {
        texts[join(name, inner)] = text;
      }
    }
  }
  return texts;
}

/** Earlier results in the directory and aside, and results of an unfinished run. */
type Moment = [back: readonly string[], aside: readonly string[], unfinished?: readonly string[]];

/** Writes the files of a moment. */
async function writeMoment(
  directory: string,
  [back, aside, unfinished = []]: Moment,
): Promise<void> {
  await Deno.mkdir(join(directory, ASIDE), { recursive: true });
  for (const name of back) await Deno.writeTextFile(join(directory, name), `earlier ${name}`);
  for (const name of aside) {
    await Deno.writeTextFile(join(directory, ASIDE, name), `earlier ${name}`);
  }
  for (const name of unfinished) {
    await Deno.writeTextFile(join(directory, name), `unfinished ${name}`);
  }
}

/** The moments at which a process may be killed while it sets results aside or restores them. */
function* killedMoments(): Generator<Moment> {
  for (let moved = 0; moved <= EARLIER.length; moved++) {
    yield [EARLIER.slice(moved), EARLIER.slice(0, moved)];
  }
  yield [[], EARLIER, ["pipeline.json"]];
  yield [[], EARLIER, ["pipeline.json", "model.safetensors", "second.safetensors"]];
  // The pipeline comes back first, after all unfinished results are removed.
  const back = EARLIER.toReversed();
  for (let moved = 1; moved <= back.length; moved++) {
    yield [back.slice(0, moved), back.slice(moved)];
  }
}

Deno.test(
  "claimDirectory() restores earlier results that a killed process was replacing",
  async () => {
    const expected = Object.fromEntries(EARLIER.map((name) => [name, `earlier ${name}`]));
    let moments = 0;
    for (const moment of killedMoments()) {
      await inTemporaryDirectory(async (directory) => {
        await writeMoment(directory, moment);
        const claim = await claimDirectory(directory, SPEC, { overwrite: true });
        assert.deepEqual(
          Object.keys(await textsIn(directory)).filter((path) => !path.startsWith("earlier-"))
            .sort(),
          ["checkpoints/lock", "checkpoints/pipeline.json", "pipeline.json"],
        );
        await claim.restore();
        assert.deepEqual(await textsIn(directory), expected, JSON.stringify(moment));
      });
      moments++;
    }
    assert.equal(moments, 5 + 2 + 4);
  },
);

Deno.test("claimDirectory() removes partial results and nothing else", () =>
  inTemporaryDirectory(async (directory) => {
    const names = [
      "metrics.json.1.partial",
      "second.safetensors.2.partial",
      "notes.partial",
      "losses.csv",
    ];
    for (const name of names) await Deno.writeTextFile(join(directory, name), "");
    const claim = await claimDirectory(directory, SPEC, { overwrite: true });
    await claim.release();
    assert.deepEqual(Object.keys(await textsIn(directory)).sort(), [
      "losses.csv",
      "notes.partial",
      "pipeline.json",
    ]);
  }));

Deno.test("claimDirectory() retains the log of an unfinished run next to its checkpoints", () =>
  inTemporaryDirectory(async (directory) => {
    const log = join(directory, "log.jsonl");
    const checkpoint = join(directory, "checkpoints", "model-00000003.safetensors");
    await Deno.writeTextFile(log, "earlier");
    await Deno.writeTextFile(join(directory, "model.safetensors"), "earlier");
    await Deno.writeTextFile(join(directory, "pipeline.json"), JSON.stringify(SPEC, null, 2));
    const failed = await claimDirectory(directory, SPEC, { overwrite: false });
    await Deno.writeTextFile(log, "unfinished");
    await Deno.writeTextFile(checkpoint, "");
    await failed.restore();
    assert.equal(await Deno.readTextFile(log), "earlier");

    const killed = await claimDirectory(directory, SPEC, { overwrite: false, resumes: true });
    assert.equal(await Deno.readTextFile(log), "unfinished");
    await killed.restore();
    const resumed = await claimDirectory(directory, SPEC, { overwrite: false, resumes: true });
    assert.equal(await Deno.readTextFile(log), "unfinished");
    await resumed.release();
    assert.deepEqual(await textsIn(directory), {
      "log.jsonl": "unfinished",
      "pipeline.json": JSON.stringify(SPEC, undefined, 2),
    });
  }));
