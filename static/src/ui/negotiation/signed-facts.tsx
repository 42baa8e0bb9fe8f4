// What an act says, in rows of plain words: the same in the dialog before it is signed and in the log afterwards.

import type { ComponentChildren } from "preact";
import { Fragment } from "preact";
import type { LangRoot } from "../../wire/drafts/acts.ts";
import type { Id } from "../../wire/ids.ts";
import { optionLine } from "../../draft/negotiation/options.ts";
import { deadline, languageName, list } from "../format.ts";
import { type Key, t, translator } from "../i18n.ts";
import { DelegationName } from "./delegations.tsx";
import { type Negotiation, useNegotiation } from "./use-negotiation.ts";

interface Row {
  label: Key;
  value: ComponentChildren;
}

/** A hash's first characters; the whole under the pointer. */
export function Hash({ hash }: { hash: string }) {
  return (
    <code class="hash" dir="ltr" title={hash}>
      {hash.slice(0, 10)}
    </code>
  );
}

/** `content`: an act, or a statement that is signed on its own. */
export function SignedFacts({ content }: { content: object }) {
  const negotiation = useNegotiation();
  const rows = rowsOf(content as Record<string, unknown>, negotiation);
  return (
    <dl class="facts signed-facts">
      {rows.map(({ label, value }, index) => (
        <div key={index}>
          <dt>{t(label)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Fields of acts in the order in which they are shown; whatever an act has of them is a row. */
function rowsOf(content: Record<string, unknown>, negotiation: Negotiation): Row[] {
  const rows: Row[] = [];
  for (const [field, draw] of FIELDS) {
    const value = content[field];
    if (value === undefined || value === null || value === "") continue;
    const row = draw(value, content, negotiation);
    if (row !== null) rows.push(row);
  }
  return rows;
}

type Draw = (value: unknown, content: Record<string, unknown>, negotiation: Negotiation) => Row | null;

const plain =
  (label: Key): Draw =>
  (value) => ({ label, value: <span dir="auto">{String(value)}</span> });
const hashed =
  (label: Key): Draw =>
  (value) => ({ label, value: <Hash hash={String(value)} /> });

const FIELDS: readonly [string, Draw][] = [
  ["bracket", drawBracket],
  ["items", (value, _, negotiation) => drawItems(value as Item[], negotiation)],
  ["clause", (value, _, negotiation) => drawItems(value as Item[], negotiation)],
  ["node", (value, _, { names }) => ({ label: "negotiation.fact.clause", value: names.of(String(value)) })],
  ["on", drawOn],
  ["nodes", drawNodes],
  ["level", (value) => ({ label: "negotiation.fact.level", value: word(`negotiation.level.${String(value)}`) })],
  ["over", (value) => drawNumbers(value as number[])],
  ["name", plain("negotiation.fact.name")],
  ["capacity", plain("negotiation.fact.capacity")],
  ["eligible", (value) => drawDelegations("negotiation.fact.eligible", value as Id[])],
  ["order", (value) => drawDelegations("negotiation.fact.order", value as Id[])],
  ["delegation", (value) => drawDelegations("negotiation.fact.delegation", [String(value)])],
  ["deadline_ms", (value) => ({ label: "negotiation.fact.deadline", value: deadline(Number(value)) })],
  ["langs", drawLanguages],
  ["outcome", (value) => ({ label: "negotiation.fact.outcome", value: word(`negotiation.outcome.${String(value)}`) })],
  ["step", (value) => ({ label: "negotiation.fact.step", value: word(`negotiation.step.${String(value)}`) })],
  ["date", plain("negotiation.fact.date")],
  ["note", plain("negotiation.fact.note")],
  ["reason", plain("negotiation.fact.reason")],
  ["testimonium", plain("negotiation.fact.testimonium")],
  ["root", hashed("negotiation.fact.root")],
  ["hash", hashed("negotiation.fact.hash")],
  ["head", hashed("negotiation.fact.head")],
];

interface Item {
  node: Id;
  lang: string;
  hash?: string;
  stance?: string;
  from?: string;
  to?: string;
}

/** The words of `key`, or its last part where a newer program has written a value that is not known here. */
export function word(key: string): string {
  const words = translator();
  return words.has(key) ? words.lookup(key, {}) : key.slice(key.lastIndexOf(".") + 1);
}

function drawBracket(_: unknown, content: Record<string, unknown>, negotiation: Negotiation): Row | null {
  const { document, lang } = negotiation;
  const bracket = negotiation.bracket(String(content["bracket"]));
  const option = bracket?.options.find((each) => each.id === content["option"]);
  if (bracket === undefined || option === undefined) return null;
  const line = optionLine(document, bracket.id, option, lang);
  const words =
    line === null ? (
      <em>{t("negotiation.option.delete")}</em>
    ) : (
      <q lang={line.lang} dir="auto">
        {line.words}
      </q>
    );
  return { label: "negotiation.fact.option", value: words };
}

function drawItems(items: readonly Item[], negotiation: Negotiation): Row | null {
  if (items.length === 0) return null;
  const value = (
    <ul class="signed-items">
      {items.map((item, index) => (
        <li key={index}>
          <SignedItem item={item} negotiation={negotiation} />
        </li>
      ))}
    </ul>
  );
  return { label: "negotiation.fact.clauses", value };
}

function SignedItem({ item, negotiation: { names } }: { item: Item; negotiation: Negotiation }) {
  const pieces: ComponentChildren[] = [names.of(item.node), languageName(item.lang)];
  if (item.stance !== undefined) pieces.push(word(`negotiation.stance.${item.stance}`));
  if (item.hash !== undefined) pieces.push(<Hash hash={item.hash} />);
  if (item.from !== undefined && item.to !== undefined) {
    pieces.push(
      <>
        <del dir="auto">{item.from}</del> <ins dir="auto">{item.to}</ins>
      </>,
    );
  }
  return (
    <>
      {pieces.map((piece, index) => (
        <Fragment key={index}>
          {index > 0 && " · "}
          {piece}
        </Fragment>
      ))}
    </>
  );
}

function drawOn(value: unknown, content: Record<string, unknown>, { names }: Negotiation): Row | null {
  if (content["t"] !== "link") return null;
  return { label: "negotiation.fact.dependsOn", value: names.of(String(value)) };
}

function drawNodes(value: unknown, _: unknown, { names }: Negotiation): Row {
  const nodes = value as Id[];
  const words = nodes.length === 0 ? t("negotiation.wholeDraft") : list(nodes.map((node) => names.of(node)));
  return { label: "negotiation.fact.clauses", value: words };
}

function drawNumbers(numbers: readonly number[]): Row | null {
  if (numbers.length === 0) return null;
  return { label: "negotiation.fact.over", value: numbers.map((each) => `№ ${each}`).join(", ") };
}

function drawDelegations(label: Key, ids: readonly Id[]): Row {
  const value = (
    <ol class="signed-names">
      {ids.map((id) => (
        <li key={id}>
          <DelegationName id={id} />
        </li>
      ))}
    </ol>
  );
  return { label, value };
}

/** Languages alone, or each with the root of its text. */
function drawLanguages(value: unknown): Row {
  const languages = value as readonly (string | LangRoot)[];
  const drawn = languages.map((each, index) =>
    typeof each === "string" ? (
      <li key={index}>{languageName(each)}</li>
    ) : (
      <li key={index}>
        {languageName(each[0])} · <Hash hash={each[1]} />
      </li>
    ),
  );
  return { label: "negotiation.fact.languages", value: <ul class="signed-items">{drawn}</ul> };
}
