// Whether this server is a demonstration: it says so itself, and only then do sign-in links work.

/** What the server says; no answer counts as no. */
export async function askDemonstration(): Promise<boolean> {
  try {
    const response = await fetch("/healthz", { headers: { accept: "application/json" }, cache: "no-store" });
    if (!response.ok) return false;
    const answer: unknown = await response.json();
    return typeof answer === "object" && answer !== null && "demonstration" in answer && answer.demonstration === true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return false; // no network, or something else answered
    throw error;
  }
}
