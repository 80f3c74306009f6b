// Moments of the edge convolution on the CPU; see moment.ts for what each function computes.

import { packPanels, packRows, packTransposed, panelBytes } from "../cpu/panels.wasm";
import { multiplyColumns, multiplyRows, storeTile, TILE_COLUMNS, TILE_ROWS } from "../cpu/tile.wasm";
import { addRow } from "../cpu/vectors.wasm";

/** Edges gathered at once, so that the panels of a hub fit the cache. */
const EDGE_BLOCK: usize = 256;

export function momentScratch(receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize): usize {
  return panelBytes(EDGE_BLOCK, width);
}

export function moment(
  offsets: usize, senders: usize, hidden: usize, latent: usize, moments: usize,
  receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize, scratch: usize,
): void {
  const momentBytes = (hiddenWidth + 1) * width * 4;
  for (let r: usize = 0; r < receivers; r++, moments += momentBytes) {
    const start = <usize> load<u32>(offsets + r * 4) - firstEdge;
    const end = <usize> load<u32>(offsets + r * 4, 4) - firstEdge;
    memory.fill(moments, 0, start == end ? momentBytes : 0);
    const scale = <f32> 1 / <f32> (end - start);
    for (let edge = start; edge < end; edge += EDGE_BLOCK) {
      const count = min(EDGE_BLOCK, end - edge);
      packRows(latent, senders + edge * 4, count, width, scale, scratch);
      addBlock(hidden + edge * hiddenWidth * 4, scratch, moments, count, hiddenWidth, width, edge > start);
    }
  }
}

/** Adds the products of `count` edges to a moment; `panels` holds their latents, scaled. */
function addBlock(
  hidden: usize, panels: usize, moments: usize, count: usize, hiddenWidth: usize, width: usize, accumulate: bool,
): void {
  const stride = width * 4;
  for (let c: usize = 0; c < hiddenWidth; c += TILE_ROWS) {
    for (let f: usize = 0; f < width; f += TILE_COLUMNS) {
      multiplyColumns(hidden + c * 4, hiddenWidth * 4, panels + f * count * 4, count);
      storeTile(
        moments + c * stride + f * 4, stride, min(TILE_ROWS, hiddenWidth - c), min(TILE_COLUMNS, width - f),
        0, 0, false, accumulate,
      );
    }
  }
  for (let f: usize = 0; f < width; f += TILE_COLUMNS) {
    sumPanel(
      panels + f * count * 4, count, moments + hiddenWidth * stride + f * 4, min(TILE_COLUMNS, width - f), accumulate,
    );
  }
}

/** Sums the rows of a panel into `sums`. */
function sumPanel(panel: usize, rows: usize, sums: usize, columns: usize, accumulate: bool): void {
  let left = f32x4.splat(0), right = left;
  for (let row: usize = 0; row < rows; row++, panel += 32) {
    left = f32x4.add(left, v128.load(panel));
    right = f32x4.add(right, v128.load(panel, 16));
  }
  // The panel is read: its last row takes the sums, so that any number of columns can be moved on.
  v128.store(panel - 32, left);
  v128.store(panel - 32, right, 16);
  if (accumulate) addRow(panel - 32, sums, columns);
  else memory.copy(sums, panel - 32, columns * 4);
}

export function momentBackwardScratch(receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize): usize {
  return panelBytes(width, hiddenWidth) + panelBytes(hiddenWidth + 1, width);
}

export function momentBackward(
  offsets: usize, senders: usize, hidden: usize, latent: usize, momentGradient: usize, hiddenGradient: usize,
  messageGradient: usize, receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize, scratch: usize,
): void {
  const panels = scratch + panelBytes(width, hiddenWidth);
  for (let r: usize = 0; r < receivers; r++, momentGradient += (hiddenWidth + 1) * width * 4) {
    const start = <usize> load<u32>(offsets + r * 4) - firstEdge;
    const end = <usize> load<u32>(offsets + r * 4, 4) - firstEdge;
    if (start == end) continue;
    const scale = <f32> 1 / <f32> (end - start);
    packTransposed(momentGradient, hiddenWidth, width, scale, scratch);
    packPanels(momentGradient, hiddenWidth + 1, width, scale, panels);
    for (let edge = start; edge < end; edge += TILE_ROWS) {
      const count = min(TILE_ROWS, end - edge);
      const hiddenAt = edge * hiddenWidth * 4;
      backwardHidden(
        senders + edge * 4, latent, scratch, hidden + hiddenAt, hiddenGradient + hiddenAt, count, hiddenWidth, width,
      );
      backwardMessage(hidden + hiddenAt, panels, messageGradient + edge * width * 4, count, hiddenWidth, width);
    }
  }
}

/** `hiddenGradient[e, c] = sum over f of latent[senders[e], f] · momentGradient[c, f]` where `hidden > 0`. */
function backwardHidden(
  senders: usize, latent: usize, panels: usize, hidden: usize, hiddenGradient: usize, count: usize,
  hiddenWidth: usize, width: usize,
): void {
  const last = count - 1, stride = hiddenWidth * 4;
  const row0 = latent + senderOf(senders, 0) * width * 4;
  const row1 = latent + senderOf(senders, min<usize>(1, last)) * width * 4;
  const row2 = latent + senderOf(senders, min<usize>(2, last)) * width * 4;
  const row3 = latent + senderOf(senders, min<usize>(3, last)) * width * 4;
  const row4 = latent + senderOf(senders, min<usize>(4, last)) * width * 4;
  const row5 = latent + senderOf(senders, min<usize>(5, last)) * width * 4;
  for (let c: usize = 0; c < hiddenWidth; c += TILE_COLUMNS) {
    multiplyRows(row0, row1, row2, row3, row4, row5, panels + c * width * 4, width);
    storeTile(
      hiddenGradient + c * 4, stride, count, min(TILE_COLUMNS, hiddenWidth - c), 0, hidden + c * 4, false, false,
    );
  }
}

// @ts-ignore: decorator
@inline
function senderOf(senders: usize, edge: usize): usize {
  return <usize> load<u32>(senders + edge * 4);
}

/** `messageGradient[e, f] = momentGradient[hiddenWidth, f] + sum over c of hidden[e, c] · momentGradient[c, f]`. */
function backwardMessage(
  hidden: usize, panels: usize, messageGradient: usize, count: usize, hiddenWidth: usize, width: usize,
): void {
  const last = count - 1, stride = hiddenWidth * 4;
  const row1 = hidden + min<usize>(1, last) * stride, row2 = hidden + min<usize>(2, last) * stride;
  const row3 = hidden + min<usize>(3, last) * stride, row4 = hidden + min<usize>(4, last) * stride;
  const row5 = hidden + min<usize>(5, last) * stride;
  for (let f: usize = 0; f < width; f += TILE_COLUMNS) {
    const panel = panels + f * (hiddenWidth + 1) * 4;
    multiplyRows(hidden, row1, row2, row3, row4, row5, panel, hiddenWidth);
    storeTile(
      messageGradient + f * 4, width * 4, count, min(TILE_COLUMNS, width - f), panel + hiddenWidth * 32, 0, false, false,
    );
  }
}
