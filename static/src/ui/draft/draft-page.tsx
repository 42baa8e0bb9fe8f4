// A draft in the main pane: what it is called, how it stands, and its sides, each fetched when it is first wanted.

import "../later.ts"; // see there
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CommentAnchor, Failure, Id } from "../../member/api.ts";
import { draftApi } from "../../member/drafts/calling.ts";
import { isFailure } from "../failure-words.ts";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { Loading } from "../parts/loading.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { usePortal, useSelect } from "../portal.ts";
import { hasRoomForPanel } from "../parts/width.ts";
import { DRAFT_TABS, type DraftTab, fragmentOf } from "../shell/route.ts";
import { me } from "../state.ts";
import { DraftBanners } from "./banners.tsx";
import { Desk, type DeskState } from "./desk.ts";
import { DraftState } from "./draft-state.tsx";
import { RightsDialog, TABS, fetchSides } from "./registry.ts";
import { DraftPlace, modeOf, useDesk } from "./use-draft.ts";

export { NewDraft } from "./new-draft.tsx";

interface DraftPageProps {
  room: Id;
  draft: Id;
  tab: DraftTab;
}

export function DraftPage({ room, draft, tab }: DraftPageProps) {
  const { api, session } = usePortal();
  const [desk, setDesk] = useState<Desk | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let wanted = true;
    let stop: () => void = () => undefined;
    let opened: Desk | null = null;
    const opening = Desk.open(draftApi(api), room, draft, (take) => {
      stop = session.onDraft(take);
    });
    opening.then(
      (made) => {
        opened = made;
        if (wanted) setDesk(made);
        else made.close();
      },
      (error: unknown) => {
        if (!isFailure(error)) throw error;
        if (wanted) setFailure(error);
      },
    );
    return () => {
      wanted = false;
      stop();
      opened?.close();
    };
  }, [room, draft, attempt]);
  useEffect(() => {
    fetchSides().catch((error: unknown) => {
      if (!(error instanceof TypeError)) throw error; // no network: asked for again when one is wanted
    });
  }, []);
  if (failure !== null) {
    return (
      <NotOpened
        room={room}
        failure={failure}
        retry={() => {
          setFailure(null);
          setAttempt(attempt + 1);
        }}
      />
    );
  }
  if (desk === null) return <Loading />;
  const reopen = (): void => {
    setDesk(null);
    setAttempt(attempt + 1);
  };
  return <OpenDraft key={attempt} desk={desk} tab={tab} reopen={reopen} />;
}

function NotOpened({ room, failure, retry }: { room: Id; failure: Failure; retry: () => void }) {
  const { session } = usePortal();
  return (
    <div class="empty">
      <h1>{t("draft.notOpened")}</h1>
      <FailureNotice failure={failure} />
      <div class="button-row">
        <button type="button" class="button-primary" onClick={retry}>
          {t("action.retry")}
        </button>
        <button type="button" onClick={() => session.go({ screen: "room", room, panel: null })}>
          {t("draft.toRoom")}
        </button>
      </div>
    </div>
  );
}

/** The column that a person reads first: the first of her languages that is one, else the drafting language. */
function firstColumn(own: readonly string[], langs: readonly string[]): string {
  const base = (tag: string): string => tag.split("-")[0] ?? tag;
  for (const lang of own) {
    const found = langs.find((each) => base(each) === base(lang));
    if (found !== undefined) return found;
  }
  return langs[0] ?? "en";
}

function OpenDraft({ desk, tab, reopen }: { desk: Desk; tab: DraftTab; reopen: () => void }) {
  const { store } = usePortal();
  const outside = useSelect(({ rooms }) => rooms?.find(({ room }) => room === desk.room)?.standing === "removed");
  const state = asFrom(useDesk(desk), outside);
  const { langs } = state.document.meta;
  const [chosen, showLanguage] = useState<string | null>(null);
  const [selected, select] = useState<Id | null>(null);
  const [selection, mark] = useState<CommentAnchor | null>(null);
  const lang = chosen !== null && langs.includes(chosen) ? chosen : firstColumn(me(store.get())?.languages ?? [], langs);
  const mode = modeOf(state);
  const context = useMemo(() => {
    const { drafts, text, ops } = desk;
    return { ...state, outside, desk, drafts, text, ops, mode, lang, showLanguage, selected, select, selection, mark };
  }, [state, outside, mode, lang, selected, selection]);
  const Tab = TABS[tab];
  return (
    <DraftPlace.Provider value={context}>
      <div class="draft">
        <DraftHead desk={desk} tab={tab} title={state.document.meta.title[lang] ?? ""} lang={lang} />
        <DraftBanners reopen={reopen} />
        <div class="draft-body" id="draft-side" role="tabpanel" aria-labelledby={`draft-tab-${tab}`}>
          <Tab key={tab} />
        </div>
      </div>
    </DraftPlace.Provider>
  );
}

const read = new WeakMap<DeskState, DeskState>();

/** The state as who stands outside of the room may use it; the same object for the same state. */
function asFrom(state: DeskState, outside: boolean): DeskState {
  if (!outside) return state;
  const known = read.get(state) ?? { ...state, view: { ...state.view, right: "read" } };
  read.set(state, known);
  return known;
}

function DraftHead({ desk, tab, title, lang }: { desk: Desk; tab: DraftTab; title: string; lang: string }) {
  const { session } = usePortal();
  const [rights, setRights] = useState(false);
  const { room, draft } = desk;
  return (
    <header class="draft-head">
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("draft.toRoom")}
        title={t("draft.toRoom")}
        onClick={() => session.go({ screen: "room", room, panel: hasRoomForPanel() ? "drafts" : null })}
      >
        <Icon name="back" size={18} />
      </button>
      <div class="draft-title">
        <h1>{title === "" ? t("draft.untitled") : <bdi lang={lang}>{title}</bdi>}</h1>
        <DraftState />
      </div>
      <button
        type="button"
        class="button-quiet button-icon"
        aria-label={t("draft.rights")}
        title={t("draft.rights")}
        onClick={() => setRights(true)}
      >
        <Icon name="people" size={18} />
      </button>
      {rights && <RightsDialog onClose={() => setRights(false)} />}
      <DraftTabs room={room} draft={draft} tab={tab} />
    </header>
  );
}

function DraftTabs({ room, draft, tab }: DraftPageProps) {
  const { session } = usePortal();
  const row = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const step = event.key === forward ? 1 : event.key === backward ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = DRAFT_TABS[(DRAFT_TABS.indexOf(tab) + step + DRAFT_TABS.length) % DRAFT_TABS.length] ?? "text";
    session.go({ screen: "draft", room, draft, tab: next }, true);
    requestAnimationFrame(() => row.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div class="tabs draft-tabs" role="tablist" aria-label={t("draft.sides")} ref={row} onKeyDown={onKeyDown}>
      {DRAFT_TABS.map((name) => (
        <a
          key={name}
          role="tab"
          id={`draft-tab-${name}`}
          href={fragmentOf({ screen: "draft", room, draft, tab: name })}
          aria-selected={name === tab}
          aria-controls="draft-side"
          tabIndex={name === tab ? 0 : -1}
        >
          {t(`draft.tab.${name}`)}
        </a>
      ))}
    </div>
  );
}
