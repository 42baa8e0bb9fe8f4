// A page in the middle pane that has sections of its own: settings, administration.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { t } from "../i18n.ts";
import { usePortal } from "../portal.ts";

interface PageProps {
  title: string;
  /** Its sections: name and address. */
  sections: readonly { name: string; href: string; current: boolean }[];
  children: ComponentChildren;
}

export function Page({ title, sections, children }: PageProps) {
  const { session } = usePortal();
  const nav = useRef<HTMLElement>(null);
  const current = sections.find((section) => section.current)?.href;
  useEffect(() => {
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <div class="page">
      <header class="page-head">
        <button
          type="button"
          class="button-quiet button-icon"
          aria-label={t("room.toRooms")}
          onClick={() => session.go({ screen: "home" })}
        >
          <Icon name="back" size={18} />
        </button>
        <h1>{title}</h1>
      </header>
      <nav class="page-nav" aria-label={title} ref={nav}>
        <ul>
          {sections.map(({ name, href, current: shown }) => (
            <li key={href}>
              <a href={href} aria-current={shown ? "page" : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="page-body">{children}</div>
    </div>
  );
}

/** A part of a page with a heading of its own. */
export function Section({ title, text, children }: { title: string; text?: string; children: ComponentChildren }) {
  return (
    <section class="section">
      <h2>{title}</h2>
      {text !== undefined && <p class="quiet">{text}</p>}
      {children}
    </section>
  );
}
