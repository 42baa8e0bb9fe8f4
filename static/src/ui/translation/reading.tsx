// A message's text as this reader gets it: the reader's language first, the original one step quieter.

import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import type { Me, MessageEntry, TranslationView } from "../../member/api.ts";
import { list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";
import { MessageText } from "../room/message-text.tsx";
import { type State, isOnline, me } from "../state.ts";
import { Byline } from "./byline.tsx";
import { type Standing, standingOf, translators } from "./interpreters.ts";
import { useOpened } from "./opened.ts";
import { Panel } from "./panel.tsx";
import { type Numbered, placesOf, warningsOf } from "./pieces.ts";
import { ProblemWords } from "./problem.tsx";
import { type Shown, WAITING_MS, type Why, leftAsWritten, shownOf } from "./shown.ts";
import { Warnings } from "./warnings.tsx";

/** While this browser is not connected it knows nothing of interpreters that seem away. */
function standingNow(state: State): Standing {
  const standing = state.room === null ? "none" : standingOf(state.room);
  return standing === "away" && !isOnline(state) ? "none" : standing;
}

/** How this message is shown to this reader now. */
export function useShown(entry: MessageEntry): Shown {
  const own = useSelect(me);
  const standing = useSelect(standingNow);
  const shown: Shown = own === null ? { kind: "as-written" } : shownOf(entry, own, standing, Date.now());
  const [, redraw] = useReducer((count: number, _: undefined) => count + 1, 0);
  const waiting = shown.kind === "untranslated" && shown.why === "waiting";
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setTimeout(() => redraw(undefined), Math.max(0, entry.at_ms + WAITING_MS - Date.now()) + 50);
    return () => clearTimeout(timer);
  }, [waiting, entry.at_ms]);
  return shown;
}

/** What this reader reads of a message, for a line that quotes it; null where that is what was written. */
export function useReadText(entry: MessageEntry | null): string | null {
  const own = useSelect(me);
  const translated = useSelect((state) => state.preferences.translations);
  if (entry === null || own === null || !translated) return null;
  const shown = shownOf(entry, own, "online", 0);
  return shown.kind === "translated" ? shown.view.text : null;
}

/** What was waited for is read out to whoever listens. */
function useReadOut({ account }: MessageEntry, shown: Shown): void {
  const { session, store } = usePortal();
  const waited = useRef(false);
  useEffect(() => {
    if (shown.kind === "translated" && waited.current) {
      const name = store.get().people.get(account)?.name ?? t("person.unknown");
      session.announce(t("rooms.newest", { name, text: shown.view.text }));
    }
    waited.current = shown.kind === "untranslated" && shown.why === "waiting";
  });
}

export function Reading({ entry }: { entry: MessageEntry }) {
  const own = useSelect(me);
  const shown = useShown(entry);
  const { panel } = useOpened(entry.item);
  useReadOut(entry, shown);
  return (
    <>
      {shown.kind === "translated" ? <Translated entry={entry} view={shown.view} /> : <Original entry={entry} />}
      {shown.kind === "untranslated" && <Untranslated entry={entry} shown={shown} />}
      {panel !== null && own !== null && <Panel entry={entry} shown={shown} kind={panel} own={own as Me} />}
    </>
  );
}

function Original({ entry }: { entry: MessageEntry }) {
  return <MessageText text={entry.text} lang={entry.lang} mentions={entry.mentions} />;
}

function Translated({ entry, view }: { entry: MessageEntry; view: TranslationView }) {
  const { translations, original } = useSelect((state) => state.preferences);
  const { turned } = useOpened(entry.item);
  const [active, setActive] = useState<number | null>(null);
  const warnings = useMemo(() => warningsOf(view.sentences), [view.sentences]);
  const left = leftAsWritten(view);
  const chosen = active !== null && active < warnings.length ? active : null;
  // What is not all there does not stand alone, nor do words that a warning is about.
  const both = !view.complete || left.length > 0 || chosen !== null;
  const first = translations ? "translation" : "original";
  const second = both || (translations && original !== "request") !== turned;
  return (
    <div class="reading">
      <Texts
        {...{ entry, view, first, second, warnings, active: chosen, onPick: setActive }}
        beside={original === "beside"}
      />
      {(second || translations) && (
        <>
          <Rest view={view} left={left.map(({ problem }) => problem ?? "failed")} />
          <Warnings warnings={warnings} active={chosen} onPick={setActive}>
            {entry.differ ? <Differ entry={entry} /> : undefined}
          </Warnings>
        </>
      )}
      <Byline view={view}>{!both && <Turn entry={entry} first={first} second={second} />}</Byline>
    </div>
  );
}

