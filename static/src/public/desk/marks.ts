// Marks around what is selected in a text, for taking it out. The server checks that nothing else was changed.

/** Lets buttons with `data-marks` (the id of a text field) mark its selection, and Ctrl+D within the field. */
export function markSelections(root: Document): void {
  for (const button of root.querySelectorAll<HTMLElement>("[data-marks]")) {
    const field = root.querySelector<HTMLTextAreaElement>(`#${button.dataset["marks"] ?? ""}`);
    const { opening, closing } = button.dataset;
    if (field === null || opening === undefined || closing === undefined) continue;
    button.addEventListener("click", () => mark(field, opening, closing));
    field.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "d" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      mark(field, opening, closing);
    });
  }
}

function mark(field: HTMLTextAreaElement, opening: string, closing: string): void {
  const { selectionStart, selectionEnd, value } = field;
  if (selectionStart === selectionEnd) {
    field.focus();
    return;
  }
  const chosen = value.slice(selectionStart, selectionEnd).replaceAll(opening, "").replaceAll(closing, "");
  field.setRangeText(opening + chosen + closing, selectionStart, selectionEnd, "end");
  field.focus();
}
