// Where somebody wanted to go who had to sign in first: pages of the server for people with a role.

const PAGES = /^\/(?:moderate|official|administration|hand-over)(?=[/?#]|$)/;

/** The address that a page's query asks to go on to; null if it asks for none, or for a place that is not ours. */
export function onward(query: string): string | null {
  const next = new URLSearchParams(query).get("next");
  return next !== null && PAGES.test(next) ? next : null;
}