type Which = "translation" | "original";

interface TextsProps {
  entry: MessageEntry;
  view: TranslationView;
  /** The one that is loud. */
  first: Which;
  /** Whether the other one is shown too. */
  second: boolean;
  beside: boolean;
  warnings: readonly Numbered[];
  active: number | null;
  onPick: (warning: number) => void;
}

function Texts({ entry, view, first, second, beside, warnings, active, onPick }: TextsProps) {
  const { mentions } = entry;
  const foreign = leftAsWritten(view).map(({ target }) => target);
  const target = { places: placesOf(warnings, "target", foreign), active, foreign: view.from, onPick };
  const source = { places: placesOf(warnings, "source"), active, onPick };
  const draw = (which: Which, quiet: boolean) =>
    which === "translation" ? (
      <MessageText {...{ text: view.text, lang: view.to, mentions, quiet }} markings={target} linksOf={entry.text} />
    ) : (
      <MessageText {...{ text: entry.text, lang: entry.lang, mentions, quiet }} markings={source} />
    );
  const other = first === "original" ? "translation" : "original";
  return (
    <div class={beside && second ? "reading-texts reading-beside" : "reading-texts"}>
      {draw(first, false)}
      {second && (
        <div class="reading-second">
          <span class="visually-hidden">{t(`translation.show.${other}`)}</span>
          {draw(other, true)}
        </div>
      )}
    </div>
  );
}

function Differ({ entry }: { entry: MessageEntry }) {
  const { panel, toggle } = useOpened(entry.item);
  return (
    <button type="button" class="warning-chip" aria-expanded={panel === "compare"} onClick={() => toggle("compare")}>
      <Icon name="warning" size={14} /> {t("translation.differ")}
    </button>
  );
}

/** Shows or hides the text that is not the loud one. */
function Turn({ entry, first, second }: { entry: MessageEntry; first: Which; second: boolean }) {
  const { turn } = useOpened(entry.item);
  const other = first === "original" ? "translation" : "original";
  return (
    <button type="button" class="button-link" onClick={turn}>
      {t(`translation.${second ? "hide" : "show"}.${other}`)}
    </button>
  );
}

/** What of the message is not in the translation, so that nobody takes a part for the whole. */
function Rest({ view, left }: { view: TranslationView; left: readonly string[] }) {
  const standing = useSelect(standingNow);
  const [problem] = left;
  if (view.complete && problem === undefined) return null;
  return (
    <div class="reading-rest">
      {!view.complete && (
        <p>
          <Icon name="clock" size={14} /> {t(standing === "online" ? "translation.more" : "translation.moreLater")}
        </p>
      )}
      {problem !== undefined && (
        <p>
          <Icon name="warning" size={14} /> {tn("translation.leftAsWritten", left.length)}{" "}
          <ProblemWords problem={problem} from={view.from} to={view.to} />
        </p>
      )}
    </div>
  );
}

function Untranslated({ entry, shown }: { entry: MessageEntry; shown: Shown & { kind: "untranslated" } }) {
  const { toggle, panel } = useOpened(entry.item);
  const { why, view } = shown;
  return (
    <div class="byline">
      <span class="byline-who" role={why === "waiting" ? "status" : undefined}>
        <Icon name={why === "waiting" ? "clock" : "interpreter"} size={14} />
        <span>
          <Reason entry={entry} why={why} from={view?.from ?? entry.lang} />
        </span>
      </span>
      {why === "missing" && (
        <button
          type="button"
          class="button-link"
          aria-expanded={panel === "translate"}
          onClick={() => toggle("translate")}
        >
          {t("translation.translateNow")}
        </button>
      )}
    </div>
  );
}

function Reason({ entry, why, from }: { entry: MessageEntry; why: Why; from: string }) {
  const { store } = usePortal();
  const to = useSelect((state) => me(state)?.languages[0] ?? "en");
  if (why === "waiting") return <>{t("translation.waiting")}</>;
  if (why === "missing") return <>{t("translation.missing")}</>;
  if (why !== "away") return <ProblemWords problem={why} from={from === "" ? entry.lang : from} to={to} />;
  const room = store.get().room;
  const names = room === null ? [] : translators(room).map(({ name }) => name);
  return <>{tn("translation.away", names.length, { names: list(names) })}</>;
}
