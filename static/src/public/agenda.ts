// The moderators' agenda by mouse or finger: dragging an item fills in its place and asks for the reason; the form that
// is then sent is the one that the buttons and the number send, too.

const list = document.querySelector<HTMLElement>(".agenda-desk");
let dragged: HTMLElement | null = null;

for (const item of list?.querySelectorAll<HTMLElement>(":scope > li") ?? []) {
  if (item.querySelector("form") === null) continue;
  item.querySelector("h2")?.prepend(handleOf(item));
  item.addEventListener("dragover", (event) => {
    if (dragged === null) return;
    event.preventDefault();
    mark(item);
  });
  item.addEventListener("drop", (event) => {
    event.preventDefault();
    if (dragged !== null && dragged !== item) propose(dragged, placeOf(item));
  });
}

function handleOf(item: HTMLElement): HTMLElement {
  const handle = document.createElement("span");
  handle.className = "handle";
  handle.textContent = "≡";
  handle.draggable = true;
  handle.title = list?.dataset["drag"] ?? "";
  handle.ariaHidden = "true"; // the buttons do the same for everyone
  handle.addEventListener("dragstart", (event) => {
    dragged = item;
    item.classList.add("dragged");
    event.dataTransfer?.setData("text/plain", item.dataset["item"] ?? "");
  });
  handle.addEventListener("dragend", () => {
    item.classList.remove("dragged");
    mark(null);
    dragged = null;
  });
  return handle;
}

/** Fill in the place, and ask for the reason that every change needs. */
function propose(item: HTMLElement, place: number): void {
  const details = item.querySelector("details");
  const field = item.querySelector<HTMLInputElement>('input[name="place"]');
  const reason = item.querySelector<HTMLInputElement>('input[name="reason"]');
  if (details === null || field === null || reason === null) return;
  details.open = true;
  field.value = String(place);
  // Enter in the reason presses a form's first button; after dragging that has to be the one for the number.
  const form = reason.form;
  reason.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    form?.requestSubmit(form.querySelector<HTMLButtonElement>('button[value="to"]'));
  };
  const moved = document.getElementById("moved");
  if (moved !== null) moved.textContent = `${item.querySelector("h2")?.textContent?.trim() ?? ""} → ${place}`;
  reason.focus();
}

function placeOf(item: HTMLElement): number {
  return [...(item.parentElement?.children ?? [])].indexOf(item) + 1;
}

function mark(item: HTMLElement | null): void {
  for (const other of list?.querySelectorAll(".over") ?? []) other.classList.remove("over");
  item?.classList.add("over");
}

export {};
