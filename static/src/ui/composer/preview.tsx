// How a text will read to the others, and how that reads back: above the field, before anything is sent.

import type { AnswerView } from "../../member/api.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { Person } from "../parts/person.tsx";
import { Sentence } from "../parts/sentence.tsx";
import { useSelect } from "../portal.ts";
import { AskedText } from "../translation/asked-text.tsx";
import { Failed, Progress } from "../translation/panel.tsx";
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
              <Language
                key={each.lang}
                previewed={each}
                state={state}
                asked={isTurn(state, index) ? interpreter.account : null}
                onRetry={open}
              />
            ))}
          </ul>
          {state.languages.some(({ answer }) => answer !== undefined) && (
            <p class="quiet">
              <Sentence text="preview.seenBy" values={{ who: <Person account={interpreter.account} /> }} />
            </p>
          )}
        </>
      )}
    </section>
  );
}

/** Languages are asked for one after the other: whether it is this one's turn. */
function isTurn({ languages }: PreviewState, index: number): boolean {
  return languages.findIndex(({ answer, failure }) => answer === undefined && failure === undefined) === index;
}

/** Only another delegation's interpreter is here: its machine sees what is not sent yet only if the person agrees. */
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
  /** The interpreter that is at it, or null while it is another language's turn. */
  asked: string | null;
  onRetry: () => void;
}

function Language({ previewed, state, asked, onRetry }: LanguageProps) {
  const { lang, readers, answer, failure } = previewed;
  return (
    <li>
      <h4>
        {languageName(lang)} <span class="quiet">{tn("preview.readers", readers.length)}</span>
      </h4>
      {answer !== undefined && <Answer answer={answer} text={state.text} />}
      {failure !== undefined && (
        <Failed failure={failure} from={state.lang} to={lang} onRetry={onRetry}>
          <p class="quiet">{t("preview.kept")}</p>
        </Failed>
      )}
      {answer === undefined && failure === undefined && asked === null && <p class="quiet">{t("preview.waits")}</p>}
      {answer === undefined && failure === undefined && asked !== null && <Progress interpreter={asked} />}
    </li>
  );
}

function Answer({ answer: { there, back }, text }: { answer: AnswerView; text: string }) {
  return (
    <div role="status">
      <AskedText asked={there} linksOf={text} />
      {back !== null && (
        <div class="preview-back">
          <p class="quiet">{t("preview.back")}</p>
          <AskedText asked={back} linksOf={text} quiet />
        </div>
      )}
    </div>
  );
}
