import assert from "node:assert/strict";
import { UserError } from "../../../../errors.ts";
import { plannedList, plannedYaml } from "./planned_batch.ts";

/** The lines of the error of a batch, without the first. */
async function problemsOf(work: Promise<unknown>): Promise<readonly string[]> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof UserError, String(error));
  const [first, ...lines] = error.message.split("\n");
  assert.match(first, /^Cannot run the jobs of "jobs\.(yaml|ts)"/);
  return lines;
}

/** A faulty text, with the place at the start of its only problem and a pattern for the rest. */
type Mistake = readonly [text: string, place: string, message: RegExp];

const START = "jobs:\n  - name: a\n    preset: darcy\n";

const MISTAKES: Readonly<Record<string, Mistake>> = {
  "text that is not YAML": [
    "jobs:\n  - name: a\n   preset: darcy\n",
    "3:1",
    /^Cannot read YAML: .*/,
  ],
  "a key twice": [
    `${START}    seed: 1\n    seed: 2\n`,
    "5:5",
    /^Cannot read YAML: map keys must be unique$/,
  ],
  "an unknown key on top": [
    `job: []\n${START}`,
    "1:1",
    /^Cannot set job: .*, did you mean "jobs"\?$/,
  ],
  "an unknown key of a job": [
    `${START}    sed: 3\n`,
    "4:5",
    /^Cannot set jobs\.0\.sed: .*, did you mean "seed"\?$/,
  ],
  "an unknown key of the defaults": [
    `defaults: { stor: x }\n${START}`,
    "1:13",
    /^Cannot set defaults\.stor: .*, did you mean "store"\?$/,
  ],
  "no jobs": ["out: here\n", "1:1", / jobs: /],
  "an empty list": ["jobs: []\n", "1:7", /^Cannot set jobs: /],
  "a job without a name": [
    "jobs:\n  - preset: darcy\n",
    "2:5",
    / jobs\.0\.name: .* missing/,
  ],
  "a name that is not a directory": [
    "jobs:\n  - { name: ../up, preset: darcy }\n",
    "2:13",
    / jobs\.0\.name: must be letters, .* received "\.\.\/up"$/,
  ],
  "a seed that is not a number": [
    `${START}    seed: one\n`,
    "4:11",
    / jobs\.0\.seed: expected number.* received "one"$/,
  ],
  "a grid that is not a list": [
    `${START}    grid:\n      seed: 3\n`,
    "5:13",
    / jobs\.0\.grid\.seed: expected array/,
  ],
  "a value in a grid": [
    `${START}    grid:\n      seed: [0, -1]\n`,
    "5:17",
    / jobs\.0\.grid\.seed\.1: /,
  ],
  "an unknown key of a grid": [
    `${START}    grid:\n      networks: [s]\n`,
    "5:7",
    /^Cannot vary "networks": .*, did you mean "network"\?$/,
  ],
  "an unknown preset": [
    "jobs:\n  - name: a\n    preset: darci\n",
    "3:13",
    /^Cannot run preset "darci": no preset of that name, did you mean "darcy"\?$/,
  ],
  "an unknown fidelity": [
    "jobs:\n  - name: a\n    preset: airfrans\n    fidelity: middle\n",
    "4:15",
    /^Cannot run preset "airfrans" at fidelity "middle": .*low or high/,
  ],
  "an unknown network in a grid": [
    `${START}    grid:\n      network:\n        - s\n        - dcn\n`,
    "7:11",
    /^Cannot train network "dcn": no network of that name, did you mean "gcn"\?$/,
  ],
  "neither a preset nor a pipeline": [
    "jobs:\n  - name: a\n",
    "2:11",
    /must have a preset or a pipeline, but has neither$/,
  ],
  "both": [
    `${START}    pipeline: ./mine.ts\n`,
    "4:15",
    /must have a preset or a pipeline, but has both$/,
  ],
  "a missing pipeline file": [
    "jobs:\n  - name: a\n    pipeline: ./no.ts\n",
    "3:15",
    /^Cannot read pipeline "\.\/no\.ts": no such file$/,
  ],
  "a seed of a pipeline file": [
    "jobs:\n  - name: a\n    pipeline: ./mine.ts\n    seed: 3\n",
    "4:11",
    /^Cannot use seed: only presets have it, but "\.\/mine\.ts" is a file/,
  ],
  "an unknown option": [
    `${START}    set:\n      stages.model.with.hop: 3\n`,
    "5:7",
    /^Cannot set stages\.model\.with\.hop: no such option, did you mean "hops"\?$/,
  ],
  "an unknown option in a grid": [
    `${START}    grid:\n      stages.model.with.widht: [8, 16]\n`,
    "5:7",
    /^Cannot set stages\.model\.with\.widht: no such option, did you mean "width"\?$/,
  ],
  "an unknown stage in the defaults": [
    `defaults:\n  set:\n    stages.modle.with.hops: 3\n${START}`,
    "3:5",
    /^Cannot set "stages\.modle\.with\.hops=3": no stage "modle", did you mean "model"\?$/,
  ],
  "an option of the wrong type": [
    `${START}    set:\n      stages.model.with.hops: many\n`,
    "5:31",
    / stages\.model\.with\.hops: .*, received "many"$/,
  ],
  "an option of the wrong type in a grid": [
    `${START}    grid:\n      stages.model.with.hops: [2, 0]\n`,
    "5:35",
    / stages\.model\.with\.hops: .*, received 0$/,
  ],
  "two jobs of one name": [
    `${START}  - name: a\n    preset: darcy\n`,
    "4:11",
    /two jobs of the name "a": .* the other is at jobs\.yaml:2:11$/,
  ],
  "a start from an unknown job": [
    `${START}  - name: b\n    preset: darcy\n    init_from: c\n`,
    "6:16",
    /^Cannot start job "b" from "c": no model file and no job of that name, did you mean "a"\?$/,
  ],
  "a start from a later job": [
    "jobs:\n  - { name: a, preset: darcy, init_from: b }\n  - { name: b, preset: darcy }\n",
    "2:42",
    /^Cannot start job "a" from "b": that job must come earlier in the list/,
  ],
  "a start from one of many": [
    "jobs:\n  - { name: a, preset: darcy, grid: { seed: [0, 1] } }\n  - { name: b, preset: " +
    "darcy, init_from: a, seed: 2 }\n",
    "3:42",
    /^Cannot start job "b" from "a": .* "seed", but 0 of 2 have; .* a-seed0, a-seed1$/,
  ],
};

