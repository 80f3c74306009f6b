// Moments of the edge convolution on the CPU; see moment.ts.

import { packPanels, packRows, packStrip, packTransposed, panelBytes } from "../cpu/panels.wasm";
import { multiplyTile, TILE_COLUMNS, TILE_ROWS } from "../cpu/tile.wasm";
import { addStridedRows } from "../cpu/row_sums.wasm";

/** Edges that are gathered at a time, so that the panels of a hub fit the cache. */
const EDGE_BLOCK: usize = 256;

export function momentScratch(
  receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize,
): usize {
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
    if (start == end) memory.fill(moments, 0, momentBytes);
    const scale = <f32> 1 / <f32> (end - start);
    for (let edge = start; edge < end; edge += EDGE_BLOCK) {
      const count = min(EDGE_BLOCK, end - edge);
      packRows(latent, senders + edge * 4, count, width, scale, scratch);
      addBlock(
        hidden + edge * hiddenWidth * 4, scratch, moments, count, hiddenWidth, width, edge > start,
      );
    }
  }
}

/** Adds the products of `count` edges to a moment; `panels` holds their scaled latents. */
function addBlock(
  hidden: usize, panels: usize, moments: usize, count: usize, hiddenWidth: usize, width: usize,
  accumulate: bool,
): void {
  const stride = width * 4;
  for (let c: usize = 0; c < hiddenWidth; c += TILE_ROWS) {
    for (let f: usize = 0; f < width; f += TILE_COLUMNS) {
      multiplyTile(
        hidden + c * 4, hiddenWidth * 4, panels + f * count * 4, count,
        moments + c * stride + f * 4, stride, min(TILE_ROWS, hiddenWidth - c),
        min(TILE_COLUMNS, width - f),
        0, 0, accumulate, false,
      );
    }
  }
  const latentSums = moments + hiddenWidth * stride;
  if (!accumulate) memory.fill(latentSums, 0, stride);
  for (let f: usize = 0; f < width; f += TILE_COLUMNS) {
    addStridedRows(
      panels + f * count * 4, 32, count, min(TILE_COLUMNS, width - f), latentSums + f * 4,
    );
  }
}

export function momentBackwardScratch(
  receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize,
): usize {
  return stripBytes(hiddenWidth, width) + panelBytes(width, hiddenWidth) +
    panelBytes(hiddenWidth + 1, width);
}

function stripBytes(hiddenWidth: usize, width: usize): usize {
  return max(hiddenWidth, width) * TILE_ROWS * 4;
}

export function momentBackward(
  offsets: usize, senders: usize, hidden: usize, latent: usize,
  momentGradient: usize, hiddenGradient: usize, messageGradient: usize,
  receivers: usize, firstEdge: usize, hiddenWidth: usize, width: usize, scratch: usize,
): void {
  const transposed = scratch + stripBytes(hiddenWidth, width);
  const panels = transposed + panelBytes(width, hiddenWidth);
  for (let r: usize = 0; r < receivers; r++, momentGradient += (hiddenWidth + 1) * width * 4) {
    const start = <usize> load<u32>(offsets + r * 4) - firstEdge;
    const end = <usize> load<u32>(offsets + r * 4, 4) - firstEdge;
    if (start == end) continue;
    const scale = <f32> 1 / <f32> (end - start);
    packTransposed(momentGradient, hiddenWidth, width, scale, transposed);
    packPanels(momentGradient, hiddenWidth + 1, width, scale, panels);
    for (let edge = start; edge < end; edge += TILE_ROWS) {
      const count = min(TILE_ROWS, end - edge), hiddenAt = edge * hiddenWidth * 4;
      packSenders(senders + edge * 4, latent, count, width, scratch);
      backwardHidden(
        scratch, transposed, hidden + hiddenAt, hiddenGradient + hiddenAt, count, hiddenWidth,
        width,
      );
      packHidden(hidden + hiddenAt, count, hiddenWidth, scratch);
      backwardMessage(
        scratch, panels, messageGradient + edge * width * 4, count, hiddenWidth, width,
      );
    }
  }
}

/** Packs the latents of the senders of `count` edges into a strip. */
function packSenders(
  senders: usize, latent: usize, count: usize, width: usize, strip: usize,
): void {
  const last = count - 1, stride = width * 4;
  const row0 = latent + <usize> load<u32>(senders) * stride;
  const row1 = latent + <usize> load<u32>(senders + min<usize>(1, last) * 4) * stride;
  const row2 = latent + <usize> load<u32>(senders + min<usize>(2, last) * 4) * stride;
  const row3 = latent + <usize> load<u32>(senders + last * 4) * stride;
  packStrip(row0, row1, row2, row3, width, strip);
}

/** Packs the hidden values of `count` edges into a strip. */
function packHidden(hidden: usize, count: usize, hiddenWidth: usize, strip: usize): void {
  const last = count - 1, stride = hiddenWidth * 4;
  packStrip(
    hidden, hidden + min<usize>(1, last) * stride, hidden + min<usize>(2, last) * stride,
    hidden + last * stride,
    hiddenWidth, strip,
  );
}

/**
 * `hiddenGradient[e, c] = sum over f of latent[senders[e], f] · momentGradient[c, f]` where
 * `hidden > 0`.
 */
function backwardHidden(
  latents: usize, panels: usize, hidden: usize, hiddenGradient: usize, count: usize,
  hiddenWidth: usize, width: usize,
): void {
  for (let c: usize = 0; c < hiddenWidth; c += TILE_COLUMNS) {
    multiplyTile(
      latents, 16, panels + c * width * 4, width,
      hiddenGradient + c * 4, hiddenWidth * 4, count, min(TILE_COLUMNS, hiddenWidth - c), 0,
      hidden + c * 4, false, false,
    );
  }
}

/**
 * `messageGradient[e, f] = momentGradient[hiddenWidth, f] + sum`, where `sum` is over c of
 * `hidden[e, c] · momentGradient[c, f]`.
 */
function backwardMessage(
  hidden: usize, panels: usize, messageGradient: usize, count: usize, hiddenWidth: usize,
  width: usize,
): void {
  for (let f: usize = 0; f < width; f += TILE_COLUMNS) {
    const panel = panels + f * (hiddenWidth + 1) * 4;
    multiplyTile(
      hidden, 16, panel, hiddenWidth,
      messageGradient + f * 4, width * 4, count, min(TILE_COLUMNS, width - f),
      panel + hiddenWidth * 32, 0, false, false,
    );
  }
}
