// The pane beside the record: who is here, what files there are, which terms are agreed, what this room is, search.

import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePortal, useSelect } from "../portal.ts";
import { focusOn } from "../shell/keys.ts";
import { PANELS, type Panel } from "../shell/route.ts";
import { hasRoomForPanel, useOnePane } from "../parts/width.ts";
import { AboutPanel } from "./about-panel.tsx";
import { DraftsPanel } from "../draft/drafts-panel.tsx";
import { FilesPanel } from "./files-panel.tsx";
import { MembersPanel } from "./members-panel.tsx";
import { roomName } from "./naming.ts";
import { SearchPanel } from "./search-panel.tsx";
import { TermsPanel } from "../terms/terms-panel.tsx";

export function SidePanel({ panel }: { panel: Panel }) {
  const { session } = usePortal();
  const room = useSelect((state) => state.room);
  const route = useSelect((state) => state.route);
  const tabs = useRef<HTMLDivElement>(null);
  const alone = useOnePane();
  useEffect(() => {
    if (!hasRoomForPanel()) tabs.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  }, []);
  if (route.screen !== "room") return null;
  const show = (next: Panel | null): void => session.go({ ...route, panel: next }, true);
  const onEscape = (event: KeyboardEvent): void => {
    const clears = event.target instanceof HTMLInputElement && event.target.value !== ""; // the browser does
    if (event.key !== "Escape" || event.defaultPrevented || clears) return;
    event.preventDefault();
    show(null);
    focusOn("#composer-text, #main");
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const backward = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const step = event.key === forward ? 1 : event.key === backward ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = PANELS[(PANELS.indexOf(panel) + step + PANELS.length) % PANELS.length] ?? "members";
    show(next);
    requestAnimationFrame(() => tabs.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div
      class="side-pane"
      role={alone ? "main" : "complementary"}
      aria-label={t("panel.label")}
      onKeyDown={onEscape}
    >
      {alone && room !== null && <h1 class="visually-hidden">{roomName(room)}</h1>}
      <div class="side-head">
        <button
          type="button"
          class="button-quiet button-icon only-narrow"
          aria-label={t("panel.toRecord")}
          onClick={() => show(null)}
        >
          <Icon name="back" size={18} />
        </button>
        <div class="tabs" role="tablist" aria-label={t("panel.label")} ref={tabs} onKeyDown={onKeyDown}>
          {PANELS.map((name) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={name === panel}
              aria-controls="side-panel"
              tabIndex={name === panel ? 0 : -1}
              onClick={() => show(name)}
            >
              {t(`panel.${name}`)}
            </button>
          ))}
        </div>
        <button
          type="button"
          class="button-quiet button-icon only-wide"
          aria-label={t("panel.close")}
          onClick={() => show(null)}
        >
          <Icon name="close" />
        </button>
      </div>
      <div class="side-body" id="side-panel" role="tabpanel" aria-labelledby={`tab-${panel}`} tabIndex={0}>
        {room !== null && panel === "members" && <MembersPanel room={room} />}
        {room !== null && panel === "drafts" && <DraftsPanel key={room.room} room={room} />}
        {room !== null && panel === "files" && <FilesPanel key={room.room} room={room.room} />}
        {room !== null && panel === "terms" && <TermsPanel key={room.room} room={room} />}
        {room !== null && panel === "about" && <AboutPanel room={room} />}
        {room !== null && panel === "search" && <SearchPanel key={room.room} room={room} />}
      </div>
    </div>
  );
}
