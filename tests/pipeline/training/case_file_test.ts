import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeSafetensors } from "../../../io/safetensors.ts";
import { ParameterLayout } from "../../../pipeline/model/parameters.ts";
import { readCaseFile } from "../../../pipeline/training/case_file.ts";
import { CASE_NAMES, casePath } from "../../support/case_files.ts";
import {
  type Editable,
  edited,
  withElement,
  withHeaderText,
  withShape,
} from "../../support/damaged_files.ts";
import { inTemporaryDirectory } from "../../support/temporary_directory.ts";

const TINY = casePath("tiny");

/**
 * Asserts that reading `bytes` fails with one DataError that names the file and matches `message`.
 */
async function assertRefused(bytes: Uint8Array, message: RegExp): Promise<void> {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "damaged.safetensors");
    await Deno.writeFile(path, bytes);
    await assert.rejects(readCaseFile(path), (error: Error) => {
      assert.equal(error.name, "DataError", error.stack);
      assert.ok(error.message.includes(path), error.message);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"), `one line: ${error.message}`);
      return true;
    });
  });
}

async function assertEditRefused(edit: (file: Editable) => void, message: RegExp): Promise<void> {
  await assertRefused(await edited(TINY, edit), message);
}

Deno.test("readCaseFile() reads every case", async () => {
  for (const name of CASE_NAMES) {
    const { config, nodeCount, dimensions, senders, receivers, expected, ...file } =
      await readCaseFile(
        casePath(name),
      );
    assert.deepEqual(
      [file.position, file.input, file.target, file.counted, file.parameters].map(({ length }) =>
        length
      ),
      [
        nodeCount * dimensions,
        nodeCount * config.inputs,
        nodeCount * config.outputs,
        nodeCount,
        new ParameterLayout(config).length,
      ],
    );
    assert.equal(senders.length, receivers.length);
    assert.equal(expected?.losses.length, file.adam.steps);
  }
});

Deno.test(
  "readCaseFile() preserves the order of the edges, and reads flags and numbers of other integer " +
    "types",
  async () => {
    const { senders, receivers, counted } = await readCaseFile(TINY);
    await inTemporaryDirectory(async (directory) => {
      const path = join(directory, "reversed.safetensors");
      await Deno.writeFile(
        path,
        await edited(TINY, ({ tensors }) => {
          for (const name of ["graph/senders", "graph/receivers"]) {
            tensors[name] = {
              ...tensors[name],
              dtype: "U32",
              data: Uint32Array.from(tensors[name].data).reverse(),
            };
          }
          const flags = tensors["graph/counted"];
          tensors["graph/counted"] = { ...flags, dtype: "BOOL", data: Uint8Array.from(flags.data) };
        }),
      );
      const reversed = await readCaseFile(path);
      assert.deepEqual(reversed.senders, senders.slice().reverse());
      assert.deepEqual(reversed.receivers, receivers.slice().reverse());
      assert.deepEqual(reversed.counted, counted);
    });
  },
);

Deno.test("readCaseFile() reads a case without expected numbers", async () => {
  await inTemporaryDirectory(async (directory) => {
    const path = join(directory, "open.safetensors");
    await Deno.writeFile(
      path,
      await edited(TINY, ({ tensors }) => {
        for (const name of Object.keys(tensors)) {
          if (name.startsWith("expected/")) delete tensors[name];
        }
      }),
    );
    assert.equal((await readCaseFile(path)).expected, undefined);
  });
});

Deno.test(
  "readCaseFile() refuses a file that is missing, empty, truncated, or longer than its " +
    "tensors",
  async () => {
    await assert.rejects(readCaseFile("not/there.safetensors"), {
      name: "DataError",
      message: /not\/there/,
    });
    const bytes = await Deno.readFile(TINY);
    const headerEnd = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    for (const length of [0, 7, 8, 100, headerEnd - 1, headerEnd, bytes.length - 1]) {
      await assertRefused(bytes.slice(0, length), /cut short|too short|not JSON/);
    }
    await assertRefused(Uint8Array.of(...bytes, 0), /1 bytes at its end belong to no tensor/);
    await assertRefused(
      new TextEncoder().encode("this is no safetensors file, but a text"),
      /may not be/,
    );
  },
);

Deno.test(
  "readCaseFile() refuses a tensor whose shape or place does not fit its bytes, " + "and names it",
  async () => {
    await assertRefused(
      await withHeaderText(TINY, '"shape": [5, 2]', '"shape": [9, 2]'),
      /"graph\/position".*\b40\b/,
    );
    await assertRefused(
      await withHeaderText(TINY, '"data_offsets": [0, 40]', '"data_offsets": [4, 44]'),
      /tensor "graph\//,
    );
    await assertRefused(
      await withHeaderText(TINY, '"dtype": "F32"', '"dtype": "F99"'),
      /"graph\/position".*"F99"/,
    );
  },
);

