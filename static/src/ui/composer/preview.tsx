// How a text will read to the others, and how that reads back: above the field, before anything is sent.

import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Person } from "../parts/person.tsx";
import { Sentence } from "../parts/sentence.tsx";
import { useSelect } from "../portal.ts";
import { AskedText } from "../translation/asked-text.tsx";
import { Progress } from "../translation/panel.tsx";
import { AskFailure } from "../translation/problem.tsx";
import type { PreviewState, PreviewedLanguage, Previewing } from "./use-preview.ts";

export function PreviewButton({ previewing, disabled }: { previewing: Previewing; disabled: boolean }) {
  if (previewing.interpreter === null) return null;
  return (
    <button
      type="button"
      class="composer-preview"
      disabled={disabled}
      title={t("preview.hint")}
      aria-expanded={previewing.state !== null}
      onClick={() => (previewing.state === null ? previewing.open() : previewing.close())}
    >
      <Icon name="interpreter" /> <span>{t("preview.show")}</span>
    </button>
  );
}

export function Preview({ previewing, text }: { previewing: Previewing; text: string }) {
  const { interpreter, state, open, close } = previewing;
  if (state === null || interpreter === null) return null;
  const changed = state.text !== text;
  return (
    <section class="ask-panel preview" aria-label={t("preview.title")}>
      <header class="ask-head">
        <h3>{t("preview.title")}</h3>
        <button type="button" class="button-quiet button-icon" aria-label={t("preview.close")} onClick={close}>
          <Icon name="close" size={14} />
        </button>
      </header>
      {state.asksFirst ? (
        <Consent previewing={previewing} />
      ) : (
        <>
          {changed && (
            <p class="preview-changed">
              <Icon name="info" size={14} /> {t("preview.changed")}{" "}
              <button type="button" class="button-link" disabled={text.trim() === ""} onClick={open}>
                {t("preview.again")}
              </button>
            </p>
          )}
          <ul class={changed ? "preview-languages preview-old" : "preview-languages"}>
            {state.languages.map((each, index) => (
              <Language key={each.lang} previewed={each} state={state} asked={interpreter.account} turn={isTurn(state, index)} onRetry={open} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Languages are asked for one after the other: whether it is this one's turn. */
function isTurn({ languages }: PreviewState, index: number): boolean {
  return languages.findIndex(({ answer, failure }) => answer === undefined && failure === undefined) === index;
}

/** Only another delegation's interpreter is here: what is not sent yet goes to its machine only if the person agrees. */
function Consent({ previewing }: { previewing: Previewing }) {
  const { interpreter, agree } = previewing;
  const delegation = useSelect((state) => state.people.get(interpreter?.account ?? "")?.delegation?.name ?? null);
  if (interpreter === null) return null;
  const values = { who: <Person account={interpreter.account} />, owner: interpreter.card.ownerName };
  return (
    <div class="preview-consent" role="alert">
      <p>
        <Icon name="warning" size={14} />{" "}
        <Sentence
          text={delegation === null ? "preview.consent" : "preview.consentDelegation"}
          values={{ ...values, delegation }}
        />
      </p>
      <div class="button-row">
        <button type="button" class="button-small" onClick={() => agree(false)}>
          {t("preview.once")}
        </button>
        <button type="button" class="button-small" onClick={() => agree(true)}>
          {t("preview.always")}
        </button>
        <button type="button" class="button-small" onClick={previewing.close}>
          {t("preview.no")}
        </button>
      </div>
    </div>
  );
}

interface LanguageProps {
  previewed: PreviewedLanguage;
  state: PreviewState;
  /** Account of the interpreter. */
  asked: string;
  turn: boolean;
  onRetry: () => void;
}

function Language({ previewed, state, asked, turn, onRetry }: LanguageProps) {
  const { lang, readers, answer, failure } = previewed;
  return (
    <li>
      <h4>
        {languageName(lang)} <span class="quiet">{tn("preview.readers", readers.length)}</span>
      </h4>
      {answer !== undefined && (
        <div role="status">
          <AskedText asked={answer.there} linksOf={state.text} />
          {answer.back !== null && (
            <div class="preview-back">
              <p class="quiet">{t("preview.back")}</p>
              <AskedText asked={answer.back} linksOf={state.text} quiet />
            </div>
          )}
        </div>
      )}
      {failure !== undefined && (
        <div class="ask-failure" role="alert">
          <p>
            <Icon name="alert" size={14} /> <AskFailure failure={failure} from={state.lang} to={lang} />
          </p>
          <p class="quiet">{t("preview.kept")}</p>
          <button type="button" class="button-small" onClick={onRetry}>
            <Icon name="retry" size={14} /> {t("action.retry")}
          </button>
        </div>
      )}
      {answer === undefined && failure === undefined && (turn ? <Progress interpreter={asked} /> : <p class="quiet">{t("preview.waits")}</p>)}
    </li>
  );
}