for (const [what, [text, place, message]] of Object.entries(MISTAKES)) {
  Deno.test(`readYamlBatch() and planJobs() refuse ${what}, with its line and column`, async () => {
    const lines = await problemsOf(plannedYaml(text));
    assert.equal(lines.length, 1, lines.join("\n"));
    const start = `jobs.yaml:${place}: `;
    assert.ok(lines[0].startsWith(start), lines[0]);
    assert.match(lines[0].slice(start.length), message);
  });
}

Deno.test("planJobs() reports all problems at once, in the order of the file", async () => {
  const text = [
    "defaults:",
    "  preset: darcy",
    "jobs:",
    "  - name: a",
    "    set: { stages.model.with.hopz: 2 }",
    "    grid: { seed: [0, 1, 2], network: [s, dz] }",
    "  - name: b",
    "    preset: step4d",
    "    init_from: a",
  ].join("\n");
  const lines = await problemsOf(plannedYaml(text));
  assert.deepEqual(lines.map((line) => line.split(": ")[0]), [
    "jobs.yaml:5:12",
    "jobs.yaml:6:43",
    "jobs.yaml:8:13",
  ]);
});

Deno.test("planJobs() names the job of a program that has a problem", async () => {
  const list = plannedList(
    { name: "a", preset: "darcy" },
    { name: "b", preset: "darcy", set: { "stages.model.with.hopz": 3 } },
  );
  assert.deepEqual(await problemsOf(list), [
    'jobs.ts: job 2: Cannot set stages.model.with.hopz: no such option, did you mean "hops"?',
  ]);
});
