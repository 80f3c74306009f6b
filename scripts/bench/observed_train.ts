/** The `train` stage, which also says when its first step is done. @module */

import { defineStage } from "../../pipeline/engine/stage.ts";
import train from "../../pipeline/stages/train.ts";

/** What rank 0 prints after its first step. */
export const FIRST_STEP = "first step done";

export default defineStage({
  ...train,
  run(context) {
    let isFirst = true;
    return train.run({
      ...context,
      progress(progress) {
        if (isFirst) console.log(FIRST_STEP);
        isFirst = false;
        context.progress(progress);
      },
    });
  },
});
