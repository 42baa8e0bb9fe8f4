// The words of a page's script: hidden in the page, in the reader's language, each with {places} to fill.

/** The element with this id, which the page has; Error if the page and its script do not fit each other. */
export function part<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${id}`);
  return found;
}

/** The page's sentence of this name, filled; numbers are written as readers of the language write them. */
export function sentence(name: string, values: Readonly<Record<string, string | number>> = {}): string {
  const words = document.querySelector(`[data-word="${name}"]`)?.textContent ?? name;
  return words.trim().replace(/\{(\w+)\}/g, (place, key: string) => {
    const value = values[key];
    return typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : (value ?? place);
  });
}

/** A new element with a class and a text, both of which may be empty. */
export function element(name: string, className = "", text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  if (text !== "") made.textContent = text;
  return made;
}
