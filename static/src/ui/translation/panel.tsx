// What a reader has asked about a message, in a small panel under it.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { AnswerView, Asked, Failure, Id, Me, MessageEntry } from "../../member/api.ts";
import type { TranslationView } from "../../member/api.ts";
import { isFailure } from "../failure-words.ts";
import { languageName, remaining } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Person } from "../parts/person.tsx";
import { Sentence } from "../parts/sentence.tsx";
import { usePortal } from "../portal.ts";
import { MessageText } from "../room/message-text.tsx";
import { AskedText } from "./asked-text.tsx";
import { Byline } from "./byline.tsx";
import { askable } from "./interpreters.ts";
import { type PanelKind, useOpened } from "./opened.ts";
import { AskFailure } from "./problem.tsx";
import { type Shown, readable } from "./shown.ts";

/** How many other wordings are asked for. */
const ALTERNATIVES = 4;
/** An interpreter that has not answered by then is not going to (docs/protocol.md §5, Asides). */
const ANSWER_WITHIN_S = 20;

interface PanelProps {
  entry: MessageEntry;
  shown: Shown;
  kind: PanelKind;
  own: Me;
}

export function Panel({ entry, shown, kind, own }: PanelProps) {
  const { close } = useOpened(entry.item);
  const id = useId();
  return (
    <section class="ask-panel" aria-labelledby={id}>
      <header class="ask-head">
        <h3 id={id}>{t(`translation.panel.${kind}`)}</h3>
        <button type="button" class="button-quiet button-icon" aria-label={t("action.close")} onClick={close}>
          <Icon name="close" size={14} />
        </button>
      </header>
      {kind === "compare" ? <Comparison entry={entry} /> : <Question {...{ entry, shown, kind, own }} />}
    </section>
  );
}

/** Every translation that this reader can see, each with whose it is. */
function Comparison({ entry }: { entry: MessageEntry }) {
  return (
    <ul class="comparison">
      {readable(entry).map((view) => (
        <li key={view.by}>
          <MessageText text={view.text} lang={view.to} mentions={entry.mentions} linksOf={entry.text} />
          <Byline view={view} />
        </li>
      ))}
    </ul>
  );
}

type Kind = Exclude<PanelKind, "compare">;

/** What to ask: the text that is read, back into the language of the original; else the original, again. */
function questionOf(
  kind: Kind,
  entry: MessageEntry,
  view: TranslationView | null,
  first: string,
): Omit<Asked, "interpreter"> {
  const from = view?.from ?? entry.lang;
  const to = view?.to ?? first;
  if (kind === "back" && view !== null) return { text: view.text, from: to, to: from, back: false, alternatives: 0 };
  return { text: entry.text, from, to, back: false, alternatives: kind === "wordings" ? ALTERNATIVES : 0 };
}

function Question({ kind, entry, shown, own }: PanelProps & { kind: Kind }) {
  const view = shown.kind === "translated" ? shown.view : null;
  const question = questionOf(kind, entry, view, own.languages[0] ?? "en");
  // A corrected message, or another translation of it, is asked about anew.
  return (
    <Answering key={JSON.stringify(question)} question={question} by={view?.by ?? null}>
      {(answer) => <Answer kind={kind} answer={answer} entry={entry} view={view} />}
    </Answering>
  );
}

interface AnsweringProps {
  question: Omit<Asked, "interpreter">;
  /** Who translated what is asked about. */
  by: Id | null;
  children: (answer: AnswerView) => ComponentChildren;
}

interface Asking {
  /** The interpreter that was asked. */
  asked?: Id;
  answer?: AnswerView;
  failure?: Failure;
}

const ABSENT: Failure = { code: "aside.absent", detail: {} };

/** Asks when it is first drawn, shows how that goes, and then what `children` makes of the answer. */
function Answering({ question, by, children }: AnsweringProps) {
  const { api, store } = usePortal();
  const [{ asked, answer, failure }, setAsking] = useState<Asking>({});
  const wanted = useRef(0);
  const ask = async (): Promise<void> => {
    const round = ++wanted.current;
    const { room } = store.get();
    const interpreter = room === null ? null : askable(room, by);
    if (room === null || interpreter === null) {
      setAsking({ failure: ABSENT });
      return;
    }
    setAsking({ asked: interpreter.account });
    const outcome = await outcomeOf(api.ask(room.room, { ...question, interpreter: interpreter.account }));
    if (round === wanted.current) setAsking(outcome);
  };
  useEffect(() => {
    void ask();
    return () => {
      wanted.current += 1;
    };
  }, []);
  if (answer !== undefined) return <div role="status">{children(answer)}</div>;
  if (failure !== undefined) {
    return <Failed failure={failure} from={question.from} to={question.to} onRetry={() => void ask()} />;
  }
  return asked === undefined ? null : <Progress interpreter={asked} />;
}

interface FailedProps {
  failure: Failure;
  from: string;
  to: string;
  onRetry: () => void;
  children?: ComponentChildren;
}

/** A question that was not answered, and the way to ask it again. */
export function Failed({ failure, from, to, onRetry, children }: FailedProps) {
  return (
    <div class="ask-failure" role="alert">
      <p>
        <Icon name="alert" size={14} /> <AskFailure failure={failure} from={from} to={to} />
      </p>
      {children}
      <button type="button" class="button-small" onClick={onRetry}>
        <Icon name="retry" size={14} /> {t("action.retry")}
      </button>
    </div>
  );
}

/** What became of a question. */
export async function outcomeOf(call: Promise<AnswerView>): Promise<Pick<Asking, "answer" | "failure">> {
  try {
    return { answer: await call };
  } catch (error) {
    if (!isFailure(error)) throw error;
    return { failure: error };
  }
}

/** Who was asked, and after two seconds how long it can still take. */
export function Progress({ interpreter }: { interpreter: Id }) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((now) => now + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="ask-progress">
      <p>
        <span role="status">
          <Sentence text="translation.asking" values={{ who: <Person account={interpreter} /> }} />
        </span>
        {seconds >= 2 && (
          <span class="quiet"> {t("translation.askingStill", { time: remaining(ANSWER_WITHIN_S - seconds) })}</span>
        )}
      </p>
      {seconds >= 2 && <progress max={ANSWER_WITHIN_S} value={seconds} aria-label={t("state.working")} />}
    </div>
  );
}

interface AnswerProps {
  kind: Kind;
  answer: AnswerView;
  entry: MessageEntry;
  view: TranslationView | null;
}

function Answer({ kind, answer: { there }, entry, view }: AnswerProps) {
  if (kind === "wordings") return <Wordings there={there} original={entry.text} />;
  return (
    <>
      <AskedText asked={there} linksOf={view?.text ?? entry.text} />
      {kind === "back" && <p class="quiet">{t("translation.backHint", { language: languageName(there.to) })}</p>}
    </>
  );
}

/** Sentence by sentence: as it was written, as it was translated, and how else it may be put. */
function Wordings({ there, original }: { there: AnswerView["there"]; original: string }) {
  const offered = there.sentences.filter(({ alternatives }) => alternatives.length > 0);
  if (offered.length === 0) return <p>{t("translation.noWordings")}</p>;
  return (
    <ol class="wordings">
      {offered.map(({ source, target, alternatives }) => (
        <li key={source[0]}>
          <p class="quiet" dir="auto" lang={there.from}>
            {original.slice(...source)}
          </p>
          <ul lang={there.to}>
            {[there.text.slice(...target), ...alternatives].map((wording, index) => (
              <li key={index} dir="auto" class={index === 0 ? "wording-first" : ""}>
                {wording}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}
