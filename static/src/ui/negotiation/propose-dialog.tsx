// A proposal of the own delegation: other words for a clause or for marked words of it, a new clause, or none at all.

import { useState } from "preact/hooks";
import {
  type Cite,
  type NewProposal,
  type Proposal,
  type ProposalKind,
  addProposal,
  reviseProposal,
} from "../../draft/negotiation/proposals.ts";
import { wordsOf } from "../../draft/negotiation/options.ts";
import type { Id } from "../../wire/ids.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { Field, TextField } from "../parts/field.tsx";
import { usePortal } from "../portal.ts";
import { type Negotiation, useNegotiation } from "./use-negotiation.ts";

const KINDS = ["alternative", "replace", "delete", "insert"] as const satisfies readonly ProposalKind[];

interface ProposeDialogProps {
  node: Id;
  /** Change this one instead of making another. */
  revised?: Proposal;
  onClose: () => void;
}

interface Filled {
  kind: ProposalKind;
  text: Record<string, string>;
  reason: string;
  cites: readonly Cite[];
}

export function ProposeDialog({ node, revised, onClose }: ProposeDialogProps) {
  const negotiation = useNegotiation();
  const { names, document, own, proposals } = negotiation;
  const { session } = usePortal();
  const [filled, setFilled] = useState<Filled>(() => revised ?? begun(negotiation, node));
  const { kind, text, reason, cites } = filled;
  const change = (part: Partial<Filled>): void => setFilled({ ...filled, ...part });
  const complete = kind === "delete" || Object.values(text).some((words) => words.trim() !== "");
  const save = (event: Event): void => {
    event.preventDefault();
    const doc = proposals.get(own);
    if (!complete || doc === undefined) return;
    const sources = cites.filter(({ source }) => source.trim() !== "");
    const words = kind === "delete" ? {} : text;
    if (revised !== undefined) reviseProposal(doc, revised.id, { text: words, reason: reason.trim(), cites: sources });
    else addProposal(doc, proposalOf(negotiation, node, { ...filled, text: words, cites: sources }), Date.now());
    session.toast("done", t(revised === undefined ? "negotiation.propose.done" : "negotiation.propose.revised"));
    onClose();
  };
  const title = t(revised === undefined ? "negotiation.propose.title" : "negotiation.propose.revise", {
    clause: names.of(node),
  });
  return (
    <Dialog title={title} size="large" keepOpen onClose={onClose}>
      <form class="form" onSubmit={save}>
        {revised === undefined && (
          <KindField negotiation={negotiation} node={node} value={kind} onChange={(next) => change(switched(next))} />
        )}
        {kind !== "delete" &&
          document.meta.langs.map((lang, index) => (
            <Field key={lang} label={languageName(lang)}>
              {(ids) => (
                <textarea
                  {...ids}
                  rows={index === 0 ? 5 : 3}
                  lang={lang}
                  dir="auto"
                  autofocus={index === 0}
                  value={text[lang] ?? ""}
                  onInput={(event) => change({ text: { ...text, [lang]: event.currentTarget.value } })}
                />
              )}
            </Field>
          ))}
        <TextField
          label={t("negotiation.propose.reason")}
          hint={t("negotiation.propose.reasonHint")}
          value={reason}
          onInput={(value) => change({ reason: value })}
        />
        <CitesField cites={cites} onChange={(next) => change({ cites: next })} />
        <p class="quiet">{t("negotiation.propose.text")}</p>
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary" disabled={!complete}>
            {t(revised === undefined ? "negotiation.propose.submit" : "action.save")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );

  function switched(next: ProposalKind): Partial<Filled> {
    return { kind: next, text: begunText(negotiation, node, next) };
  }
}

/** The words that are marked in the clause, if any are. */
function markedIn({ selection }: Negotiation, node: Id): NonNullable<Negotiation["selection"]> | null {
  return selection !== null && selection.node === node && selection.quote !== "" ? selection : null;
}

function begun(negotiation: Negotiation, node: Id): Filled {
  const kind = markedIn(negotiation, node) === null ? "alternative" : "replace";
  return { kind, text: begunText(negotiation, node, kind), reason: "", cites: [] };
}

/** What stands there now, to be changed. */
function begunText(negotiation: Negotiation, node: Id, kind: ProposalKind): Record<string, string> {
  const marked = markedIn(negotiation, node);
  if (kind === "replace" && marked !== null) return { [marked.lang]: marked.quote };
  if (kind !== "alternative") return {};
  const runs = negotiation.clause(node)?.runs ?? {};
  return Object.fromEntries(negotiation.document.meta.langs.map((lang) => [lang, wordsOf(runs[lang] ?? [])]));
}

function proposalOf(negotiation: Negotiation, node: Id, { kind, text, reason, cites }: Filled): NewProposal {
  const { lang } = negotiation;
  const marked = kind === "replace" || kind === "delete" ? markedIn(negotiation, node) : null;
  const place = { bracket: null, start: marked?.start ?? null, end: marked?.end ?? null };
  const quote = marked?.quote ?? (kind === "insert" ? "" : wordsOf(negotiation.clause(node)?.runs[lang] ?? []));
  return { kind, node, lang: marked?.lang ?? lang, ...place, quote, text, reason: reason.trim(), cites };
}

interface KindFieldProps {
  negotiation: Negotiation;
  node: Id;
  value: ProposalKind;
  onChange: (kind: ProposalKind) => void;
}

function KindField({ negotiation, node, value, onChange }: KindFieldProps) {
  const marked = markedIn(negotiation, node);
  return (
    <fieldset class="field">
      <legend>{t("negotiation.propose.what")}</legend>
      <div class="segments">
        {KINDS.filter((kind) => kind !== "replace" || marked !== null).map((kind) => (
          <label key={kind}>
            <input type="radio" name="proposal-kind" checked={kind === value} onChange={() => onChange(kind)} />
            <span>{t(`negotiation.propose.kind.${kind}`)}</span>
          </label>
        ))}
      </div>
      {marked !== null && (value === "replace" || value === "delete") && (
        <blockquote class="neg-quote" lang={marked.lang} dir="auto">
          {marked.quote}
        </blockquote>
      )}
    </fieldset>
  );
}

function CitesField({ cites, onChange }: { cites: readonly Cite[]; onChange: (cites: Cite[]) => void }) {
  const set = (index: number, part: Partial<Cite>): void =>
    onChange(cites.map((cite, at) => (at === index ? { ...cite, ...part } : cite)));
  return (
    <fieldset class="field">
      <legend>{t("negotiation.propose.cites")}</legend>
      <p class="field-hint">{t("negotiation.propose.citesHint")}</p>
      {cites.map((cite, index) => (
        <div key={index} class="neg-cite-fields">
          <input
            type="text"
            dir="auto"
            aria-label={t("negotiation.propose.citeSource")}
            placeholder={t("negotiation.propose.citeSource")}
            value={cite.source}
            onInput={(event) => set(index, { source: event.currentTarget.value })}
          />
          <input
            type="text"
            dir="auto"
            aria-label={t("negotiation.propose.citeText")}
            placeholder={t("negotiation.propose.citeText")}
            value={cite.text}
            onInput={(event) => set(index, { text: event.currentTarget.value })}
          />
          <button
            type="button"
            class="button-quiet button-icon"
            aria-label={t("negotiation.propose.citeRemove")}
            onClick={() => onChange(cites.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <div>
        <button type="button" class="button-small" onClick={() => onChange([...cites, { source: "", text: "" }])}>
          <Icon name="plus" size={14} /> {t("negotiation.propose.citeAdd")}
        </button>
      </div>
    </fieldset>
  );
}
