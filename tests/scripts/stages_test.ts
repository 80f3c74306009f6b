import assert from "node:assert/strict";
import { builtInStages } from "../../scripts/reference/built_in_stages.ts";
import { optionRows } from "../../scripts/reference/option_rows.ts";
import { stagesPage } from "../../scripts/reference/stages_page.ts";
import { assertMistake, runTask } from "./run_script.ts";

const stages = await builtInStages();

Deno.test("docs/stages.md is what `deno task stages --markdown` prints", async () => {
  assert.equal(await Deno.readTextFile("docs/stages.md"), stagesPage(stages));
});

Deno.test("every option and every column of a built-in stage has a meaning", () => {
  for (const stage of stages) {
    for (const { name, meaning } of optionRows(stage)) {
      assert.match(meaning, /^[A-Z].*\.$/, `option ${name} of ${stage.name}`);
    }
    for (const schema of [...stage.inputs, ...(stage.output ? [stage.output] : [])]) {
      for (const [column, type] of Object.entries(schema.columns)) {
        const { shape, meaning = "" } = schema.documentation?.columns[column] ?? {};
        assert.match(meaning, /^.*\.$/, `column ${column} of ${schema.name}`);
        assert.equal(shape !== undefined, typeof type !== "string", `${schema.name}.${column}`);
      }
    }
  }
});

Deno.test("optionRows() gives type, range, unit and default, inside objects and lists too", () => {
  const rows = (stage: string) => optionRows(stages.find(({ name }) => name === stage)!);
  const row = (stage: string, option: string) => rows(stage).find(({ name }) => name === option)!;
  assert.deepEqual({ ...row("partition", "balance.nodeCost"), meaning: "" }, {
    name: "balance.nodeCost",
    type: "number",
    range: ">= 0",
    unit: "edges",
    default: "10",
    absent: undefined,
    meaning: "",
  });
  assert.equal(row("sample", "nodes").type, 'integer | "all"');
  assert.equal(row("load", "more[].split").default, '"train"');
  assert.equal(row("load", "limit").absent, "all samples");
  assert.equal(row("train", "kernelHidden").range, "at least 1 value, each 1 to 65536");
  assert.equal(row("train", "warmup").range, "0 to 1");
  assert.equal(row("train", "clipNorm").range, "> 0");
  assert.equal(row("train", "checkpoint.every.seconds").unit, "s");
});

Deno.test("stages lists the built-in stages and describes one", async () => {
  const list = await runTask("stages");
  const sample = await runTask("stages", "sample");
  for (const { name } of stages) assert.match(list.out, new RegExp(`^${name} `, "m"));
  assert.match(sample.out, /^ {2}maxEdges: integer; >= 1; default: 64\n {6}Largest number of/m);
  assert.match(sample.out, /^ {2}input: list of float32 \[interior \+ ghost, I\]\n/m);
  for (const { out } of [list, sample]) {
    assert.ok(out.split("\n").every(({ length }) => length <= 80));
  }
});

Deno.test("stages suggests the name of a misspelt stage", async () => {
  assertMistake(await runTask("stages", "smaple"), /"smaple": .*did you mean "sample"\?$/);
});
