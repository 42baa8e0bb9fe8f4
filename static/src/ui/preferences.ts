// How this browser shows the portal: nothing here concerns the account, and nothing is secret.

export interface Preferences {
  /** Interface language; null follows the browser. */
  language: string | null;
  theme: "system" | "light" | "dark";
  density: "normal" | "compact";
  /** Enter sends and Shift+Enter begins a line; else Ctrl+Enter sends. */
  enterSends: boolean;
  /** Shortcuts of a single character, such as "?"; speech input and some hands need them off (WCAG 2.1.4). */
  singleKeys: boolean;
  /** Show browser notifications (without content) when the page is not in front. */
  notifications: boolean;
  /** Language of the messages last written here. */
  writing: string | null;
  /** Show how messages read in the reader's language; else they stand as they were written. */
  translations: boolean;
  /** Where the original of a translated message stands. */
  original: (typeof ORIGINALS)[number];
}

/** Below the translation, beside it where there is room, or only when it is asked for. */
export const ORIGINALS = ["below", "beside", "request"] as const;

const NAME = "portal.preferences";

export const DEFAULTS: Preferences = {
  language: null,
  theme: "system",
  density: "normal",
  enterSends: true,
  singleKeys: true,
  notifications: false,
  writing: null,
  translations: true,
  original: "below",
};

/** Take from a stored text what is valid, and the defaults for the rest. */
export function readPreferences(stored: string | null): Preferences {
  let given: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(stored ?? "{}");
    if (typeof parsed === "object" && parsed !== null) given = parsed as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a damaged text counts as none
  }
  const text = (name: string): string | null => (typeof given[name] === "string" ? given[name] : null);
  const flag = (name: string, otherwise: boolean): boolean =>
    typeof given[name] === "boolean" ? given[name] : otherwise;
  const theme = text("theme");
  return {
    language: text("language"),
    theme: theme === "light" || theme === "dark" ? theme : "system",
    density: text("density") === "compact" ? "compact" : "normal",
    enterSends: flag("enterSends", true),
    singleKeys: flag("singleKeys", true),
    notifications: flag("notifications", false),
    writing: text("writing"),
    translations: flag("translations", true),
    original: ORIGINALS.find((each) => each === text("original")) ?? "below",
  };
}

/** Storage may be forbidden by the browser's settings; then preferences last as long as the page. */
export function loadPreferences(): Preferences {
  try {
    return readPreferences(localStorage.getItem(NAME));
  } catch (error) {
    if (error instanceof DOMException) return DEFAULTS;
    throw error;
  }
}

export function storePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(preferences));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

/** Make the document look as preferred. */
export function applyAppearance(preferences: Preferences): void {
  const root = document.documentElement;
  root.dataset["theme"] = preferences.theme;
  root.dataset["density"] = preferences.density;
}
