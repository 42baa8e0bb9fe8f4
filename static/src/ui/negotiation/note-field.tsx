// One note of the own delegation, to be written in by several at once.

import { useLayoutEffect, useRef } from "preact/hooks";
import { noteWords, writeNote } from "../../draft/negotiation/annex.ts";
import { mergedWords, movedCaret } from "../../draft/negotiation/typing.ts";
import type { Id } from "../../wire/ids.ts";
import type { Desk } from "../draft/desk.ts";

interface NoteFieldProps {
  desk: Desk;
  clause: Id;
  /** The note's; there need not be one under it yet. */
  id: Id;
  lang: string;
  label: string;
}

/**
 * What is written is kept at once, as in any draft, and what others write appears in the same words. The field holds
 * its own words, since drawing it anew would put the caret at the end, and would end the composing of a syllable.
 */
export function NoteField({ desk, clause, id, lang, label }: NoteFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  /** The note's words when the field last had them. */
  const seen = useRef("");
  const composing = useRef(false);
  const take = (): void => {
    if (field.current === null || composing.current) return;
    const now = noteWords(desk.text, id, lang);
    show(field.current, now);
    seen.current = now;
  };
  useLayoutEffect(() => {
    take();
    desk.text.on("update", take);
    return () => desk.text.off("update", take);
  }, [desk, id, lang]);
  const keep = (typed: string): void => {
    const words = mergedWords(seen.current, typed, noteWords(desk.text, id, lang));
    if (typed !== seen.current) writeNote(desk.text, clause, { id, lang, words });
    take();
  };
  return (
    <textarea
      ref={field}
      aria-label={label}
      rows={3}
      lang={lang}
      dir="auto"
      onCompositionStart={() => {
        composing.current = true;
      }}
      onCompositionEnd={(event) => {
        composing.current = false;
        keep(event.currentTarget.value);
      }}
      onInput={(event) => {
        if (!composing.current) keep(event.currentTarget.value);
      }}
    />
  );
}

/** Put other words into a field, with the caret at the letters at which it was. */
function show(field: HTMLTextAreaElement, words: string): void {
  const { value, selectionStart, selectionEnd } = field;
  if (value === words) return;
  field.value = words;
  if (field.ownerDocument.activeElement !== field) return;
  field.setSelectionRange(movedCaret(value, words, selectionStart), movedCaret(value, words, selectionEnd));
}
