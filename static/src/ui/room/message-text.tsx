// The text of a message, as it was typed: lines, links, mentions. Nothing else is made of it.

import type { Id } from "../../member/api.ts";
import { useSelect } from "../portal.ts";
import { splitText } from "../record/mentions.ts";

interface MessageTextProps {
  text: string;
  lang: string;
  mentions: readonly Id[];
}

export function MessageText({ text, lang, mentions }: MessageTextProps) {
  const people = useSelect((state) => state.people);
  const names = mentions.flatMap((account) => people.get(account)?.name ?? []);
  return (
    <div class="message-text" dir="auto" lang={lang}>
      {splitText(text, names).map((part, index) => {
        if (part.kind === "text") return part.text;
        if (part.kind === "mention")
          return (
            <span key={index} class="mention">
              {part.text}
            </span>
          );
        return (
          <a key={index} href={part.href} target="_blank" rel="noopener noreferrer" dir="ltr">
            {part.text}
          </a>
        );
      })}
    </div>
  );
}
