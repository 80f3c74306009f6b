/**
 * The re-associated edge convolution: moments are formed per receiver before the kernel matrices
 * are applied, so there is no array of size edges × width²: `sum_j latent_j · (sum_c hidden_ijc ·
 * M_c) = sum_c (sum_j hidden_ijc · latent_j) · M_c`.
 *
 * The edges of a block are sorted by receiver. Receiver r of the block has the edges
 * `offsets[r] - firstEdge .. offsets[r + 1] - firstEdge` of `senders`, `hidden` and the gradients.
 *
 * @module
 */

import { defineKernel, overwriteF32, readF32, readU32 } from "../kernel.ts";

/**
 * Mean of `[hidden, 1] ⊗ latent_sender` over the edges of each receiver; zero for a receiver
 * without edges.
 *
 * offsets `[receivers + 1]`, senders `[edges]`, hidden `[edges, hiddenWidth]`, latent
 * `[nodes, width]`, moments `[receivers, hiddenWidth + 1, width]`. The last row of a moment is the
 * mean of the latents; it is multiplied by the bias of the kernel matrix.
 */
export const moment = defineKernel({
  name: "moment",
  bindings: {
    offsets: readU32,
    senders: readU32,
    hidden: readF32,
    latent: readF32,
    moments: overwriteF32,
  },
  sizes: ["receivers", "firstEdge", "hiddenWidth", "width"],
  reference(
    { offsets, senders, hidden, latent, moments },
    { receivers, firstEdge, hiddenWidth, width },
  ) {
    const rows = hiddenWidth + 1;
    for (let r = 0; r < receivers; r++) {
      const start = offsets[r] - firstEdge, end = offsets[r + 1] - firstEdge;
      const scale = end > start ? 1 / (end - start) : 0;
      for (let c = 0; c < rows; c++) {
        for (let f = 0; f < width; f++) {
          let sum = 0;
          for (let e = start; e < end; e++) {
            sum += (c < hiddenWidth ? hidden[e * hiddenWidth + c] : 1) *
              latent[senders[e] * width + f];
          }
          moments[(r * rows + c) * width + f] = sum * scale;
        }
      }
    }
  },
});

/**
 * Adjoint of `moment` in `hidden` and in the senders' latents.
 *
 * momentGradient `[receivers, hiddenWidth + 1, width]`; hiddenGradient `[edges, hiddenWidth]`, zero
 * where `hidden` is not positive (the ReLU that gave it); messageGradient `[edges, width]`, the
 * gradient that each edge contributes to the latent of its sender.
 */
export const momentBackward = defineKernel({
  name: "momentBackward",
  bindings: {
    offsets: readU32,
    senders: readU32,
    hidden: readF32,
    latent: readF32,
    momentGradient: readF32,
    hiddenGradient: overwriteF32,
    messageGradient: overwriteF32,
  },
  sizes: ["receivers", "firstEdge", "hiddenWidth", "width"],
  reference(arrays, { receivers, firstEdge, hiddenWidth, width }) {
    const { offsets, senders, hidden, latent, momentGradient, hiddenGradient, messageGradient } =
      arrays;
    const rows = hiddenWidth + 1;
    for (let r = 0; r < receivers; r++) {
      const start = offsets[r] - firstEdge, end = offsets[r + 1] - firstEdge;
      const scale = 1 / (end - start);
      for (let e = start; e < end; e++) {
        for (let c = 0; c < hiddenWidth; c++) {
          let sum = 0;
          for (let f = 0; f < width; f++) {
            sum += momentGradient[(r * rows + c) * width + f] * latent[senders[e] * width + f];
          }
          hiddenGradient[e * hiddenWidth + c] = hidden[e * hiddenWidth + c] > 0 ? sum * scale : 0;
        }
        for (let f = 0; f < width; f++) {
          let sum = momentGradient[(r * rows + hiddenWidth) * width + f];
          for (let c = 0; c < hiddenWidth; c++) {
            sum += hidden[e * hiddenWidth + c] * momentGradient[(r * rows + c) * width + f];
          }
          messageGradient[e * width + f] = sum * scale;
        }
      }
    }
  },
});
