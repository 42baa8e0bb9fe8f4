// The pen-holder writes a clause in another language, piece by piece, so that brackets stand around the same words.

import { useState } from "preact/hooks";
import { segmentsOf, translatedRuns, wordsBySegment } from "../../draft/negotiation/segments.ts";
import type { ClauseView } from "../../wire/drafts/projection.ts";
import { languageName } from "../format.ts";
import { t } from "../i18n.ts";
import { Dialog, DialogActions } from "../parts/dialog.tsx";
import { usePortal } from "../portal.ts";
import { useNegotiation } from "./use-negotiation.ts";

interface TranslateDialogProps {
  clause: ClauseView;
  source: string;
  target: string;
  /** Words to start from, such as a machine's; "" for what stands there. */
  start: string;
  onClose: () => void;
}

export function TranslateDialog({ clause, source, target, start, onClose }: TranslateDialogProps) {
  const { node: nodeOf, names, ops } = useNegotiation();
  const { session } = usePortal();
  const text = nodeOf(clause.node)?.text ?? {};
  const before = text[target] ?? [];
  const [segments] = useState(() => segmentsOf(text[source] ?? []));
  const [words, setWords] = useState(() => {
    return start === "" ? wordsBySegment(segments, before) : segments.map((_, at) => (at === 0 ? start : ""));
  });
  const save = (event: Event): void => {
    event.preventDefault();
    ops.setWords(clause.node, target, translatedRuns(segments, words, before));
    session.toast("done", t("negotiation.translate.done"));
    onClose();
  };
  return (
    <Dialog
      title={t("negotiation.translate.title", { clause: names.of(clause.node), language: languageName(target) })}
      size="large"
      keepOpen
      onClose={onClose}
    >
      <form class="form" onSubmit={save}>
        {start !== "" && <p class="quiet">{t("negotiation.translate.machine")}</p>}
        {segments.length > 1 && <p class="quiet">{t("negotiation.translate.pieces")}</p>}
        {segments.map((segment, index) => (
          <div key={index} class="neg-segment">
            <p lang={source} dir="auto">
              {segment.brackets.length === 0 ? segment.words : `[${segment.words}]`}
            </p>
            <textarea
              aria-label={t("negotiation.translate.piece", { language: languageName(target), number: index + 1 })}
              lang={target}
              dir="auto"
              rows={segments.length > 1 ? 2 : 5}
              autofocus={index === 0}
              value={words[index] ?? ""}
              onInput={(event) => {
                const value = event.currentTarget.value;
                setWords(words.map((each, at) => (at === index ? value : each)));
              }}
            />
          </div>
        ))}
        <p class="quiet">{t("negotiation.translate.text")}</p>
        <DialogActions>
          <button type="button" onClick={onClose}>
            {t("action.cancel")}
          </button>
          <button type="submit" class="button-primary">
            {t("action.save")}
          </button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
