// The order of the clauses, to go to one or to move it: by dragging, or by Alt and the arrow keys.

import { useRef, useState } from "preact/hooks";
import { directionOf, labelOf } from "../../draft/exports/labels.ts";
import { lengthOf, plainText } from "../../draft/model/inline.ts";
import { stringIn, nodesOf } from "../../draft/model/doc.ts";
import type { TextNode } from "../../wire/drafts/text.ts";
import { t } from "../i18n.ts";
import { memo } from "../parts/memo.ts";
import { usePortal } from "../portal.ts";
import { isStruck } from "./clause-text.tsx";
import { type Looks, lookOf } from "./editor/signs.ts";
import { DraftIcon } from "./icons.tsx";
import { useDraft } from "./use-draft.ts";
import type { Layout } from "./use-layout.ts";
import { moveAmong } from "./use-writing.ts";

const LONGEST = 60;
const DEEPEST = 5;

export function Outline({ chosen, layout }: { chosen: () => void; layout: Layout }) {
  const { document, projection, lang, selected, select, mode, desk, ops } = useDraft();
  const { session } = usePortal();
  const [over, setOver] = useState<string | null>(null);
  const dragged = useRef<string | null>(null);
  const views = new Map(projection.clauses.map((each) => [each.node, each]));
  const nodes = document.nodes.filter(({ kind }) => kind !== "note");
  const go = (node: string): void => {
    select(node);
    chosen();
    requestAnimationFrame(() => {
      const row = globalThis.document.querySelector<HTMLElement>(`[data-row="${CSS.escape(node)}"]`);
      row?.scrollIntoView({ block: "center" });
      row?.focus({ preventScroll: true });
    });
  };
  const drop = (target: string): void => {
    const node = dragged.current;
    dragged.current = null;
    setOver(null);
    if (node === null || node === target || mode !== "write") return;
    const parent = stringIn(nodesOf(desk.text).get(target), "parent");
    desk.undo.stopCapturing();
    const moved = ops.moveClause(node, { parent, after: target });
    desk.undo.stopCapturing();
    desk.flush();
    if (!moved) session.toast("problem", t("draft.notUnderItself"));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const node = itemOf(event);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0 || node === null) return;
    event.preventDefault();
    const list = event.currentTarget as HTMLElement;
    if (event.altKey && mode === "write") {
      if (moveAmong(desk, node, step)) session.announce(t("draft.moved"));
      requestAnimationFrame(() => list.querySelector<HTMLElement>(`[data-outline="${CSS.escape(node)}"]`)?.focus());
      return;
    }
    const at = nodes.findIndex(({ id }) => id === node);
    const next = nodes[at + step]?.id ?? node;
    list.querySelector<HTMLElement>(`[data-outline="${CSS.escape(next)}"]`)?.focus();
  };
  const onDragStart = (event: DragEvent): void => {
    dragged.current = itemOf(event);
    if (event.dataTransfer !== null) event.dataTransfer.effectAllowed = "move";
  };
  const onDragOver = (event: DragEvent): void => {
    const node = itemOf(event);
    if (dragged.current === null || node === null) return;
    event.preventDefault();
    setOver(node);
  };
  const onDrop = (event: DragEvent): void => {
    const node = itemOf(event);
    if (node === null) return;
    event.preventDefault();
    drop(node);
  };
  return (
    <ul
      class="outline-list"
      dir={directionOf(lang)}
      onClick={(event) => {
        const node = itemOf(event);
        if (node !== null) go(node);
      }}
      onKeyDown={onKeyDown}
      onDragStart={onDragStart}
      onDragOver={onDragOver}
      onDragEnd={() => setOver(null)}
      onDrop={onDrop}
    >
      {nodes.map((node) => {
        const view = views.get(node.id);
        const number = view === undefined ? "" : labelOf(view, lang);
        return (
          <Item
            key={node.id}
            node={node.id}
            depth={Math.min(view?.depth ?? 0, DEEPEST)}
            lang={lang}
            words={[number, outlineWords(node, lang, layout)].filter((each) => each !== "").join(" ")}
            movable={mode === "write"}
            over={over === node.id}
            selected={selected === node.id}
          />
        );
      })}
    </ul>
  );
}

/** The clause on whose item something happened. */
function itemOf({ target }: Event): string | null {
  return (target as Element).closest<HTMLElement>("[data-outline]")?.dataset["outline"] ?? null;
}

interface ItemProps {
  node: string;
  depth: number;
  lang: string;
  words: string;
  movable: boolean;
  /** Something is dragged over it. */
  over: boolean;
  selected: boolean;
}

const Item = memo(function Item({ node, depth, lang, words, movable, over, selected }: ItemProps) {
  return (
    <li data-depth={depth}>
      <button
        type="button"
        class={`outline-item${over ? " outline-over" : ""}`}
        data-outline={node}
        draggable={movable}
        aria-current={selected ? "true" : undefined}
      >
        {movable && <DraftIcon name="grip" size={14} />}
        <span class="outline-words">
          <bdi lang={lang}>{words}</bdi>
        </span>
      </button>
    </li>
  );
});

/** The words with the signs of their brackets, without those that were decided out. */
function outlineWords(node: TextNode, lang: string, { signs, looks }: Layout): string {
  const waiting = [...(signs.get(node.id)?.signs ?? [])].filter(({ bracket, option }) => !isDecided(looks, bracket, option));
  let at = 0;
  let text = "";
  const put = (): void => {
    for (; waiting[0] !== undefined && waiting[0].at <= at; waiting.shift()) text += waiting[0].side === "open" ? "[" : "]";
  };
  for (const run of node.text[lang] ?? []) {
    put();
    if (!isStruck(run, looks)) text += plainText([run]);
    at += lengthOf(run);
  }
  put();
  const words = text.trim();
  if (words === "") return t(`draft.empty.${node.kind}`);
  return words.length > LONGEST ? `${words.slice(0, LONGEST).trimEnd()}…` : words;
}

function isDecided(looks: Looks, bracket: string, option: string): boolean {
  const { state } = lookOf(looks, bracket, option);
  return state === "kept" || state === "struck";
}
