import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePng } from "./decode_png.ts";
import { encodePng, pngDataUri } from "../../../../pipeline/reporting/maps/png.ts";

Deno.test("encodePng() writes what a decoder reads back, pixel by pixel", () => {
  const image = fc.record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
  })
    .chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        height: fc.constant(height),
        pixels: fc.uint8Array({ minLength: width * height, maxLength: width * height }),
        palette: fc.uint8Array({ minLength: 768, maxLength: 768 }),
        transparent: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
      })
    );
  fc.assert(
    fc.property(
      image,
      (original) => assert.deepEqual(decodePng(encodePng(original)), { ...original }),
    ),
  );
});

Deno.test("encodePng() rejects pixels that do not fit the size or the palette", () => {
  const palette = Uint8Array.of(0, 0, 0, 255, 255, 255);
  const image = { width: 2, height: 1, pixels: Uint8Array.of(0, 1), palette };
  assert.ok(encodePng(image).length > 0);
  assert.throws(() => encodePng({ ...image, height: 2 }), /received 2 for 2 × 2/);
  assert.throws(() => encodePng({ ...image, width: 0, pixels: new Uint8Array() }), RangeError);
  assert.throws(
    () => encodePng({ ...image, pixels: Uint8Array.of(0, 2) }),
    /index 2 of 2 colours/,
  );
  assert.throws(() => encodePng({ ...image, transparent: 7 }), /index 7 of 2 colours/);
});

Deno.test("pngDataUri() holds the same file in base64", () => {
  const image = { width: 1, height: 1, pixels: Uint8Array.of(0), palette: Uint8Array.of(1, 2, 3) };
  const [head, body] = pngDataUri(image).split(",");
  assert.equal(head, "data:image/png;base64");
  assert.deepEqual(Uint8Array.fromBase64(body), encodePng(image));
});
