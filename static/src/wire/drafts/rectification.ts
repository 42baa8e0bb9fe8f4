// Putting an error in the adopted text right: unless a party objects by the deadline (VCLT art. 79).
// Twin of portal/wire/drafts/rectification.py.
//
//   status      rectify_object   rectify_close
//   open        objected         corrected, rejected
//   objected    objected         rejected
//   corrected   not_running      not_running
//   rejected    not_running      not_running

import { close, judgeUnopposed, object, opened } from "./deadlines.ts";
import type { Judge } from "./judging.ts";
import { partiesOf } from "./rights.ts";

export const rectifyOpen: Judge<"rectify_open"> = (state, line, act, { silence_min_ms }) => {
  if (state.adoption?.status !== "adopted") return "not_adopted";
  if (state.rectifications[act.rectification] !== undefined) return "id_taken";
  if (act.deadline_ms - line.at_ms < silence_min_ms) return "deadline_short";
  state.rectifications[act.rectification] = {
    ...opened(line, act.deadline_ms, partiesOf(state.rights)),
    status: "open",
    items: act.items.map((item) => ({ ...item })),
  };
  return null;
};

export const rectifyObject: Judge<"rectify_object"> = (state, line, act) => {
  const rectification = state.rectifications[act.rectification];
  if (rectification === undefined) return "unknown_rectification";
  const verdict = object(rectification, line, act.reason ?? "");
  if (verdict === null) rectification.status = "objected";
  return verdict;
};

export const rectifyClose: Judge<"rectify_close"> = (state, line, act) => {
  const rectification = state.rectifications[act.rectification];
  if (rectification === undefined) return "unknown_rectification";
  if (rectification.closed !== null) return "not_running";
  const verdict = act.outcome === "corrected" ? judgeUnopposed(rectification, line, act, "objected") : null;
  if (verdict !== null) return verdict;
  close(rectification, line);
  rectification.status = act.outcome;
  return null;
};
