// Before a bracket is closed for an option, or opened again: what is signed names bracket, option and hash.

import type { Bracket } from "../../wire/drafts/text.ts";
import type { Id } from "../../wire/ids.ts";
import { supportersOf } from "../../draft/negotiation/support.ts";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { useNameList } from "./delegations.tsx";
import type { Wish } from "./use-act.ts";
import { type Negotiation, refsOfAll, useNegotiation } from "./use-negotiation.ts";

interface DecideDialogProps {
  bracket: Bracket;
  /** "" opens the bracket again. */
  option: Id | "";
  onClose: () => void;
}

export function DecideDialog({ bracket, option, onClose }: DecideDialogProps) {
  const negotiation = useNegotiation();
  const names = useNameList();
  const others = bracket.options.filter((each) => each.id !== option);
  const against = new Set(
    others.flatMap((each) => supportersOf(bracket.id, each, negotiation.boards).map(({ delegation }) => delegation)),
  );
  const conflicted = negotiation.projection.brackets[bracket.id]?.state === "conflicted";
  const title = option === "" ? "reopenTitle" : conflicted ? "resolveTitle" : "title";
  return (
    <ActDialog
      title={t(`negotiation.decide.${title}`)}
      submit={t(option === "" ? "negotiation.decide.reopen" : "negotiation.decide.sign")}
      wish={(now) => decision(bracket, option, now)}
      done={t(option === "" ? "negotiation.decide.reopened" : "negotiation.decide.done")}
      onClose={onClose}
    >
      <p>{t(option === "" ? "negotiation.decide.reopenText" : "negotiation.decide.text")}</p>
      {option !== "" && against.size > 0 && (
        <Notice tone="warning">{t("negotiation.decide.against", { names: names(against) })}</Notice>
      )}
    </ActDialog>
  );
}

/** The act, with every decision that stands now: so that whoever made one sees that it was known. */
function decision(bracket: Bracket, option: Id | "", negotiation: Negotiation): Wish | null {
  const view = negotiation.projection.brackets[bracket.id];
  if (view === undefined || view.hash === null) return null;
  const clause = refsOfAll(view.nodes, negotiation);
  const over = (negotiation.acts.decisions[bracket.id]?.standing ?? []).map(({ number }) => number);
  return { t: "decide", bracket: bracket.id, option, hash: view.hash, clause, over: over.sort((a, b) => a - b) };
}
