// A text as it was typed or translated: lines, links, mentions, and the words that a warning is about.

import { Fragment } from "preact";
import { useMemo } from "preact/hooks";
import type { Id } from "../../member/api.ts";
import { useSelect } from "../portal.ts";
import { addressesIn, splitText } from "../record/mentions.ts";
import { type Piece, type Place, cut } from "../translation/pieces.ts";

/** What is to be seen in a text beside its words. */
export interface Markings {
  places: readonly Place[];
  /** The warning that is being looked at. */
  active: number | null;
  /** Language of the places that are "foreign". */
  foreign?: string;
  onPick: (warning: number) => void;
}

interface MessageTextProps {
  text: string;
  lang: string;
  mentions: readonly Id[];
  /** One step quieter: beside or below its translation. */
  quiet?: boolean;
  markings?: Markings;
  /** The text that was translated: an address leads somewhere only if it stands there, whatever a machine wrote. */
  linksOf?: string;
}

export function MessageText({ text, lang, mentions, quiet = false, markings, linksOf }: MessageTextProps) {
  const people = useSelect((state) => state.people);
  const names = mentions.flatMap((account) => people.get(account)?.name ?? []);
  const addresses = useMemo(() => (linksOf === undefined ? null : addressesIn(linksOf)), [linksOf]);
  let at = 0;
  return (
    <div class={quiet ? "message-text message-text-quiet" : "message-text"} dir="auto" lang={lang}>
      {splitText(text, names).map((part, index) => {
        const from = at;
        at += part.text.length;
        const words = markings === undefined ? part.text : <Marked part={part.text} from={from} markings={markings} />;
        if (part.kind === "mention")
          return (
            <span key={index} class="mention">
              {words}
            </span>
          );
        if (part.kind === "text" || addresses?.has(part.href) === false)
          return <Fragment key={index}>{words}</Fragment>;
        return (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer" dir="ltr">
            {words}
          </a>
        );
      })}
    </div>
  );
}

function Marked({ part, from, markings }: { part: string; from: number; markings: Markings }) {
  return (
    <>
      {cut(part, from, markings.places).map((piece, index) => (
        <Words key={index} piece={piece} markings={markings} />
      ))}
    </>
  );
}

/** The chip below the text says the same for those who can not point: so a click is enough here. */
function Words({ piece, markings }: { piece: Piece; markings: Markings }) {
  const [first] = piece.warnings;
  const lang = piece.foreign ? markings.foreign : undefined;
  if (first === undefined && lang === undefined) return <>{piece.text}</>;
  const active = markings.active !== null && piece.warnings.includes(markings.active);
  const classes = [first !== undefined && "warned", active && "warned-active", piece.foreign && "left-as-written"];
  return (
    <span
      class={classes.filter(Boolean).join(" ")}
      lang={lang}
      onClick={first === undefined ? undefined : () => markings.onPick(first)}
    >
      {piece.text}
    </span>
  );
}
