// How an interpreter's machine reads a clause. It is an aid, and is named as one: no machine's words are the text.

import type { ClauseView } from "../../wire/drafts/projection.ts";
import type { MachineView } from "../../member/drafts/api.ts";
import { isFresh } from "../draft/machine-words.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePersonName } from "../parts/person.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function MachineSection({ clause }: { clause: ClauseView }) {
  const { view } = useNegotiation();
  const found = view.machine.filter(({ node, text }) => node === clause.node && text !== "");
  if (found.length === 0) return null;
  return (
    <section class="neg-section">
      <h3>{t("negotiation.machine.title")}</h3>
      <p class="quiet">{t("negotiation.machine.text")}</p>
      {found.map((machine) => (
        <MachineText key={`${machine.lang} ${machine.by}`} machine={machine} clause={clause} />
      ))}
    </section>
  );
}

export function MachineText({ machine, clause }: { machine: MachineView; clause: ClauseView }) {
  const name = usePersonName(machine.by);
  const fresh = isFresh(machine, clause);
  return (
    <figure class="neg-machine">
      <figcaption class="quiet">
        <Icon name="interpreter" size={14} /> {languageName(machine.lang)} · {t("negotiation.machine.by", { name })}
        {!fresh && (
          <span class="neg-stale">
            {" "}
            <Icon name="clock" size={12} /> {t("negotiation.machine.stale")}
          </span>
        )}
      </figcaption>
      <p lang={machine.lang} dir="auto">
        {machine.text}
      </p>
    </figure>
  );
}
