// Single keys: whoever uses speech input, or types by accident, can switch them off (WCAG 2.1.4); that is remembered.

const SWITCH = "portal.desk.keys";

/** Lets keys work on the page of `root`. */
export function bindKeys(root: Document): void {
  const help = root.querySelector<HTMLDialogElement>("#keys");
  const toggle = root.querySelector<HTMLInputElement>("#keys-on");
  let on = remembered();
  if (toggle !== null) {
    toggle.checked = on;
    toggle.addEventListener("change", () => {
      on = toggle.checked;
      remember(on);
    });
  }
  root.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      send(event);
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") {
      close(root);
      return;
    }
    if (isTyping(event.target) || help?.open === true) return;
    if (event.key === "?") {
      event.preventDefault();
      help?.showModal();
    } else if (on && act(root, event.key)) {
      event.preventDefault();
    }
  });
}

function act(root: Document, key: string): boolean {
  if (key === "k") return click(root.querySelector<HTMLElement>("li:has(+ .open) a"));
  if (key === "x") return click(root.querySelector<HTMLElement>("[data-open]"));
  if (key === "/") return find(root);
  if (!/^[a-z]$/.test(key)) return false;
  const target = root.querySelector<HTMLElement>(`[data-key="${key}"]`);
  if (target instanceof HTMLDetailsElement) {
    open(target);
    return true;
  }
  return click(target);
}

function click(target: HTMLElement | null): boolean {
  target?.click();
  return target !== null;
}

/** Opens a form and puts the cursor where one begins to write. */
function open(details: HTMLDetailsElement): void {
  details.open = true;
  const first = details.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select, button");
  first?.focus();
  details.scrollIntoView({ block: "nearest" });
}

function find(root: Document): boolean {
  const field = root.querySelector<HTMLElement>("[data-narrows]");
  const details = field?.closest("details") ?? null;
  if (details === null) return false;
  open(details);
  field?.focus();
  return true;
}

function close(root: Document): void {
  const inside = root.activeElement?.closest<HTMLDetailsElement>("details.act") ?? null;
  const details = inside ?? root.querySelector<HTMLDetailsElement>("details.act[open]");
  if (details === null) return;
  details.open = false;
  details.querySelector("summary")?.focus();
}

function send(event: KeyboardEvent): void {
  if (!(event.target instanceof Element)) return;
  const form = event.target.closest("form");
  const button = form?.querySelector<HTMLButtonElement>("button:not([type=button])") ?? null;
  if (form === null || button === null) return;
  event.preventDefault();
  form.requestSubmit(button);
}

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== "checkbox" && target.type !== "radio";
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function remembered(): boolean {
  try {
    return localStorage.getItem(SWITCH) !== "off";
  } catch {
    return true; // a browser that keeps nothing still has keys
  }
}

function remember(on: boolean): void {
  try {
    localStorage.setItem(SWITCH, on ? "on" : "off");
  } catch {
    // It holds until the page is closed.
  }
}
