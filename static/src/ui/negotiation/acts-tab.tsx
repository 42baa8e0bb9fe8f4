// What was signed: how far the text has come, silence, initials and signatures, what follows them, and the whole log.

import { ActLogList } from "./act-log.tsx";
import { DueList } from "./due-list.tsx";
import { Lifecycle } from "./lifecycle.tsx";
import { PendingActs } from "./pending-acts.tsx";
import { Rectifications } from "./rectifications.tsx";
import { Register } from "./register-part.tsx";
import { Signing } from "./signing-part.tsx";
import { Silences } from "./silences.tsx";
import { StageLine } from "./stage-line.tsx";

export function ActsTab() {
  return (
    <div class="neg-tab">
      <StageLine />
      <PendingActs />
      <DueList />
      <Silences />
      <Signing />
      <Lifecycle />
      <Register />
      <Rectifications />
      <ActLogList />
    </div>
  );
}
