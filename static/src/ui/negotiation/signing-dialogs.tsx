// Opens the signing with its order, and signs: each shows exactly what it is that is signed.

import { useState } from "preact/hooks";
import { moved } from "../../draft/negotiation/signing.ts";
import type { Signing } from "../../wire/drafts/state.ts";
import type { Id } from "../../wire/ids.ts";
import { languageName } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Field, TextField } from "../parts/field.tsx";
import { Notice } from "../parts/notice.tsx";
import { useSelect } from "../portal.ts";
import { me } from "../state.ts";
import { ActDialog } from "./act-dialog.tsx";
import { DelegationName, useByName, useDelegationNames } from "./delegations.tsx";
import { Hash } from "./signed-facts.tsx";
import { useTelling } from "./use-act.ts";
import { useNegotiation } from "./use-negotiation.ts";

export function OpenSigning({ onClose }: { onClose: () => void }) {
  const { parties, acts } = useNegotiation();
  const byName = useByName();
  const name = useDelegationNames();
  const [order, setOrder] = useState<readonly Id[]>(() => byName(parties));
  const [testimonium, setTestimonium] = useState(() => t("negotiation.signing.testimoniumText"));
  const { adoption } = acts;
  const complete = adoption !== null && order.length > 0 && testimonium.trim() !== "";
  return (
    <ActDialog
      title={t("negotiation.signing.open")}
      submit={t("negotiation.signing.openSign")}
      wish={({ acts: { adoption: now } }) =>
        complete && now !== null
          ? { t: "sign_open", root: now.root, langs: now.langs, order, testimonium: testimonium.trim() }
          : null
      }
      done={t("negotiation.signing.opened")}
      onClose={onClose}
    >
      <p>{t("negotiation.signing.openText")}</p>
      <fieldset class="field">
        <legend>{t("negotiation.fact.order")}</legend>
        <ol class="neg-order">
          {order.map((delegation, index) => (
            <li key={delegation}>
              <DelegationName id={delegation} />
              <button
                type="button"
                class="button-quiet button-icon"
                aria-label={t("negotiation.signing.up", { name: name(delegation) })}
                disabled={index === 0}
                onClick={() => setOrder(moved(order, delegation, -1))}
              >
                <Icon name="up" />
              </button>
              <button
                type="button"
                class="button-quiet button-icon"
                aria-label={t("negotiation.signing.down", { name: name(delegation) })}
                disabled={index === order.length - 1}
                onClick={() => setOrder(moved(order, delegation, 1))}
              >
                <Icon name="down" />
              </button>
            </li>
          ))}
        </ol>
      </fieldset>
      <Field label={t("negotiation.fact.testimonium")}>
        {(ids) => (
          <textarea
            {...ids}
            rows={4}
            dir="auto"
            value={testimonium}
            onInput={(event) => setTestimonium(event.currentTarget.value)}
          />
        )}
      </Field>
    </ActDialog>
  );
}

export function SignDialog({ signing, onClose }: { signing: Signing; onClose: () => void }) {
  const { drafts, view, projection } = useNegotiation();
  const tell = useTelling();
  const own = useSelect(me);
  const [name, setName] = useState(own?.name ?? "");
  const [capacity, setCapacity] = useState("");
  const { root, langs } = signing;
  const complete = name.trim() !== "" && capacity.trim() !== "";
  const sign = async (): Promise<void> => {
    const roots = langs.map(([lang, each]): [string, string] => [lang, each]);
    const by = { name: name.trim(), capacity: capacity.trim() };
    const signature = drafts.signDraft(view.room, view.draft, { kind: "sign", root, langs: roots, ...by });
    await tell(signature, t("negotiation.signing.done"));
  };
  return (
    <ActDialog
      title={t("negotiation.signing.title.sign")}
      submit={t("negotiation.signing.sign")}
      wish={complete ? { t: "sign", root, statement: "", sig: "" } : null}
      statement={() => ({
        account: own?.account,
        capacity: capacity.trim(),
        delegation: view.delegation,
        device: own?.device,
        draft: view.draft,
        langs,
        name: name.trim(),
        root,
        v: 1,
      })}
      hindrance={projection.root === root ? null : t("negotiation.signing.otherText")}
      work={sign}
      onClose={onClose}
    >
      <Notice tone="info">{t("negotiation.sign.evidence")}</Notice>
      <p>{t("negotiation.signing.equal")}</p>
      <ul class="signed-items">
        {langs.map(([lang, each]) => (
          <li key={lang}>
            {languageName(lang)} · <Hash hash={each} />
          </li>
        ))}
      </ul>
      <p class="neg-testimonium" dir="auto">
        {signing.testimonium}
      </p>
      <TextField label={t("negotiation.signing.name")} value={name} onInput={setName} required />
      <TextField
        label={t("negotiation.fact.capacity")}
        hint={t("negotiation.signing.capacityHint")}
        value={capacity}
        onInput={setCapacity}
        required
        autoFocus
      />
    </ActDialog>
  );
}
