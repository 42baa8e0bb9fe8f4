// One clause of the text: its number, its words, how it stands, who is writing in it.

import type { ComponentChildren } from "preact";
import type { ClauseState } from "../../wire/drafts/projection.ts";
import type { NodeKind, Run } from "../../wire/drafts/text.ts";
import { directionOf } from "../../draft/exports/labels.ts";
import { plainText } from "../../draft/model/inline.ts";
import { languageName } from "../format.ts";
import { Icon, type IconName } from "../icons.tsx";
import { t } from "../i18n.ts";
import { RunsText } from "../negotiation/runs-text.tsx";
import { memo } from "../parts/memo.ts";
import { ClauseText } from "./clause-text.tsx";
import type { ClauseSigns, Looks } from "./editor/signs.ts";
import { MachinePlace } from "./machine-place.tsx";

export interface RowProps {
  node: string;
  kind: NodeKind;
  depth: number;
  /** Its number with the words that the text's language puts to it. */
  label: string;
  state: ClauseState;
  voided: boolean;
  /** It was signed off against the drafting language, and one of the two has changed since. */
  stale: boolean;
  gone: boolean;
  lang: string;
  runs: readonly Run[];
  /** The words in the drafting language, shown where this column has none. */
  elsewhere: readonly Run[];
  drafting: string;
  /** A machine's words for this column while it has none, "" for none; whose, and whether the source is as it was. */
  machine: string;
  machineBy: string;
  machineFresh: boolean;
  /** Begin a text of one's own with the machine's words; null for those who may not write. */
  take: ((node: string) => void) | null;
  signs: ClauseSigns | undefined;
  looks: Looks;
  notes: ReadonlyMap<string, string>;
  selected: boolean;
  /** Names of others whose cursors are here. */
  writers: string;
  /** Focus stops here when one goes through the page by Tab. */
  stop: boolean;
}

const STATE_ICONS = { conflicted: "alert", agreed_ad_ref: "clock", agreed: "check" } as const satisfies Partial<
  Record<ClauseState, IconName>
>;

/** What a row says of its clause besides the words. */
function Standing({ state, voided, stale, gone, writers }: RowProps) {
  const told = state === "open" || state === "bracketed" ? null : state; // the words tell those
  return (
    <span class="clause-standing">
      {told !== null && (
        <span class={`clause-state clause-state-${told}`}>
          <Icon name={STATE_ICONS[told]} size={14} /> {t(`draft.state.${told}`)}
        </span>
      )}
      {voided && (
        <span class="clause-state clause-state-voided">
          <Icon name="warning" size={14} /> {t("draft.voided")}
        </span>
      )}
      {gone && <span class="clause-state">{t("draft.gone")}</span>}
      {stale && <span class="clause-state">{t("draft.stale")}</span>}
      {writers !== "" && (
        <span class="clause-writers" dir="auto">
          <Icon name="correct" size={14} /> {writers}
        </span>
      )}
    </span>
  );
}

/** A clause without words in this column: those of the drafting language, said to be so, or what belongs there. */
function Missing({ kind, runs, lang }: { kind: NodeKind; runs: readonly Run[]; lang: string }) {
  if (plainText(runs) === "") return <span class="clause-empty">{t(`draft.empty.${kind}`)}</span>;
  return (
    <span class="clause-empty">
      <RunsText runs={runs} lang={lang} />{" "}
      <span class="clause-missing">{t("draft.onlyIn", { language: languageName(lang) })}</span>
    </span>
  );
}

/** The words of a clause at rest; `machine`'s, marked as such, where nobody has written any. */
function Words(props: RowProps) {
  const { node, kind, lang, runs, machine, signs, looks, notes } = props;
  const words =
    runs.length > 0 ? (
      <ClauseText runs={runs} signs={signs} looks={looks} notes={notes} lang={lang} />
    ) : machine !== "" ? (
      machine
    ) : (
      <Missing kind={kind} runs={props.elsewhere} lang={props.drafting} />
    );
  return (
    <div class="clause-text" data-node={node} lang={lang} dir={runs.length > 0 || machine !== "" ? "auto" : directionOf(lang)}>
      {words}
    </div>
  );
}

/** The editor in place of the words, or below it what a machine has, as long as nobody has written anything. */
function Content({ children, ...row }: RowProps & { children?: ComponentChildren }) {
  const { node, lang, machine, machineBy: by, machineFresh: fresh, take } = row;
  const open = children !== undefined;
  if (machine === "") return <>{children ?? <Words {...row} />}</>;
  return (
    <>
      {children}
      <MachinePlace by={by} fresh={fresh} take={take === null ? null : () => take(node)}>
        {open ? (
          <p lang={lang} dir="auto">
            {machine}
          </p>
        ) : (
          <Words {...row} />
        )}
      </MachinePlace>
    </>
  );
}

/** `children`: the editor, in place of the words at rest. */
export const ClauseRow = memo(function ClauseRow(props: RowProps & { children?: ComponentChildren }) {
  const { node, kind, depth, label, lang, selected, stop } = props;
  return (
    <div
      class={`clause clause-${kind}${selected ? " clause-selected" : ""}${props.gone ? " clause-gone" : ""}`}
      data-row={node}
      data-depth={Math.min(depth, DEEPEST)}
      role="listitem"
      tabIndex={stop ? 0 : -1}
      aria-current={selected ? "true" : undefined}
    >
      {label !== "" && (
        <span class="clause-number" lang={lang}>
          {label}
        </span>
      )}
      <Content {...props} />
      <Standing {...props} />
    </div>
  );
});

const DEEPEST = 5;

