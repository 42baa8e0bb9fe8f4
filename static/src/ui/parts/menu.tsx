// A button with a menu: arrow keys move, Escape closes, the focus returns to the button.

import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "../icons.tsx";
import { place } from "./place.ts";

export interface MenuItem {
  label: string;
  icon?: IconName;
  shortcut?: string;
  danger?: boolean;
  /** For a choice that is on or off. */
  checked?: boolean;
  run: () => void;
}

interface MenuProps {
  label: string;
  items: readonly (MenuItem | null)[];
  class?: string;
  /** The button's own text names it; `label` then names the menu alone. */
  named?: boolean;
  children: ComponentChildren;
}

/** Null among the items draws a line. */
export function Menu({
  label,
  items,
  class: className = "button-quiet button-icon",
  named = false,
  children,
}: MenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  const focusItem = (step: (count: number, at: number) => number): void => {
    const buttons = [...(popover.current?.querySelectorAll<HTMLButtonElement>("[role^=menuitem]") ?? [])];
    const at = buttons.findIndex((each) => each === document.activeElement);
    buttons[(step(buttons.length, at) + buttons.length) % buttons.length]?.focus();
  };
  useLayoutEffect(() => {
    if (!open || button.current === null || popover.current === null) return;
    place(popover.current, button.current);
    focusItem(() => 0);
  }, [open]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "ArrowDown") focusItem((_, at) => at + 1);
    else if (event.key === "ArrowUp") focusItem((count, at) => (at < 0 ? count : at) - 1);
    else if (event.key === "Home") focusItem(() => 0);
    else if (event.key === "End") focusItem((count) => count - 1);
    else if (event.key === "Tab") popover.current?.hidePopover();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={className}
        aria-label={named ? undefined : label}
        aria-haspopup="menu"
        aria-expanded={open}
        popovertarget={id}
        title={named ? undefined : label}
      >
        {children}
      </button>
      <div
        ref={popover}
        id={id}
        class="menu"
        popover="auto"
        role="menu"
        aria-label={label}
        onKeyDown={onKeyDown}
        onToggle={(event) => setOpen(event.newState === "open")}
      >
        {open &&
          items.map((item, index) => <Item key={index} item={item} close={() => popover.current?.hidePopover()} />)}
      </div>
    </>
  );
}

function Item({ item, close }: { item: MenuItem | null; close: () => void }) {
  if (item === null) return <hr class="menu-line" />;
  const { label, icon, shortcut, danger = false, checked, run } = item;
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemcheckbox"}
      aria-checked={checked}
      class={danger ? "menu-item danger" : "menu-item"}
      tabIndex={-1}
      onClick={() => {
        close();
        run();
      }}
    >
      <span class="menu-icon">
        {checked === true ? <Icon name="check" /> : icon !== undefined && <Icon name={icon} />}
      </span>
      <span class="menu-label">{label}</span>
      {shortcut !== undefined && <kbd>{shortcut}</kbd>}
    </button>
  );
}
