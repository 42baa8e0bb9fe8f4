// The pen-holder takes proposals to a clause into the text, alone or merged; where they come from is kept.

import { useState } from "preact/hooks";
import type { Proposal } from "../../draft/negotiation/proposals.ts";
import { bracketsIn, optionLine } from "../../draft/negotiation/options.ts";
import { type Takeover, spanOf, takeOver } from "../../draft/negotiation/take-over.ts";
import type { Id } from "../../wire/ids.ts";
import { languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field, TextField } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import { usePortal } from "../portal.ts";
import { DelegationName } from "./delegations.tsx";
import { type Negotiation, useNegotiation } from "./use-negotiation.ts";

interface TakeOverDialogProps {
  /** Of one clause; several are merged. */
  proposals: readonly [Proposal, ...Proposal[]];
  onClose: () => void;
}

export function TakeOverDialog({ proposals, onClose }: TakeOverDialogProps) {
  const negotiation = useNegotiation();
  const { session } = usePortal();
  const [first] = proposals;
  const single = proposals.length === 1;
  const [text, setText] = useState<Readonly<Record<string, string>>>(first.text);
  const [reason, setReason] = useState(single ? first.reason : "");
  const [bracket, setBracket] = useState<Id | null>(negotiation.bracket(first.bracket ?? "")?.id ?? null);
  const [lost, setLost] = useState(false);
  const take = (event: Event): void => {
    event.preventDefault();
    const made = taken(negotiation, proposals, { text, reason: reason.trim(), bracket });
    if (made === null) return setLost(true);
    session.toast("done", t("negotiation.take.done"));
    onClose();
  };
  const title = t(single ? "negotiation.take.title" : "negotiation.take.merge");
  return (
    <Dialog title={title} size="large" keepOpen onClose={onClose}>
      <form class="form" onSubmit={take}>
        <p>{t("negotiation.take.text")}</p>
        <ul class="neg-sources">
          {proposals.map((proposal) => (
            <li key={proposal.id}>
              <DelegationName id={proposal.delegation} />
              {!single && (
                <span class="neg-words" lang={proposal.lang} dir="auto">
                  {proposal.text[proposal.lang] ?? t("negotiation.alternative.deletes")}
                </span>
              )}
            </li>
          ))}
        </ul>
        {first.kind !== "insert" && (
          <WhereField negotiation={negotiation} node={first.node} value={bracket} onChange={setBracket} />
        )}
        {first.kind !== "delete" &&
          negotiation.document.meta.langs.map((lang) => (
            <Field key={lang} label={languageName(lang)}>
              {(ids) => (
                <textarea
                  {...ids}
                  rows={3}
                  lang={lang}
                  dir="auto"
                  value={text[lang] ?? ""}
                  onInput={(event) => setText({ ...text, [lang]: event.currentTarget.value })}
                />
              )}
            </Field>
          ))}
        <TextField label={t("negotiation.propose.reason")} value={reason} onInput={setReason} />
        {lost && (
          <Notice tone="danger" alert>
            {t("negotiation.take.lost")}
          </Notice>
        )}
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary">
            {t("negotiation.take.submit")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** Put it into the text; what has no words in a language gets none there. */
function taken(
  { ops, text: doc, node: nodeOf }: Negotiation,
  proposals: TakeOverDialogProps["proposals"],
  filled: Pick<Takeover, "text" | "reason" | "bracket">,
): Id | null {
  const [first] = proposals;
  const anchor = nodeOf(first.node);
  if (anchor === undefined) return null;
  const words = Object.entries(filled.text).filter(([, each]) => each.trim() !== "");
  const takeover: Takeover = {
    ...filled,
    text: Object.fromEntries(words),
    node: first.node,
    kind: first.kind,
    by: proposals.length === 1 ? first.delegation : "",
    from: proposals.map(({ delegation, id }) => ({ delegation, proposal: id })),
    span: spanOf(doc, first),
  };
  return takeOver(ops, takeover, { kind: anchor.kind === "title" ? "preamble" : anchor.kind, parent: anchor.parent });
}

interface WhereFieldProps {
  negotiation: Negotiation;
  node: Id;
  value: Id | null;
  onChange: (bracket: Id | null) => void;
}

/** As one more option of a bracket that the clause has, or as a bracket of its own. */
function WhereField({ negotiation, node, value, onChange }: WhereFieldProps) {
  const { document, lang } = negotiation;
  const text = negotiation.node(node);
  const brackets = (text === undefined ? [] : bracketsIn(text)).flatMap((id) => negotiation.bracket(id) ?? []);
  if (brackets.length === 0) return null;
  return (
    <Field label={t("negotiation.take.where")}>
      {(ids) => (
        <select {...ids} value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value || null)}>
          <option value="">{t("negotiation.take.ownBracket")}</option>
          {brackets.map((bracket) => {
            const lines = bracket.options.map((option) => optionLine(document, bracket.id, option, lang));
            const words = lines.map((line) => line?.words ?? "–");
            return (
              <option key={bracket.id} value={bracket.id}>
                {t("negotiation.take.inBracket", { words: words.join(" / ").slice(0, 80) })}
              </option>
            );
          })}
        </select>
      )}
    </Field>
  );
}