Deno.test(
  "readCaseFile() names the tensor that is missing, unknown, of another shape or of another " +
    "type",
  async () => {
    await assertEditRefused(
      ({ tensors }) => delete tensors["graph/input"],
      /no tensor "graph\/input"/,
    );
    await assertEditRefused(
      ({ tensors }) => delete tensors["parameters/hop.bias"],
      /"hop.bias" \[4\] is missing/,
    );
    await assertEditRefused(
      ({ tensors }) => delete tensors["expected/gradient/hop.bias"],
      /expected\/gradient.*"hop.bias"/,
    );
    await assertEditRefused(
      ({ tensors }) => delete tensors["expected/losses"],
      /no tensor "expected\/losses"/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors["parameters/hop.bais"] = tensors["parameters/hop.bias"],
      /"hop.bais".* did you mean "hop.bias"\?/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors["graph/input"] = withShape(tensors["graph/input"], [3, 5]),
      /"graph\/input" must be \[5, 3\], it is \[3, 5\]/,
    );
    await assertEditRefused(
      ({ tensors }) => tensors["graph/target"] = withShape(tensors["graph/target"], [5]),
      /"graph\/target" must be \[5, 1\], it is \[5\]/,
    );
    await assertEditRefused(
      ({ tensors }) =>
        tensors["expected/after/hop.bias"] = withShape(tensors["expected/after/hop.bias"], [2, 2]),
      /expected\/after.*"hop.bias" must be \[4\].* received \[2, 2\]/,
    );
    await assertEditRefused(
      ({ tensors }) =>
        tensors["graph/input"] = {
          ...tensors["graph/input"],
          dtype: "F64",
          data: new Float64Array(15),
        },
      /"graph\/input" must be F32, it is F64/,
    );
  },
);

Deno.test("readCaseFile() names a number that is not finite, and where it is", async () => {
  const names = [
    "graph/position",
    "graph/input",
    "graph/target",
    "parameters/hop.bias",
    "expected/prediction",
  ];
  for (const name of [...names, "expected/loss", "expected/gradient/hop.bias", "expected/losses"]) {
    for (const value of [NaN, Infinity]) {
      await assertEditRefused(
        ({ tensors }) => tensors[name] = withElement(tensors[name], 0, value),
        new RegExp(`"${name}" must be finite, element 0 is ${value}`),
      );
    }
  }
});

Deno.test(
  "readCaseFile() names an edge of an unknown node, and edges without a " + "receiver",
  async () => {
    for (const name of ["graph/senders", "graph/receivers"]) {
      for (const node of [5, -1]) {
        await assertEditRefused(
          ({ tensors }) => tensors[name] = withElement(tensors[name], 2, node),
          new RegExp(`"${name}" must be node numbers below 5, edge 2 has ${node}`),
        );
      }
    }
    await assertEditRefused(({ tensors }) => {
      const { dtype, data } = tensors["graph/senders"];
      tensors["graph/senders"] = { dtype, shape: [data.length - 1], data: data.slice(1) };
    }, /\d+ senders and \d+ receivers/);
    await assertEditRefused(
      ({ tensors }) => tensors["graph/counted"] = withElement(tensors["graph/counted"], 1, 2),
      /"graph\/counted" must be 0 or 1, element 1 is 2/,
    );
  },
);

Deno.test(
  "readCaseFile() refuses another format, and options that are missing, unknown or out of " +
    "range",
  async () => {
    await assertEditRefused(
      ({ metadata }) => metadata.format = "dsmpnn-case/2",
      /must be dsmpnn-case\/1, it is dsmpnn-case\/2/,
    );
    await assertEditRefused(({ metadata }) => delete metadata.format, /it is missing/);
    await assertEditRefused(({ metadata }) => delete metadata.config, /no "config"/);
    await assertEditRefused(({ metadata }) => metadata.config = "{", /"config" is not JSON/);
    const change = (key: string, changes: Record<string, unknown>) => ({ metadata }: Editable) =>
      metadata[key] = JSON.stringify({ ...JSON.parse(metadata[key]), ...changes });
    await assertEditRefused(change("config", { hops: 0 }), /hops: /);
    await assertEditRefused(change("config", { network: "mlp" }), /network: /);
    await assertEditRefused(change("config", { dropout: 0.5 }), /dropout/);
    await assertEditRefused(change("adam", { beta1: 1 }), /beta1/);
    await assertEditRefused(change("adam", { momentum: 1 }), /momentum/);
    await assertEditRefused(
      ({ metadata }) => metadata.optimizer = "sgd",
      /optimizer must be adam or muon, it is "sgd"/,
    );
    await assertEditRefused(
      change("adam", { steps: 7 }),
      /"expected\/losses" must be \[7\], it is \[5\]/,
    );
    // A network of 2^48 parameters: no memory is allocated before the tensors are checked.
    await assertEditRefused(
      change("config", { width: 65_536, kernelHidden: [65_536] }),
      /"encoder.1.weight" must be/,
    );
  },
);

Deno.test(
  "readCaseFile() refuses a graph without nodes or with more than three " + "dimensions",
  async () => {
    const position = (shape: readonly number[]) => ({ tensors }: Editable) => {
      const length = shape.reduce((product, extent) => product * extent, 1);
      tensors["graph/position"] = { dtype: "F32", shape, data: new Float32Array(length) };
    };
    await assertEditRefused(
      position([0, 2]),
      /at least one node in 1 to 3 dimensions, graph\/position is \[0, 2\]/,
    );
    await assertEditRefused(position([5, 4]), /in 1 to 3 dimensions/);
    await assertEditRefused(position([5, 0]), /in 1 to 3 dimensions/);
    await assertRefused(encodeSafetensors({}, {}), /must be dsmpnn-case\/1/);
  },
);
