import assert from "node:assert/strict";
import {
  type BuiltInOptions,
  type BuiltInStageSpec,
  type CustomStageSpec,
  definePipeline,
} from "../../../pipeline/stages/built_in_pipeline.ts";

/** Compiles only for a type that is `true`. */
function holds<_Holds extends true>(): void {}

type Not<T extends boolean> = T extends true ? false : true;

/** Whether a stage of a pipeline with the stage `meshes` type-checks. */
type Accepts<Spec> = Spec extends BuiltInStageSpec<"meshes"> | CustomStageSpec<"meshes"> ? true
  : false;

/** Whether a built-in stage has an option. */
type Has<Run extends keyof BuiltInOptions, Option extends string> = Option extends
  keyof BuiltInOptions[Run] ? true : false;

Deno.test("definePipeline() types the options of a built-in stage by its run", () => {
  holds<Accepts<{ run: "load"; with: { store: string; split: "train"; limit: 3 } }>>();
  holds<Accepts<{ run: "train"; from: ["meshes"]; ranks: 2; with: { hops: 4; device: "cpu" } }>>();
  holds<Accepts<{ run: "train"; with: { kernelHidden: readonly [32, 32] } }>>();
  holds<Accepts<{ run: "statistics"; from: "meshes" }>>();
  // The compiler reports a name that is not among these where it is written.
  holds<Has<"sample", "maxEdges">>();
  holds<Not<Has<"sample", "maxEgdes">>>();
  holds<Not<Has<"load", "hops">>>();
});

Deno.test("definePipeline() refuses wrong types, missing options and unknown stages", () => {
  holds<Not<Accepts<{ run: "load"; with: { store: 3 } }>>>();
  holds<Not<Accepts<{ run: "load"; with: { split: "train" } }>>>();
  holds<Not<Accepts<{ run: "load" }>>>();
  holds<Not<Accepts<{ run: "train"; with: { device: "gpu" } }>>>();
  holds<Not<Accepts<{ run: "train"; with: { wdith: 8 } }>>>();
  holds<Not<Accepts<{ run: "laod"; with: { store: string } }>>>();
  holds<Not<Accepts<{ run: "statistics"; from: "mehses" }>>>();
  holds<Not<Accepts<{ run: "statistics"; ranks: "2" }>>>();
});

Deno.test("definePipeline() accepts any options of a custom stage", () => {
  holds<Accepts<{ run: "./my_stage.ts"; from: "meshes"; with: { anything: 1 } }>>();
  holds<Accepts<{ run: "https://example.org/stage.js" }>>();
  holds<Not<Accepts<{ run: "./my_stage.ts"; ranks: "2" }>>>();
  // A run that is computed may be any text.
  const run: string = import.meta.resolve("./record_model.ts");
  const { stages } = definePipeline({
    name: "custom",
    stages: {
      meshes: { run: "load", with: { store: "data/mine.zarr" } },
      own: { run, from: "meshes", with: { anything: [1, "two"] } },
      more: { run: "./more.ts", from: ["meshes", "own"] },
    },
  });
  assert.deepEqual(stages.own, { run, from: "meshes", with: { anything: [1, "two"] } });
});

Deno.test("the module of definePipeline() loads no stage", async () => {
  const url = new URL("../../../pipeline/stages/built_in_pipeline.ts", import.meta.url);
  const imports = (await Deno.readTextFile(url)).match(/^import\b.*$/gm) ?? [];
  assert.ok(imports.length > 10);
  assert.deepEqual(imports.filter((line) => !line.startsWith("import type ")), []);
});
