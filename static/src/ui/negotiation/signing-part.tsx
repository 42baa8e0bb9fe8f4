// Initials and signatures: who signs what in which order, and what has been signed.

import { useState } from "preact/hooks";
import { alternat, nextToSign, turnsOf } from "../../draft/negotiation/signing.ts";
import type { Signature, Signing as SigningState } from "../../wire/drafts/state.ts";
import type { Id } from "../../wire/ids.ts";
import { languageName, list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Notice } from "../parts/notice.tsx";
import { Person } from "../parts/person.tsx";
import { DelegationName, useDelegationNames } from "./delegations.tsx";
import { InitialDialog } from "./initial-dialog.tsx";
import { MismatchNote } from "./mismatch.tsx";
import { Moment } from "./moment.tsx";
import { Hash } from "./signed-facts.tsx";
import { OpenSigning, SignDialog } from "./signing-dialogs.tsx";
import { useNegotiation } from "./use-negotiation.ts";

type Asking = "initial" | "open" | "sign";

export function Signing() {
  const { acts, own, mayAct, projection } = useNegotiation();
  const [asking, setAsking] = useState<Asking | null>(null);
  const { signing, initials, adoption } = acts;
  const whole = initials.filter(({ items }) => items.length === 0);
  const next = signing === null ? null : nextToSign(signing.order, signedBy(signing));
  const close = (): void => setAsking(null);
  return (
    <section class="neg-part" aria-label={t("negotiation.signing.title")}>
      <h2>{t("negotiation.signing.title")}</h2>
      <Notice tone="info">{t("negotiation.sign.evidence")}</Notice>
      {signing === null && <p class="quiet">{t("negotiation.signing.none")}</p>}
      {signing !== null && <SigningOrder signing={signing} />}
      {whole.length > 0 && (
        <ul class="neg-list">
          {whole.map((each) => (
            <li key={each.number}>
              <Icon name="correct" size={14} /> {t("negotiation.initial.under")} <Person account={each.account} />{" "}
              · <Moment at_ms={each.at_ms} /> · <Hash hash={each.root} />
            </li>
          ))}
        </ul>
      )}
      <div class="button-row">
        {mayAct("initial") && own !== "" && (adoption !== null || projection.root !== null) && (
          <button type="button" onClick={() => setAsking("initial")}>
            {t("negotiation.initial.wholeAction")}
          </button>
        )}
        {mayAct("sign_open") && signing === null && (
          <button type="button" disabled={adoption === null} onClick={() => setAsking("open")}>
            {t("negotiation.signing.open")}
          </button>
        )}
        {signing !== null && mayAct("sign") && own !== "" && next === own && (
          <button type="button" class="button-primary" onClick={() => setAsking("sign")}>
            {t("negotiation.signing.sign")}
          </button>
        )}
      </div>
      {mayAct("sign_open") && signing === null && adoption === null && (
        <p class="quiet">{t("negotiation.signing.notAdopted")}</p>
      )}
      {asking === "initial" && <InitialDialog clauses={[]} onClose={close} />}
      {asking === "open" && <OpenSigning onClose={close} />}
      {asking === "sign" && signing !== null && <SignDialog signing={signing} onClose={close} />}
    </section>
  );
}

function signedBy(signing: SigningState): Set<Id> {
  return new Set(signing.signatures.map(({ delegation }) => delegation));
}

function SigningOrder({ signing }: { signing: SigningState }) {
  const { own } = useNegotiation();
  const name = useDelegationNames();
  const turns = turnsOf(signing.order, signedBy(signing));
  const ownOrder = alternat(signing.order, own);
  return (
    <>
      <p>
        {t("negotiation.signing.over", { languages: list(signing.langs.map(([lang]) => languageName(lang))) })}{" "}
        <Hash hash={signing.root} />
      </p>
      <p class="neg-testimonium" dir="auto">
        {signing.testimonium}
      </p>
      <ol class="neg-turns">
        {turns.map(({ delegation, standing }) => {
          const signature = signing.signatures.find((each) => each.delegation === delegation);
          return (
            <li
              key={delegation}
              class={`neg-turn neg-turn-${standing}`}
              aria-current={standing === "now" ? "step" : undefined}
            >
              <DelegationName id={delegation} />
              <span>
                {standing === "signed" && <Icon name="check" size={14} />} {t(`negotiation.signing.${standing}`)}
              </span>
              {signature !== undefined && <SignatureLine signature={signature} />}
            </li>
          );
        })}
      </ol>
      {signing.order.includes(own) && (
        <p class="quiet">{t("negotiation.signing.alternat", { names: ownOrder.map(name).join(" · ") })}</p>
      )}
    </>
  );
}

/** What a signature says of itself: name and capacity as the person wrote them. */
function SignatureLine({ signature }: { signature: Signature }) {
  const { name, capacity } = statedIn(signature.statement);
  return (
    <span class="neg-signature">
      <strong dir="auto">{name}</strong>
      {capacity !== "" && <span dir="auto">{capacity}</span>}
      <span class="quiet">
        <Moment at_ms={signature.at_ms} /> · <Hash hash={signature.sig} />
      </span>
      <MismatchNote account={signature.account} delegation={signature.delegation} />
    </span>
  );
}

/** Name and capacity from a signed statement, which the reducer has read and found to be one. */
function statedIn(statement: string): { name: string; capacity: string } {
  const { name = "", capacity = "" } = JSON.parse(statement) as { name?: string; capacity?: string };
  return { name, capacity };
}
