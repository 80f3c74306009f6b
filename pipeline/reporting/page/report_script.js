"use strict";

/** Shows the selected sample. */
const select = document.querySelector("#sample");
const samples = [...document.querySelectorAll(".sample")];
function showSelected() {
  for (const [k, sample] of samples.entries()) sample.hidden = String(k) !== select.value;
}
if (select) {
  select.addEventListener("change", showSelected);
  showSelected();
}

/** Last colour of a map, and the colour outside of the mesh. */
const LAST = 254;
const OUTSIDE = 255;

/** The colour numbers of an image, row by row. */
async function decode(image) {
  const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const width = view.getUint32(16);
  const blocks = [];
  for (let at = 8; at < bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === "IDAT") blocks.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const stream = new Blob(blocks).stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(stream).arrayBuffer());
  return (x, y) => rows[y * (width + 1) + 1 + x];
}

/** A number with the digits that the colours of a range resolve. */
function format(value, range) {
  const step = range > 0 ? range / LAST : Math.abs(value) / 1e4 || 1;
  const size = Math.max(Math.abs(value), range);
  const text = size < 1e-2 || size >= 1e7
    ? value.toExponential(Math.min(12, Math.max(1, Math.ceil(Math.log10(size / step)) - 1)))
    : value.toFixed(Math.min(12, Math.max(0, Math.ceil(-Math.log10(step)))));
  return text.replaceAll("-", "\u2212");
}

function reading(figure, color) {
  if (color === OUTSIDE) return "";
  const [low, high] = figure.dataset.range.split(" ").map(Number);
  const clips = figure.dataset.clips;
  const sign = color === 0 && clips.includes("low")
    ? "\u2264 "
    : color === LAST && clips.includes("high")
    ? "\u2265 "
    : "";
  const value = high > low ? low + (high - low) * color / LAST : low;
  return sign + format(value, high - low);
}

for (const view of document.querySelectorAll(".view")) {
  const figures = [...view.querySelectorAll(".map")];
  const [left, right, bottom, top] = view.dataset.extent.split(" ").map(Number);
  const [xName, yName] = view.dataset.axes.split(" ");
  const place = view.querySelector(".place");
  const title = place.textContent;
  const marks = figures.map((figure) => {
    const mark = document.createElement("div");
    mark.className = "mark";
    mark.hidden = true;
    figure.querySelector(".map-image").append(mark);
    return mark;
  });
  let decoded;
  const show = async (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const image = event.currentTarget.querySelector("img");
    const across = Math.min(0.999999, Math.max(0, (event.clientX - box.left) / box.width));
    const down = Math.min(0.999999, Math.max(0, (event.clientY - box.top) / box.height));
    decoded ??= Promise.all(figures.map((figure) => decode(figure.querySelector("img"))));
    const colors = await decoded;
    const x = Math.floor(across * image.getAttribute("width"));
    const y = Math.floor(down * image.getAttribute("height"));
    const position = `${xName} = ${format(left + across * (right - left), right - left)}, ` +
      `${yName} = ${format(top - down * (top - bottom), top - bottom)}`;
    place.textContent = title === "" ? position : `${title}: ${position}`;
    for (const [k, figure] of figures.entries()) {
      figure.querySelector(".reading").textContent = reading(figure, colors[k](x, y));
      marks[k].hidden = false;
      marks[k].style.left = `${100 * across}%`;
      marks[k].style.top = `${100 * down}%`;
    }
  };
  const hide = () => {
    place.textContent = title;
    for (const [k, figure] of figures.entries()) {
      figure.querySelector(".reading").textContent = "";
      marks[k].hidden = true;
    }
  };
  for (const figure of figures) {
    const image = figure.querySelector(".map-image");
    image.addEventListener("pointermove", show);
    image.addEventListener("pointerdown", show);
    image.addEventListener("pointerleave", hide);
  }
}
