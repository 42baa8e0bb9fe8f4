// A field above a list of choices that leaves only those that hold what is typed. What is ticked always stays.

/** Lets fields with `data-narrows` (the id of a list) narrow it; Enter ticks the first that is left. */
export function narrowChoices(root: Document): void {
  for (const field of root.querySelectorAll<HTMLInputElement>("[data-narrows]")) {
    const list = root.querySelector<HTMLElement>(`#${field.dataset["narrows"] ?? ""}`);
    if (list === null) continue;
    const choices = [...list.querySelectorAll<HTMLElement>("li")];
    field.addEventListener("input", () => {
      const wanted = fold(field.value);
      for (const choice of choices) choice.hidden = !isTicked(choice) && !fold(choice.textContent).includes(wanted);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
      event.preventDefault();
      const first = choices.find((choice) => !choice.hidden && !isTicked(choice));
      first?.querySelector<HTMLInputElement>("input")?.click();
      field.select();
    });
  }
}

function isTicked(choice: HTMLElement): boolean {
  return choice.querySelector<HTMLInputElement>("input")?.checked === true;
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().trim();
}
