import assert from "node:assert/strict";
import {
  packError,
  printableText,
  unpackError,
} from "../../../../pipeline/engine/workers/plain_error.ts";

Deno.test("unpackError() restores the name, message, stack and causes of an error", () => {
  const error = new TypeError("outer", { cause: new RangeError("inner") });
  const restored = unpackError(structuredClone(packError(error)));
  assert.deepEqual(
    [restored.name, restored.message, restored.stack],
    [error.name, error.message, error.stack],
  );
  assert.ok(restored.cause instanceof Error);
  assert.deepEqual([restored.cause.name, restored.cause.message], ["RangeError", "inner"]);
});

/** A value whose every property throws. */
const REFUSING = new Proxy(new Error("refuses"), {
  get() {
    throw new Error("no property");
  },
  getPrototypeOf() {
    throw new Error("no prototype");
  },
});

function circularError(): Error {
  const error = new Error("circular");
  error.cause = new Error("between", { cause: error });
  return error;
}

function errorWithGetters(): Error {
  const refuse = () => {
    throw new Error("no getter");
  };
  const names = ["name", "message", "stack", "cause"];
  return Object.defineProperties(
    new Error("hidden"),
    Object.fromEntries(names.map((name) => [name, { get: refuse }])),
  );
}

Deno.test("packError() accepts any thrown value, and keeps its message", () => {
  const cases: [thrown: unknown, message: RegExp][] = [
    ["just a text", /^just a text$/],
    [undefined, /^undefined$/],
    [null, /^null$/],
    [Symbol("mark"), /^Symbol\(mark\)$/],
    [17n, /^17$/],
    [{ message: "like an error" }, /^like an error$/],
    [Object.create(null), /^a value of type object without a text$/],
    [REFUSING, /^a value of type object without a text$/],
    [circularError(), /^circular$/],
    [errorWithGetters(), /^its message is not a text or cannot be read$/],
    [Object.assign(new Error(""), { message: Symbol("mark") }), /^its message is not a text/],
  ];
  for (const [thrown, message] of cases) {
    assert.match(unpackError(structuredClone(packError(thrown))).message, message);
  }
});

Deno.test("packError() bounds messages, stacks and chains of causes", () => {
  let deep = new Error("x".repeat(1_000_000));
  for (let k = 0; k < 10_000; k++) deep = new Error(`outer ${k}`, { cause: deep });
  const packed = packError(deep);
  assert.ok(JSON.stringify(packed).length < 200_000);
  assert.equal(packed.cause?.cause?.message, "outer 9997");
  const { message } = packError(new Error("x".repeat(1_000_000)));
  assert.match(message, /^x{10000}… \(990000 more characters\)$/);
});

Deno.test("printableText() escapes the control codes of terminals, but no tabs or lines", () => {
  const text = "\x1b[2J\x9b1m\x07a\rb\r\nc\td\u202e";
  assert.equal(printableText(text), "\\x1b[2J\\x9b1m\\x07a\\x0db\r\nc\td\\u202e");
});
