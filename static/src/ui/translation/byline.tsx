// Who translated, on whose machine, from which language; with everything that one can know about it behind a button.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ModelView, TranslationView } from "../../member/api.ts";
import { languageName, moment } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { DelegationChip, Person } from "../parts/person.tsx";
import { place } from "../parts/place.ts";
import { Sentence } from "../parts/sentence.tsx";
import { useSelect } from "../portal.ts";

/** Hexadecimal characters of a digest that people compare: 48 bits tell an installation's few files apart. */
const SHORT_DIGEST = 12;

export function Byline({ view, children }: { view: TranslationView; children?: ComponentChildren }) {
  return (
    <div class="byline">
      <span class="byline-who">
        <Icon name={view.person ? "person" : "interpreter"} size={14} />
        <span>
          <Origin view={view} />
        </span>
      </span>
      {view.onlyDelegation && (
        <span class="byline-who" title={t("translation.onlyDelegation.text")}>
          <Icon name="lock" size={14} /> <span class="byline-long">{t("translation.onlyDelegation")}</span>
          <span class="byline-short visually-hidden">{t("translation.onlyDelegation")}</span>
        </span>
      )}
      {children}
      <Details view={view} />
    </div>
  );
}

/** On a narrow screen only the delegation stands for its interpreter; the rest is behind the button. */
function Origin({ view }: { view: TranslationView }) {
  const delegation = useSelect((state) => state.people.get(view.by)?.delegation ?? null);
  if (view.person || delegation === null) return <Whole view={view} />;
  const values = { from: languageName(view.from), via: languageName(view.via ?? view.from) };
  return (
    <>
      <span class="byline-long">
        <Whole view={view} />
      </span>
      <span class="byline-short">
        <DelegationChip delegation={delegation} />{" "}
        <Sentence text={view.via === null ? "translation.from" : "translation.fromVia"} values={values} />
      </span>
    </>
  );
}

function Whole({ view }: { view: TranslationView }) {
  const owner = useSelect((state) => state.people.get(view.by)?.interpreter?.ownerName ?? null);
  const who = (
    <>
      <Person account={view.by} />
      {!view.person && owner !== null && <> ({owner})</>}
    </>
  );
  const from = languageName(view.from);
  if (view.person) return <Sentence text="translation.byPerson" values={{ from, who }} />;
  if (view.via === null) return <Sentence text="translation.by" values={{ from, who }} />;
  return <Sentence text="translation.byVia" values={{ from, via: languageName(view.via), who }} />;
}

function Details({ view }: { view: TranslationView }) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    if (open && button.current !== null && popover.current !== null) place(popover.current, button.current);
  }, [open]);
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button-quiet button-icon byline-details"
        popovertarget={id}
        aria-expanded={open}
        aria-label={t("translation.details")}
        title={t("translation.details")}
      >
        <Icon name="info" size={14} />
      </button>
      <div
        ref={popover}
        id={id}
        class="menu details"
        popover="auto"
        role="dialog"
        aria-label={t("translation.details")}
        onToggle={(event) => setOpen(event.newState === "open")}
      >
        {open && <Facts view={view} />}
      </div>
    </>
  );
}

function Facts({ view }: { view: TranslationView }) {
  const card = useSelect((state) => state.people.get(view.by)?.interpreter ?? null);
  const delegation = useSelect((state) => state.people.get(view.by)?.delegation?.name ?? null);
  return (
    <dl class="facts">
      <Fact name={t(view.person ? "translation.person" : "translation.interpreter")}>
        <Person account={view.by} />
      </Fact>
      {delegation !== null && <Fact name={t("delegation.label")}>{delegation}</Fact>}
      {card !== null && <Fact name={t("translation.owner")}>{card.ownerName}</Fact>}
      <Fact name={t("translation.languages")}>
        <Way view={view} />
      </Fact>
      {view.models.length > 0 && (
        <Fact name={t("translation.models")}>
          <Models models={view.models} />
        </Fact>
      )}
      {!view.person && (
        <Fact name={t("translation.terms")}>
          {view.glossary === "" ? t("translation.noTerms") : <Digest digest={view.glossary} />}
        </Fact>
      )}
      <Fact name={t("translation.when")}>{moment(view.at_ms)}</Fact>
      <Fact name={t("translation.readers")}>
        {t(view.onlyDelegation ? "translation.onlyDelegation.text" : "translation.everybody")}
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{children}</dd>
    </div>
  );
}

/** "Korean, English": the languages in the order of the way, which an arrow would turn round from right to left. */
function Way({ view: { from, via, to } }: { view: TranslationView }) {
  const values = { from: languageName(from), via: languageName(via ?? from), to: languageName(to) };
  return <Sentence text={via === null ? "translation.way" : "translation.wayVia"} values={values} />;
}

export function Models({ models }: { models: readonly ModelView[] }) {
  return (
    <ul>
      {models.map(({ pair, sha256 }) => (
        <li key={pair + sha256}>
          <code dir="ltr">{pair}</code> <Digest digest={sha256} />
        </li>
      ))}
    </ul>
  );
}

function Digest({ digest }: { digest: string }) {
  return (
    <code class="quiet" dir="ltr" title={digest}>
      {digest.slice(0, SHORT_DIGEST)}
    </code>
  );
}
