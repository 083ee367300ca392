// The desk's right column: notes saved as they are written, the disposition and the fields that it asks for.
import { attempt, changeDraft, readDraft } from "./draft.js";
import { send } from "./outbox.js";

const form = () => document.getElementById("conclude-form");
const chosen = () => document.querySelector('[name="disposition"]:checked');

function showFields(focus) {
  const choice = chosen();
  for (const more of document.querySelectorAll(".more")) {
    const wanted = more.dataset.for === "reason" ? choice && "needsReason" in choice.dataset : choice?.dataset.effect === more.dataset.for;
    more.disabled = more.hidden = !wanted;
    if (wanted && focus) more.querySelector("input, select").focus();
  }
}

function restore() {
  for (const [name, value] of Object.entries(readDraft().fields)) {
    const field = form().elements[name];
    if (field && !(name === "notes" && field.value)) field.value = value;
  }
}

let waiting;
function saveNotes(notes) {
  const to = attempt();
  clearTimeout(waiting);
  if (to) waiting = setTimeout(() => send("/desk/notes", { attempt_id: to, notes }), 700);
}

// Called after the live part was put in place.
export function arrangeConclusion(state, fresh) {
  if (!form()) return;
  const open = ["on_call", "wrap_up"].includes(state);
  const save = form().querySelector("[data-save]");
  save.disabled = !open;
  save.querySelector("span").textContent = state === "wrap_up" ? save.dataset.wrapUp : save.dataset.onCall;
  if (fresh && open) restore();
  showFields(false);
}

addEventListener("script:end", ({ detail }) => {
  const suggested = document.getElementById(`disposition-${detail}`);
  if (suggested && !chosen()) suggested.click();
});
addEventListener("change", ({ target }) => { if (target.name === "disposition") showFields(true); });
addEventListener("input", ({ target }) => {
  if (!form()?.contains(target)) return;
  changeDraft((draft) => { draft.fields = Object.fromEntries([...new FormData(form())].filter(([name]) => !["csrf_token", "attempt_id"].includes(name))); });
  if (target.name === "notes") saveNotes(target.value);
});
