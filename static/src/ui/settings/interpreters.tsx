// The interpreters that one answers for, and how another one is connected.

import type { Person } from "../../member/api.ts";
import { collate, languageName, list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { InterpreterBadge } from "../parts/interpreter-badge.tsx";
import { Notice } from "../parts/notice.tsx";
import { Section } from "../parts/page.tsx";
import { audienceWords } from "../people/interpreters.ts";
import { usePortal, useSelect } from "../portal.ts";
import { mayConnectInterpreter } from "../room/rights.ts";
import { me } from "../state.ts";
import { ConnectInterpreter } from "./connect-interpreter.tsx";

export function Interpreters() {
  const people = useSelect((state) => state.people);
  const own = useSelect(me);
  const mine = [...people.values()]
    .filter(({ interpreter }) => interpreter !== null && interpreter.owner === own?.account)
    .sort((a, b) => Number(a.disabled) - Number(b.disabled) || collate(a.name, b.name));
  return (
    <>
      <Section title={t("settings.section.interpreters")} text={t("interpreters.text")}>
        {mine.length === 0 ? (
          <p class="quiet">{t("interpreters.none")}</p>
        ) : (
          <ul class="device-list">
            {mine.map((person) => (
              <Interpreter key={person.account} person={person} />
            ))}
          </ul>
        )}
      </Section>
      <Section title={t("interpreter.connect")}>
        {mayConnectInterpreter(own) ? (
          <ConnectInterpreter />
        ) : (
          <Notice tone="info">{t("interpreters.notAllowed")}</Notice>
        )}
      </Section>
    </>
  );
}

function Interpreter({ person }: { person: Person }) {
  const { session } = usePortal();
  const { account, name, disabled } = person;
  return (
    <li class="device">
      <Icon name="interpreter" size={18} />
      <div class="device-text">
        <strong dir="auto">{name}</strong>
        <span class="quiet">
          {audienceWords(person)} · {list(person.languages.map((tag) => languageName(tag)))}
        </span>
      </div>
      {person.interpreter?.vouched === false && <InterpreterBadge account={account} />}
      {disabled ? (
        <span class="role">{t("interpreters.ended")}</span>
      ) : (
        <button
          type="button"
          class="button-small button-danger"
          aria-label={t("endInterpreter.of", { name })}
          onClick={() => session.show({ kind: "end-interpreter", account })}
        >
          {t("endInterpreter.action")}
        </button>
      )}
    </li>
  );
}
