// Packages, of which nothing is agreed until all of it is, and links between clauses.

import { useState } from "preact/hooks";
import type { Package } from "../../wire/drafts/state.ts";
import { type Id, newId } from "../../wire/ids.ts";
import { list } from "../format.ts";
import { Icon } from "../icons.tsx";
import { t, tn } from "../i18n.ts";
import { TextField } from "../parts/field.tsx";
import { Person } from "../parts/person.tsx";
import { ActDialog } from "./act-dialog.tsx";
import { Moment } from "./moment.tsx";
import { useNegotiation } from "./use-negotiation.ts";

export function Packages() {
  const { acts, mayAct, names } = useNegotiation();
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Id | null>(null);
  const packages = Object.entries(acts.packages).filter(([, { on }]) => on);
  const links = Object.entries(acts.links).filter(([, others]) => others.length > 0);
  const ended = ending === null ? undefined : acts.packages[ending];
  return (
    <section class="neg-part" aria-label={t("negotiation.package.title")}>
      <h2>{t("negotiation.package.title")}</h2>
      {packages.length === 0 && <p class="quiet">{t("negotiation.package.none")}</p>}
      <ul class="neg-list">
        {packages.map(([id, each]) => (
          <PackageLine key={id} held={each} onEnd={mayAct("package") ? () => setEnding(id) : null} />
        ))}
        {links.map(([node, others]) => (
          <li key={node}>
            <Icon name="link" size={14} />{" "}
            {t("negotiation.link.line", { clause: names.of(node), others: list(others.map((each) => names.of(each))) })}
          </li>
        ))}
      </ul>
      {mayAct("package") && (
        <div>
          <button type="button" onClick={() => setMaking(true)}>
            <Icon name="plus" /> {t("negotiation.package.make")}
          </button>
        </div>
      )}
      {making && <PackageDialog onClose={() => setMaking(false)} />}
      {ending !== null && ended !== undefined && (
        <ActDialog
          title={t("negotiation.package.endTitle", { name: ended.name })}
          submit={t("negotiation.package.end")}
          wish={({ acts: { packages: held } }) => {
            const { name = "", nodes = [] } = held[ending] ?? {};
            return { t: "package", package: ending, name, nodes, on: false };
          }}
          done={t("negotiation.package.ended")}
          onClose={() => setEnding(null)}
        >
          <p>{t("negotiation.package.endText")}</p>
        </ActDialog>
      )}
    </section>
  );
}

function PackageLine({ held, onEnd }: { held: Package; onEnd: (() => void) | null }) {
  const { names, clause, projection } = useNegotiation();
  const present = projection.clauses.filter(({ gone }) => !gone).map(({ node }) => node);
  const all = held.nodes.length === 0 ? present : held.nodes;
  const ready = all.filter((node) => ["agreed", "agreed_ad_ref"].includes(clause(node)?.state ?? "")).length;
  return (
    <li>
      <p>
        <Icon name="lock" size={14} /> <strong dir="auto">{held.name}</strong>{" "}
        {t("negotiation.package.progress", { ready, all: all.length })}
      </p>
      <p class="quiet">
        {held.nodes.length === 0 ? t("negotiation.wholeDraft") : list(held.nodes.map((node) => names.of(node)))} ·{" "}
        <Person account={held.account} /> · <Moment at_ms={held.at_ms} />
      </p>
      {onEnd !== null && (
        <button type="button" class="button-small" onClick={onEnd}>
          {t("negotiation.package.end")}
        </button>
      )}
    </li>
  );
}

function PackageDialog({ onClose }: { onClose: () => void }) {
  const { projection, names } = useNegotiation();
  const [id] = useState(newId);
  const [name, setName] = useState("");
  const [whole, setWhole] = useState(true);
  const [chosen, setChosen] = useState<ReadonlySet<Id>>(new Set());
  const clauses = projection.clauses.filter(({ gone, kind }) => !gone && kind !== "note");
  const nodes = whole ? [] : clauses.map(({ node }) => node).filter((node) => chosen.has(node));
  const complete = name.trim() !== "" && (whole || nodes.length > 0);
  const toggle = (node: Id, on: boolean): void => {
    const next = new Set(chosen);
    if (on) next.add(node);
    else next.delete(node);
    setChosen(next);
  };
  return (
    <ActDialog
      title={t("negotiation.package.make")}
      submit={t("negotiation.package.sign")}
      wish={complete ? { t: "package", package: id, name: name.trim(), nodes, on: true } : null}
      done={t("negotiation.package.done")}
      onClose={onClose}
    >
      <p>{t("negotiation.package.text")}</p>
      <TextField label={t("negotiation.package.name")} value={name} onInput={setName} required autoFocus />
      <label class="check">
        <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.currentTarget.checked)} />
        <span>{t("negotiation.wholeDraft")}</span>
      </label>
      {!whole && (
        <fieldset class="field">
          <legend>{tn("negotiation.clauses", nodes.length)}</legend>
          <div class="picker-list">
            {clauses.map(({ node }) => (
              <label key={node} class="check">
                <input
                  type="checkbox"
                  checked={chosen.has(node)}
                  onChange={(event) => toggle(node, event.currentTarget.checked)}
                />
                <span>{names.of(node)}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
    </ActDialog>
  );
}
